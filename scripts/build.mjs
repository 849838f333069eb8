/**
 * Builds the TypeScript programs into dist/: index.js, the library, and proxy.js, the proxy's drop-in, each in one file
 * without dependencies, with their types in types/, and cli.js, the command line, with what only some of its commands load
 * in chunks/.
 */
import { chmodSync, mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import ts from "typescript";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const source = (path) => join(root, "ts/src", path);
const dist = (path) => join(root, "dist", path);

const shared = {
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node18",
  charset: "utf8",
  legalComments: "none",
  logLevel: "warning",
};

for (const folder of ["types", "chunks"]) rmSync(dist(folder), { recursive: true, force: true });
mkdirSync(dist(""), { recursive: true });

/** What hosts embed: the entry of each file. */
const embedded = { index: source("index.ts"), proxy: source("integrations/proxy/index.ts") };

const { metafile } = await build({ ...shared, entryPoints: embedded, outdir: dist(""), metafile: true });
const foreign = Object.keys(metafile.inputs).filter((path) => path.includes("node_modules"));
if (foreign.length > 0) throw new Error(`what hosts embed must carry no dependency, but holds ${foreign.join(", ")}`);

await build({
  ...shared,
  entryPoints: { cli: source("cli/main.ts") },
  outdir: dist(""),
  splitting: true,
  chunkNames: "chunks/[name]-[hash]",
  // What a hook or a server loads is parsed at every start.
  minify: true,
  plugins: [withoutTranslations()],
  // Its main file is UMD, whose inner `require` a bundler cannot follow.
  alias: { "jsonc-parser": join(root, "node_modules/jsonc-parser/lib/esm/main.js") },
  // Dependencies of the command line are partly CommonJS, which asks for `require`.
  banner: {
    js: '#!/usr/bin/env node\nimport { createRequire } from "node:module";\nimport { fileURLToPath } from "node:url";\nconst require = createRequire(import.meta.url);\nconst __filename = fileURLToPath(import.meta.url);',
  },
});
chmodSync(dist("cli.js"), 0o755);

emitTypes();

/** Leaves out zod's messages in other languages: a third of what the MCP server would load. */
function withoutTranslations() {
  return {
    name: "without-translations",
    setup({ onLoad, onResolve }) {
      onResolve({ filter: /locales\/index\.js$/ }, ({ resolveDir }) =>
        resolveDir.includes("zod") ? { path: join(resolveDir, "../locales/en.js"), namespace: "english" } : undefined,
      );
      onLoad({ filter: /./, namespace: "english" }, ({ path }) => ({
        contents: `export { default as en } from ${JSON.stringify(path)};`,
        resolveDir: dirname(path),
      }));
    },
  };
}

/** Type declarations of what hosts embed and of what it is made of. */
function emitTypes() {
  const config = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config.config, include: [] }, ts.sys, root);
  const program = ts.createProgram(Object.values(embedded), {
    ...options,
    noEmit: false,
    declaration: true,
    emitDeclarationOnly: true,
    stripInternal: true,
    rootDir: source(""),
    outDir: dist("types"),
  });
  const diagnostics = [...ts.getPreEmitDiagnostics(program), ...program.emit().diagnostics];
  if (diagnostics.length === 0) return;
  throw new Error(
    ts.formatDiagnostics(diagnostics, {
      ...ts.sys,
      getCanonicalFileName: (name) => name,
      getCurrentDirectory: () => root,
      getNewLine: () => "\n",
    }),
  );
}

/**
 * Builds the TypeScript programs into dist/: index.js, the library in one file without dependencies, with its types in
 * types/, and cli.js, the command line.
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

rmSync(dist("types"), { recursive: true, force: true });
mkdirSync(dist(""), { recursive: true });

const library = await build({
  ...shared,
  entryPoints: [source("index.ts")],
  outfile: dist("index.js"),
  metafile: true,
});
const foreign = Object.keys(library.metafile.inputs).filter((path) => path.includes("node_modules"));
if (foreign.length > 0) throw new Error(`the library must carry no dependency, but holds ${foreign.join(", ")}`);

await build({
  ...shared,
  entryPoints: [source("cli/main.ts")],
  outfile: dist("cli.js"),
  // Dependencies of the command line are partly CommonJS, which asks for `require`.
  banner: {
    js: '#!/usr/bin/env node\nimport { createRequire } from "node:module";\nimport { fileURLToPath } from "node:url";\nconst require = createRequire(import.meta.url);\nconst __filename = fileURLToPath(import.meta.url);',
  },
});
chmodSync(dist("cli.js"), 0o755);

emitTypes();

/** Type declarations of the library and of what it is made of. */
function emitTypes() {
  const config = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config.config, include: [] }, ts.sys, root);
  const program = ts.createProgram([source("index.ts")], {
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

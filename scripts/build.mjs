/**
 * Builds the TypeScript programs into dist/: index.js, the library, proxy.js, the proxy's drop-in, and opencode.js, the
 * plugin, each in one file without dependencies; the types of the first two in types/; and cli.js, the command line, with
 * what only some of its commands load in chunks/. THIRD-PARTY.txt has the licences of what others wrote in it.
 */
import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import ts from "typescript";
import { shared, standalone } from "./bundle.mjs";
import { licenseText, npmPackages } from "./licenses.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const source = (path) => join(root, "ts/src", path);
const dist = (path) => join(root, "dist", path);

for (const folder of ["types", "chunks"]) rmSync(dist(folder), { recursive: true, force: true });
mkdirSync(dist(""), { recursive: true });

/** What hosts import: the entry of each file. */
const imported = { index: source("index.ts"), proxy: source("integrations/proxy/index.ts") };
/** What hosts embed; the plugin is loaded by OpenCode alone, and needs no types. */
const embedded = { ...imported, opencode: source("integrations/opencode/index.ts") };

const { metafile } = await build({ ...shared, entryPoints: embedded, outdir: dist(""), metafile: true });
const foreign = Object.keys(metafile.inputs).filter((path) => path.includes("node_modules"));
if (foreign.length > 0) throw new Error(`what hosts embed must carry no dependency, but holds ${foreign.join(", ")}`);

const program = await build({
  ...standalone,
  entryPoints: { cli: source("cli/main.ts") },
  outdir: dist(""),
  splitting: true,
  chunkNames: "chunks/[name]-[hash]",
  metafile: true,
});
chmodSync(dist("cli.js"), 0o755);
writeFileSync(dist("THIRD-PARTY.txt"), licenseText(npmPackages(program.metafile)));

emitTypes();

/** Type declarations of what hosts import and of what it is made of. */
function emitTypes() {
  const config = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config.config, include: [] }, ts.sys, root);
  const program = ts.createProgram(Object.values(imported), {
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

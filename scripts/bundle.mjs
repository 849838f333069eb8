/** How esbuild bundles: `shared` for what hosts embed, `program` for what runs by itself. */
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

/** Settings of every bundle. */
export const shared = {
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node18",
  charset: "utf8",
  legalComments: "none",
  logLevel: "warning",
};

/** Settings of programs: the command line, and what is measured beside it. */
export const standalone = {
  ...shared,
  // What a hook or a server loads is parsed at every start.
  minify: true,
  plugins: [withoutTranslations(), withoutElicitation()],
  // Its main file is UMD, whose inner `require` a bundler cannot follow.
  alias: { "jsonc-parser": join(root, "node_modules/jsonc-parser/lib/esm/main.js") },
  // Dependencies of the command line are partly CommonJS, which asks for `require`.
  banner: {
    js: '#!/usr/bin/env node\nimport { createRequire } from "node:module";\nimport { fileURLToPath } from "node:url";\nconst require = createRequire(import.meta.url);\nconst __filename = fileURLToPath(import.meta.url);',
  },
};

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

/**
 * Leaves out the validator of what users answer to forms of an MCP server, another third: no server here shows any. The
 * module that brings it gives `process` as well.
 */
function withoutElicitation() {
  return {
    name: "without-elicitation",
    setup({ onLoad, onResolve }) {
      onResolve({ filter: /^@modelcontextprotocol\/server\/_shims$/ }, ({ path }) => ({ path, namespace: "shims" }));
      onLoad({ filter: /./, namespace: "shims" }, () => ({
        contents: `
          export { default as process } from "node:process";
          export class DefaultJsonSchemaValidator {
            getValidator() {
              throw new Error("answers to forms cannot be validated: their validator is not in this bundle");
            }
          }`,
      }));
    },
  };
}

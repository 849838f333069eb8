/** A checkout of opencode-proxy: its usage module becomes one line that gives Baton's drop-in in its place. */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { InitClient, InitPart } from "../gen/baton/state/v1/init_pb.js";
import { errors } from "../gen/tables.js";
import { batonError } from "../record/error.js";
import { refused } from "./file.js";
import type { Part } from "./part.js";

/** Path of the usage module in a checkout. */
export function proxyModulePath(checkout: string): string {
  return join(checkout, "src", "usage_store.js");
}

/** The usage module of a checkout; `module` is the path of dist/proxy.js. */
export function proxyPart(path: string, module: string): Part {
  const line = `export * from ${JSON.stringify(pathToFileURL(module).href)};`;
  const isOwn = (text: string): boolean => /^export \* from "file:\/\/\S+\/dist\/proxy\.js";\s*$/.test(text);
  return {
    client: InitClient.PROXY,
    part: InitPart.PROXY_MODULE,
    path,
    mode: 0o644,
    isWhole: true,
    put(text) {
      if (text === undefined) throw refused(path, "not there: --proxy takes a checkout of opencode-proxy");
      if (/^export \* from "baton\/proxy";\s*$/.test(text)) return text;
      if (!isOwn(text) && !/\bUsageStore\b/.test(text))
        throw batonError(errors.CLIENT_SHAPE, { place: `${path}: no UsageStore` });
      return `${line}\n`;
    },
    // The text of upstream stands in the backup alone: without it ours stays, so that the proxy still starts.
    strip: (text, original) => (isOwn(text) && original ? original : text),
  };
}

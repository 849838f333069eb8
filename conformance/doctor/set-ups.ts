/** Ways in which OpenCode is set up for the proxy, well and badly, with a proxy that runs or does not. */
import { renameSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { freePort, httpServer, isTaken, type Place } from "./place.js";

/** A set-up, by the name that docs/doctor.md has for it. */
export interface SetUp {
  readonly name: string;
  /** Makes it of a user whose OpenCode is set up well, for a proxy that runs. */
  make(place: Place, checkout: string): unknown;
  /** Options of Node for upstream's doctor. */
  readonly node?: string;
  /** A port of this machine that must be free, else the set-up cannot be shown here. */
  readonly needsPort?: number;
}

interface Config {
  [name: string]: unknown;
  provider: { [id: string]: { options: { baseURL?: string } } | undefined };
}

function edit(place: Place, change: (config: Config) => void): void {
  const config = JSON.parse(place.config()) as Config;
  change(config);
  place.write("opencode.jsonc", JSON.stringify(config, null, 2));
}

/** Points everything at a server that is not the proxy. */
async function insteadOfTheProxy(place: Place, port: number): Promise<void> {
  const url = `http://127.0.0.1:${port}/v1`;
  place.env.OPENCODE_PROXY_BASE_URL = url;
  edit(place, ({ provider }) => {
    provider.zenproxy!.options.baseURL = url;
  });
}

const removePackage = (place: Place) => rmSync(join(place.folder, "node_modules"), { recursive: true });

const node16 = "Object.defineProperty(process,'versions',{value:{...process.versions,node:'16.20.2'}})";

/** All of them. */
export const setUps: readonly SetUp[] = [
  { name: "as upstream sets it up", make: () => undefined },
  {
    name: "comments, commas at the end, a byte order mark",
    make: (place) =>
      place.write(
        "opencode.jsonc",
        `\uFEFF// https://example.org\n${place.config().replace(/\}\s*$/, ', /* "x" */ }')}`,
      ),
  },
  {
    name: "line ends of Windows",
    make: (place) => place.write("opencode.jsonc", `// of Windows\r\n${place.config().replaceAll("\n", "\r\n")}`),
  },
  { name: "no configuration", make: (place) => rmSync(join(place.folder, "opencode.jsonc")) },
  { name: "an empty configuration", make: (place) => place.write("opencode.jsonc", "") },
  { name: "a list in place of a configuration", make: (place) => place.write("opencode.jsonc", "[]") },
  {
    name: "a configuration that cannot be parsed",
    make: (place) => place.write("opencode.jsonc", place.config().replace(",", "")),
  },
  {
    name: "no provider",
    make: (place) =>
      edit(place, (config) => {
        delete config.provider.zenproxy;
      }),
  },
  {
    name: "a provider that is null",
    make: (place) =>
      edit(place, (config) => {
        Object.assign(config.provider, { zenproxy: null });
      }),
  },
  {
    name: "the base URL of another port",
    async make(place) {
      const port = await freePort();
      edit(place, ({ provider }) => {
        provider.zenproxy!.options.baseURL = `http://127.0.0.1:${port}/v1`;
      });
    },
  },
  {
    name: "a base URL with a slash at the end",
    make: (place) =>
      edit(place, ({ provider }) => {
        provider.zenproxy!.options.baseURL += "/";
      }),
  },
  {
    name: "no base URL",
    make: (place) =>
      edit(place, ({ provider }) => {
        delete provider.zenproxy!.options.baseURL;
      }),
  },
  {
    name: "the default model of another provider",
    make: (place) =>
      edit(place, (config) => {
        config.model = "anthropic/claude-sonnet-4-5";
      }),
  },
  {
    name: "no small model",
    make: (place) =>
      edit(place, (config) => {
        delete config.small_model;
      }),
  },
  { name: "no provider package", make: removePackage },
  {
    name: "another provider, which OPENCODE_PROXY_PROVIDER names",
    async make(place) {
      place.env.OPENCODE_PROXY_PROVIDER = "other";
      await place.setUp();
      edit(place, (config) => {
        delete config.provider.zenproxy;
      });
    },
  },
  {
    name: "a provider that OPENCODE_PROXY_PROVIDER names and that is not there",
    make(place) {
      place.env.OPENCODE_PROXY_PROVIDER = "other";
    },
  },
  {
    name: "another folder, which OPENCODE_CONFIG_DIR names",
    make(place) {
      const folder = join(place.root, "elsewhere");
      renameSync(place.folder, folder);
      place.env.OPENCODE_CONFIG_DIR = folder;
    },
  },
  {
    name: "a proxy that does not run",
    make: async (place) => insteadOfTheProxy(place, await freePort()),
  },
  {
    name: "a proxy with a MANAGEMENT_TOKEN",
    async make(place, checkout) {
      const port = await place.startProxy(checkout, { MANAGEMENT_TOKEN: "of-the-proxy" });
      await insteadOfTheProxy(place, port);
    },
  },
  {
    name: "a proxy whose list of models fails",
    async make(place) {
      const health = JSON.stringify({ status: "ok", models: ["one"] });
      const server = httpServer(({ url }, response) => {
        response.statusCode = url === "/health" ? 200 : 500;
        response.end(url === "/health" ? health : "{}");
      });
      await insteadOfTheProxy(place, await place.serve(server));
    },
  },
  {
    name: "a proxy that says that it is not well",
    async make(place) {
      const answer = JSON.stringify({ status: "starting", models: ["one"], data: [] });
      await insteadOfTheProxy(place, await place.serve(httpServer((_, response) => response.end(answer))));
    },
  },
  {
    name: "a Node of the year 2021",
    node: `--import=data:text/javascript,${node16}`,
    make: (place) => place.script("node", "echo v16.20.2"),
  },
  {
    name: "OpenCode 1.18 on PATH, no provider package",
    make(place) {
      removePackage(place);
      place.script("opencode", "echo 1.18.33");
    },
  },
  {
    name: "the same configuration in opencode.json",
    make: (place) => renameSync(join(place.folder, "opencode.jsonc"), join(place.folder, "opencode.json")),
  },
  {
    name: "a base URL with a variable",
    make(place) {
      const url = new URL(place.env.OPENCODE_PROXY_BASE_URL ?? "");
      place.env.PROXY_AT = url.host;
      edit(place, ({ provider }) => {
        provider.zenproxy!.options.baseURL = "http://{env:PROXY_AT}/v1";
      });
    },
  },
  {
    name: "another server that is well",
    async make(place) {
      const answer = JSON.stringify({ status: "ok" });
      const port = await place.serve(httpServer((_, response) => response.end(answer)));
      await insteadOfTheProxy(place, port);
    },
  },
  {
    name: "a proxy that says nothing",
    async make(place) {
      place.env.BATON_CHECK_MS = "300";
      await insteadOfTheProxy(place, await place.serve(createServer(() => undefined)));
    },
  },
  {
    name: "the proxy at another PORT, no OPENCODE_PROXY_BASE_URL",
    needsPort: 3000,
    make(place) {
      place.env.PORT = new URL(place.env.OPENCODE_PROXY_BASE_URL ?? "").port;
      delete place.env.OPENCODE_PROXY_BASE_URL;
    },
  },
  {
    name: "nothing of the proxy at all",
    needsPort: 3000,
    make(place) {
      rmSync(place.folder, { recursive: true });
      delete place.env.OPENCODE_PROXY_BASE_URL;
    },
  },
];

/** Whether a set-up cannot be shown on this machine now. */
export async function cannotBeMade({ needsPort }: SetUp): Promise<boolean> {
  return needsPort !== undefined && (await isTaken(needsPort));
}

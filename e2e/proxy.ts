/** opencode-proxy on an isolated machine: a copy of a checkout, run as a process of its own. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, readFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Machine } from "./isolate.js";

/** The proxy's files on a machine. */
export interface ProxyFiles {
  /** Its source, as `baton init --proxy` takes it. */
  folder: string;
  /** Its usage module, which Baton's drop-in takes the place of. */
  module: string;
  /** Its usage.jsonl, at the place that it takes by itself. */
  usage: string;
}

/** A running proxy. */
export interface ProxyProcess {
  /** Base URL with `/v1`, for the configuration of a client. */
  url: string;
  /** Sends a signal, and waits for its end: SIGTERM lets it answer and write to the end, SIGKILL does not. */
  end(signal: "SIGTERM" | "SIGKILL"): Promise<void>;
}

/** What the proxy listens at and asks. */
export interface ProxyInit {
  port: number;
  /** Base URL of the model, with `/v1`. */
  upstream: string;
}

/** Copies a checkout onto the machine, without its history. */
export function copyProxy(machine: Machine, checkout: string): ProxyFiles {
  const folder = join(machine.root, "proxy");
  cpSync(checkout, folder, { recursive: true, filter: (path) => !/[\\/]\.git$/.test(path) });
  const usage = join(machine.home, ".config", "opencode-proxy", "usage.jsonl");
  return { folder, module: join(folder, "src", "usage_store.js"), usage };
}

/** Models of OpenCode as the proxy's own setup names them: of a session, and of titles. */
export interface SetupModels {
  model: string;
  smallModel: string;
}

/**
 * Points OpenCode at the proxy with the script that the proxy has for that, as provider `zenproxy` in `opencode.jsonc`; the key
 * is that of OPENCODE_PROXY_API_KEY.
 */
export function setUpOpencode(machine: Machine, { folder }: ProxyFiles, port: number): SetupModels {
  const script = join(folder, "scripts", "setup-opencode.mjs");
  const args = [script, "--no-install", "--base-url", `http://127.0.0.1:${port}/v1`];
  execFileSync(process.execPath, args, { env: machine.env, stdio: "ignore" });
  const written = JSON.parse(readFileSync(join(machine.opencodeConfig, "opencode.jsonc"), "utf8"));
  const bare = (name: string) => name.replace(/^zenproxy\//, "");
  return { model: bare(written.model), smallModel: bare(written.small_model) };
}

/** A port of loopback that nobody listens at; the proxy takes none of its own choice. */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** Starts the proxy with the machine's environment, and waits until it listens. It never asks a model by itself. */
export async function startProxy(machine: Machine, { folder }: ProxyFiles, init: ProxyInit): Promise<ProxyProcess> {
  const { port, upstream } = init;
  const own = { HOST: "127.0.0.1", PORT: `${port}`, UPSTREAM_URL: upstream, PROBE_INTERVAL: "0" };
  const env = { ...machine.env, ...own };
  const child = spawn(process.execPath, ["src/index.js"], { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (part) => said.push(`${part}`));
  const ended = once(child, "exit");
  const listening = once(child.stdout, "data");
  await Promise.race([listening, ended]);
  if (child.exitCode !== null) throw new Error(`the proxy does not start: ${said.join("")}`);
  return {
    url: `http://127.0.0.1:${port}/v1`,
    async end(signal) {
      child.kill(signal);
      await ended;
    },
  };
}

/** What the proxy's own usage module, that of a checkout, makes of the file that the machine's proxy has written. */
export function upstreamSummary(machine: Machine, checkout: string, now: number): Record<string, unknown> {
  const module = JSON.stringify(pathToFileURL(join(checkout, "src", "usage_store.js")).href);
  const program = `import { UsageStore } from ${module};
    process.stdout.write(JSON.stringify(new UsageStore().summary({ now: ${now} })));`;
  const args = ["--input-type=module", "--eval", program];
  return JSON.parse(execFileSync(process.execPath, args, { env: machine.env, encoding: "utf8" }));
}

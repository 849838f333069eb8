/** `codex app-server`: JSON-RPC over stdio, one message a line. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Machine } from "./isolate.js";
import { signalGroup } from "./run.js";

/** A hook as `hooks/list` shows it. */
export interface ListedHook {
  key: string;
  eventName: string;
  handlerType: string;
  trustStatus: "untrusted" | "modified" | "trusted" | "managed";
  currentHash: string;
  enabled: boolean;
  [field: string]: unknown;
}

/** A running app-server. `call` gives the result or throws the error of the server; it waits at most 20 seconds. */
export interface AppServer {
  call(method: string, params: object): Promise<unknown>;
  /** Ends the server and waits until it writes no more. */
  stop(): Promise<void>;
}

/** Starts an app-server for the machine and greets it. */
export async function startAppServer(machine: Machine): Promise<AppServer> {
  const child = spawn("codex", ["app-server"], {
    cwd: machine.project,
    env: machine.env,
    stdio: ["pipe", "pipe", "ignore"],
    detached: process.platform !== "win32",
    shell: process.platform === "win32",
  });
  const waiting = new Map<number, (message: { result?: unknown; error?: unknown }) => void>();
  createInterface({ input: child.stdout }).on("line", (line) => {
    const message = JSON.parse(line) as { id?: number; result?: unknown; error?: unknown };
    if (message.id === undefined) return;
    waiting.get(message.id)?.(message);
    waiting.delete(message.id);
  });
  let last = 0;
  const send = (message: object) => child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  const call = (method: string, params: object) =>
    new Promise<unknown>((resolve, reject) => {
      const id = ++last;
      const limit = setTimeout(() => reject(new Error(`codex app-server: no answer to ${method}`)), 20_000);
      waiting.set(id, ({ result, error }) => {
        clearTimeout(limit);
        if (error) reject(new Error(`codex app-server: ${method}: ${JSON.stringify(error)}`));
        else resolve(result);
      });
      send({ id, method, params });
    });
  const clientInfo = { name: "baton-e2e", title: "Baton e2e", version: "0" };
  await call("initialize", { clientInfo, capabilities: { experimentalApi: true } });
  send({ method: "initialized" });
  // "close" comes when the last process that holds the output is gone: `codex` is a wrapper around the real server.
  const closed = once(child, "close");
  const stop = async () => {
    child.stdin.end();
    if (child.pid !== undefined && process.platform !== "win32") signalGroup(child.pid, "SIGKILL");
    await closed;
  };
  return { call, stop };
}

/** The hooks that Codex sees for the machine's project, with their trust. Reads only; this is what a doctor may do. */
export async function listHooks(server: AppServer, machine: Machine): Promise<ListedHook[]> {
  const result = (await server.call("hooks/list", { cwds: [machine.project] })) as { data: { hooks: ListedHook[] }[] };
  return result.data.flatMap(({ hooks }) => hooks);
}

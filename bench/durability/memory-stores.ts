/** What writes lines that must not be lost: the MCP memory server, Baton's MCP server, and Baton's recorder. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { cli, type Place } from "../clients/place.js";
import { moduleFolder } from "../modules.js";

/** Package and version of the memory server. */
export const memoryPackage = { name: "@modelcontextprotocol/server-memory", version: "2026.8.31" } as const;

/** One process that writes, and the one who asks it. */
export interface Session {
  /** Whether it acknowledged the line; false where it refused. Rejects where it died. */
  write(text: string): Promise<boolean>;
  close(): Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
}

/** What lies in a store when everybody has gone. */
export interface Left {
  /** Lines, as often as they are there. */
  readonly texts: readonly string[];
  /** Whether all of it can be read: every line of the file is JSON, or every checksum proves. */
  readonly isSound: boolean;
  /** Files that nobody reads any more. */
  readonly litter: number;
}

/** A kind of store. */
export interface Store {
  readonly label: string;
  /** Starts a process on the store of a folder; several may run at once. */
  open(folder: string): Promise<Session>;
  /** Looks at the store, after a new process has read it; throws where that one cannot. */
  look(folder: string): Promise<Left>;
}

/** The popular memory server: a file of JSON lines, which each write reads and replaces. */
export function memoryServer(place: Place): Store {
  const program = join(moduleFolder, "node_modules", memoryPackage.name, "dist/index.js");
  const file = (folder: string): string => join(folder, "memory.jsonl");
  const start = (folder: string): Promise<Server> => connect(place, [program], { MEMORY_FILE_PATH: file(folder) });
  return {
    label: `\`${memoryPackage.name}\` ${memoryPackage.version}`,
    async open(folder) {
      const { call, ...session } = await start(folder);
      return {
        ...session,
        write: (text) => call("create_entities", { entities: [{ name: text, entityType: "note", observations: [] }] }),
      };
    },
    async look(folder) {
      const server = await start(folder);
      const isRead = await server.call("read_graph", {});
      await server.close();
      const lines = existsSync(file(folder)) ? readFileSync(file(folder), "utf8").split("\n").filter(Boolean) : [];
      const entities = lines.flatMap(parsed);
      const litter = readdirSync(folder).length - 1;
      return { texts: entities.map(({ name }) => name), isSound: isRead && entities.length === lines.length, litter };
    },
  };
}

/** Baton's MCP server, `baton mcp`: a note is acknowledged once it is on the disk. */
export function batonServer(place: Place): Store {
  const start = (folder: string): Promise<Server> => connect(place, [cli, "mcp"], { BATON_HOME: folder });
  return {
    label: "`baton mcp`",
    async open(folder) {
      const { call, ...session } = await start(folder);
      return { ...session, write: (text) => call("note", { text }) };
    },
    async look(folder) {
      const server = await start(folder);
      const isRead = await server.call("resume", {});
      await server.close();
      return lookAtHome(folder, isRead);
    },
  };
}

/** Baton's recorder in a process that answers each line once it is on the disk. */
export const recorder: Store = {
  label: "Baton's recorder, `durable`",
  async open(folder) {
    const env = { ...process.env, BATON_HOME: folder };
    const host = spawn(process.execPath, ["bench/durability/note-host.mjs"], {
      stdio: ["pipe", "pipe", "inherit"],
      env,
    });
    const answers = createInterface({ input: host.stdout })[Symbol.asyncIterator]();
    return {
      async write(text) {
        host.stdin.write(`${text}\n`);
        const { done } = await answers.next();
        if (done) throw new Error("the host died");
        return true;
      },
      close: () => ended(host, () => host.stdin.end()),
      kill: () => ended(host, () => host.kill("SIGKILL")),
    };
  },
  look: async (folder) => lookAtHome(folder, true),
};

interface Server extends Omit<Session, "write"> {
  /** Whether the tool did not refuse. */
  call(name: string, input: Record<string, unknown>): Promise<boolean>;
}

/** A server that runs, with a client that is connected to it. */
async function connect({ repository, env }: Place, args: string[], more: Record<string, string>): Promise<Server> {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args,
    env: { ...env, ...more },
    cwd: repository,
    stderr: "ignore",
  });
  const client = new Client({ name: "codex-mcp-client", version: "0.169.0" });
  await client.connect(transport);
  return {
    async call(name, input) {
      const { isError } = await client.callTool({ name, arguments: input });
      return isError !== true;
    },
    close: () => client.close(),
    async kill() {
      const { pid } = transport;
      if (pid === null) throw new Error("the server has ended before it was killed");
      const closed = new Promise<void>((resolve) => {
        client.onclose = resolve;
      });
      process.kill(pid, "SIGKILL");
      await closed;
    },
  };
}

async function ended(child: ChildProcess, end: () => void): Promise<void> {
  const exit = once(child, "exit");
  end();
  await exit;
}

/** By the command line: `verify` proves every checksum, `export` gives the notes. */
function lookAtHome(folder: string, isRead: boolean): Left {
  mkdirSync(folder, { recursive: true });
  const { status } = spawnSync(process.execPath, [cli, "verify", "--home", folder], { stdio: "ignore" });
  const lines = execFileSync(process.execPath, [cli, "export", "--jsonl", "--home", folder], {
    encoding: "utf8",
    maxBuffer: 2 ** 30,
  });
  const texts = lines
    .split("\n")
    .filter(Boolean)
    .map((line): string => JSON.parse(line).record.handoffNote.text);
  return { texts, isSound: isRead && status === 0, litter: 0 };
}

function parsed(line: string): { name: string }[] {
  try {
    return [JSON.parse(line)];
  } catch {
    return [];
  }
}

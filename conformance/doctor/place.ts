/** A user with OpenCode and a proxy, on whom upstream's scripts and Baton's doctor look: files and ports of his own. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer, type RequestListener } from "node:http";
import { type AddressInfo, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";

const doctorFile = resolve("rust/target/debug/opencode-proxy-doctor");

/** What a program printed, and how it ended. */
export interface Ended {
  readonly stdout: string;
  readonly code: number | null;
}

/** A user. */
export interface Place {
  readonly root: string;
  /** Where his OpenCode keeps its configuration. */
  readonly folder: string;
  /** Environment of every program; tests may change it. */
  readonly env: NodeJS.ProcessEnv;
  /** Sets OpenCode up with upstream's own script, and puts there what npm would install. */
  setUp(): Promise<void>;
  /** Text of his configuration, the file that upstream reads. */
  config(): string;
  write(name: string, text: string): void;
  /** Puts a shell script on PATH. */
  script(name: string, text: string): void;
  /** Runs a script with Node. */
  run(script: string, ...args: string[]): Promise<Ended>;
  /** Runs one of upstream's scripts. */
  upstream(script: string, ...args: string[]): Promise<Ended>;
  doctor(...args: string[]): Promise<Ended>;
  /** Starts the proxy of a checkout at a port of its own, and gives that port. It asks no model by itself. */
  startProxy(checkout: string, env?: NodeJS.ProcessEnv): Promise<number>;
  /** Starts another server, and gives its port. */
  serve(server: Server): Promise<number>;
  /** Ends what was started here, and deletes all files. */
  remove(): Promise<void>;
}

/** Makes a user whose tools take upstream's scripts from a checkout. */
export function makePlace(checkout: string): Place {
  if (!existsSync(doctorFile)) throw new Error(`${doctorFile} is not built: run npm test, or cargo build`);
  const root = mkdtempSync(join(tmpdir(), "baton-doctor-"));
  const [programs, user, work] = ["programs", "user", "work"].map((name) => join(root, name));
  const folder = join(user!, ".config", "opencode");
  for (const directory of [programs!, work!, folder]) mkdirSync(directory, { recursive: true });
  symlinkSync(process.execPath, join(programs!, "node"));
  for (const name of ["git", "sh"]) {
    const found = (process.env.PATH ?? "").split(delimiter).find((directory) => existsSync(join(directory, name)));
    if (found) symlinkSync(join(found, name), join(programs!, name));
  }
  const env: NodeJS.ProcessEnv = {
    PATH: programs!,
    HOME: user!,
    USERPROFILE: user!,
    BATON_HOME: join(root, "state"),
    BATON_CHECK_MS: "20000",
    // Where nothing listens, whatever runs on this machine.
    PORT: "9",
  };
  const ends: (() => Promise<unknown>)[] = [];

  async function start(command: string, args: readonly string[]): Promise<Ended> {
    const child = spawn(command, args, { cwd: work!, env, stdio: ["ignore", "pipe", "inherit"] });
    let stdout = "";
    child.stdout.setEncoding("utf8").on("data", (part: string) => {
      stdout += part;
    });
    const [code] = (await once(child, "close")) as [number | null];
    return { stdout, code };
  }

  const place: Place = {
    root,
    folder,
    env,
    async setUp() {
      const { stdout, code } = await place.upstream("setup-opencode.mjs", "--no-install");
      if (code !== 0) throw new Error(`setup-opencode.mjs ended with ${code}: ${stdout}`);
      place.write("node_modules/@ai-sdk/openai-compatible/package.json", '{"name":"@ai-sdk/openai-compatible"}');
    },
    config: () => readFileSync(join(folder, "opencode.jsonc"), "utf8"),
    write(name, text) {
      const file = join(folder, name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    },
    script(name, text) {
      rmSync(join(programs!, name), { force: true });
      writeFileSync(join(programs!, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    },
    run: (script, ...args) => start(process.execPath, [script, ...args]),
    upstream: (script, ...args) => place.run(join(checkout, "scripts", script), ...args),
    doctor: (...args) => start(doctorFile, args),
    async startProxy(source, own = {}) {
      const port = await freePort();
      const child = spawn(process.execPath, ["src/index.js"], {
        cwd: source,
        env: { ...env, PORT: `${port}`, PROBE_INTERVAL: "0", USAGE_DB_PATH: "off", ACCESS_LOG: "off", ...own },
        stdio: ["ignore", "pipe", "inherit"],
      });
      const ended = once(child, "exit");
      ends.push(() => {
        child.kill();
        return ended;
      });
      await Promise.race([once(child.stdout, "data"), ended]);
      if (child.exitCode !== null) throw new Error("the proxy does not start");
      return port;
    },
    async serve(server) {
      const port = await listen(server);
      ends.push(async () => {
        server.close();
        if ("closeAllConnections" in server) (server.closeAllConnections as () => void)();
      });
      return port;
    },
    async remove() {
      for (const end of ends) await end();
      rmSync(root, { recursive: true, force: true });
    },
  };
  return place;
}

/** A server of HTTP that gives `answer`. */
export function httpServer(answer: RequestListener): Server {
  return createHttpServer(answer);
}

/** A port of loopback that nobody listens at. */
export async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  server.close();
  await once(server, "close");
  return port;
}

/** Whether somebody listens at a port of loopback. */
export async function isTaken(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
  } catch {
    return true;
  }
  server.close();
  await once(server, "close");
  return false;
}

async function listen(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

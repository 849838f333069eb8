/** What the tests of `baton observe` work with: a repository, a state directory, and servers on loopback. */
import { type ChildProcess, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach } from "vitest";
import { type Client, openClient } from "../../src/client/client.js";
import { type Look, lookAround } from "../../src/client/look.js";
import type { Observed } from "../../src/client/observe.js";

/** A repository with one commit beside a state directory, on a clock that stands still. */
export interface Place {
  readonly root: string;
  readonly repository: string;
  /** What is looked at with; tests add to it. */
  readonly env: Record<string, string>;
  /** What is ended with the test. */
  readonly servers: Server[];
  readonly children: ChildProcess[];
  git(...args: string[]): void;
  client(): Client;
  /** Looks around, and at the network too unless told otherwise. */
  look(more?: Partial<Look>): Promise<Observed>;
  moveClock(ms: number): void;
  /** Starts a server; gives its port. */
  listen(answer: RequestListener): Promise<number>;
}

const userinfo = "user:word";
const start = 1_795_454_000_000;
const places: Place[] = [];
afterEach(() => {
  delete process.env.BATON_NOW;
  for (const { root, servers, children } of places.splice(0)) {
    for (const server of servers) server.close();
    for (const child of children) child.kill("SIGKILL");
    rmSync(root, { recursive: true, force: true });
  }
});

export function makePlace(): Place {
  const root = mkdtempSync(join(tmpdir(), "baton-observe-"));
  const repository = join(root, "repository");
  for (const folder of ["repository", "bin", "config/opencode"]) mkdirSync(join(root, folder), { recursive: true });
  const env: Record<string, string> = {
    PATH: `${join(root, "bin")}:${process.env.PATH}`,
    HOME: root,
    XDG_CONFIG_HOME: join(root, "config"),
    BATON_HOME: join(root, "state"),
    BATON_NOW: String(start),
    BATON_GIT_MS: "20000",
    BATON_PROXY_MS: "20000",
    BATON_GH_MS: "20000",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_CONFIG_SYSTEM: "/dev/null",
    // Nothing listens where a test names no proxy.
    PORT: "1",
  };
  const client = () => openClient({ name: "cli", dir: repository, env, writes: true });
  const servers: Server[] = [];
  const place: Place = {
    root,
    repository,
    env,
    servers,
    children: [],
    git(...args) {
      const named = ["-c", "user.name=a", "-c", "user.email=a@example.invalid", ...args];
      const ended = spawnSync("git", named, { cwd: repository, env: { ...process.env, ...env }, encoding: "utf8" });
      if (ended.status !== 0) throw new Error(ended.stderr);
    },
    client,
    look: (more = {}) => lookAround(client(), { env, dir: repository, offline: false, ...more }),
    moveClock(ms) {
      env.BATON_NOW = String(Number(env.BATON_NOW) + ms);
      process.env.BATON_NOW = env.BATON_NOW;
    },
    async listen(answer) {
      const server = createServer(answer);
      servers.push(server);
      await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
      return (server.address() as AddressInfo).port;
    },
  };
  places.push(place);
  place.git("init", "-q", "-b", "main");
  place.git("remote", "add", "origin", `https://${userinfo}@github.com/Acme/Widgets.git`);
  place.git("commit", "-q", "--allow-empty", "-m", "1");
  process.env.BATON_NOW = env.BATON_NOW;
  return place;
}

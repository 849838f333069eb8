import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type CheckoutInit, type PinnedCommit, upstreamCheckout } from "./upstream.js";

let root: string;
let pinned: PinnedCommit;
let init: CheckoutInit;
const repository = () => join(root, "repository.git");

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "baton-checkout-"));
  const source = join(root, "source");
  mkdirSync(join(source, "src"), { recursive: true });
  writeFileSync(join(source, "src/usage_store.js"), "export class UsageStore {}\n");
  const git = (...args: string[]) => execFileSync("git", ["-C", source, ...args], { encoding: "utf8" }).trim();
  git("init", "--quiet");
  git("add", ".");
  const author = ["-c", "user.name=Example", "-c", "user.email=example@example.com"];
  git(...author, "commit", "--quiet", "--message=The one that is pinned");
  const commit = git("rev-parse", "HEAD");
  git(...author, "commit", "--quiet", "--allow-empty", "--message=A later one");
  git("clone", "--quiet", "--bare", source, repository());
  pinned = { url: "https://example.invalid/proxy.git", commit };
  init = { env: leadingTo(`file://${repository()}`), cache: join(root, "cache"), timeout: 20_000 };
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** The environment in which git finds somewhere else what it is told to look for at example.invalid. */
function leadingTo(url: string): NodeJS.ProcessEnv {
  const { BATON_UPSTREAM_CHECKOUT, ...env } = process.env;
  const setting = { GIT_CONFIG_KEY_0: `url.${url}.insteadOf`, GIT_CONFIG_VALUE_0: pinned.url };
  return { ...env, GIT_CONFIG_COUNT: "1", ...setting };
}

test("the pinned commit is fetched once, without its history", () => {
  const { folder } = upstreamCheckout(pinned, init);
  expect(folder).toBe(join(init.cache, pinned.commit));
  expect(readFileSync(join(`${folder}`, "src/usage_store.js"), "utf8")).toContain("UsageStore");
  const git = (...args: string[]) => execFileSync("git", args, { cwd: folder, encoding: "utf8" }).trim();
  expect(git("rev-parse", "HEAD")).toBe(pinned.commit);
  expect(git("log", "--all", "--format=%s")).toBe("The one that is pinned");
  rmSync(repository(), { recursive: true });
  expect(upstreamCheckout(pinned, init)).toEqual({ folder });
  expect(readdirSync(init.cache)).toEqual([pinned.commit]);
});

test("a folder that is named goes first, and is refused where it is no checkout", () => {
  const env = { ...init.env, BATON_UPSTREAM_CHECKOUT: join(root, "source") };
  expect(upstreamCheckout(pinned, { ...init, env })).toEqual({ folder: join(root, "source") });
  const other = { ...init.env, BATON_UPSTREAM_CHECKOUT: root };
  expect(() => upstreamCheckout(pinned, { ...init, env: other })).toThrow(/^BATON_UPSTREAM_CHECKOUT: no src/);
  expect(existsSync(init.cache)).toBe(false);
});

test("a repository that is not there is a reason of one line, and nothing is left behind", () => {
  rmSync(repository(), { recursive: true });
  const { reason } = upstreamCheckout(pinned, init);
  expect(reason).toMatch(/^https:\/\/example\.invalid\/proxy\.git cannot be fetched: fatal: .+$/);
  expect(readdirSync(init.cache)).toEqual([]);
});

test("a commit that the repository does not have is a reason", () => {
  const { reason } = upstreamCheckout({ ...pinned, commit: `${"0".repeat(39)}1` }, init);
  expect(reason).toMatch(/cannot be fetched: .*not our ref/);
});

test("a server that never answers is given up in time", async () => {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  const began = performance.now();
  const { reason } = upstreamCheckout(pinned, { ...init, env: leadingTo(`http://127.0.0.1:${port}/`), timeout: 1000 });
  expect(reason).toBe(`${pinned.url} cannot be fetched: no end within 1 s`);
  expect(performance.now() - began).toBeLessThan(10_000);
  expect(readdirSync(init.cache)).toEqual([]);
  server.close();
});

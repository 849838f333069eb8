/** Every command of opencode-proxy-doctor.exe, beside the same command of the program for Linux. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { cli, createUser, doctor, linuxDoctor, type Run, root, type User, windowsPath } from "./wine.js";

const workspace = "github.com/owner/repo";
let user: User;

beforeAll(() => {
  user = createUser();
  for (const args of [
    ["note", "--workspace", workspace, "look at the parser of München"],
    ["next", "add", "--workspace", workspace, "rebase the branch"],
    ["import", "usage", join(root, "fixtures/usage/sample.jsonl")],
  ])
    expect(onLinux(process.execPath, [cli, ...args, "--home", user.home]).code, args.join(" ")).toBe(0);
});
afterAll(() => user.remove());

const onWindows = (args: readonly string[], stdin = ""): Run => user.run({ program: doctor, args, stdin });

/** Without git, as on Windows here. */
function onLinux(program: string, args: readonly string[], input = ""): Run {
  const env = {
    PATH: user.path("programs"),
    HOME: user.path("profile"),
    BATON_HOME: user.home,
    BATON_NOW: user.now,
    TZ: "UTC",
    PORT: "9",
  };
  const run = spawnSync(program, args, { cwd: user.path("work"), env, input, encoding: "utf8", maxBuffer: 1 << 28 });
  return { code: run.status ?? -1, stdout: run.stdout, stderr: run.stderr };
}

/** Commands that answer the same on both systems, byte for byte. */
const alike: Record<string, readonly string[]> = {
  resume: ["resume", "--workspace", workspace],
  "resume --json": ["resume", "--workspace", workspace, "--json"],
  status: ["status"],
  "status --json": ["status", "--json"],
  usage: ["usage", "--days", "30"],
  "usage --json": ["usage", "--json"],
  verify: ["verify"],
  "verify --json": ["verify", "--json"],
  audit: ["audit"],
  "audit --json": ["audit", "--json"],
  "audit --quarantine": ["audit", "--quarantine"],
  dump: ["dump"],
  export: ["export", "--jsonl"],
  sql: ["sql", "SELECT text FROM handoff_note", "--json"],
  report: ["report", "--output", "-"],
  completions: ["completions", "powershell"],
  "watch, which wants a terminal": ["watch"],
};

test.each(Object.keys(alike))("%s prints the bytes that it prints on Linux", (name) => {
  const args = alike[name] ?? [];
  const expected = onLinux(linuxDoctor, args);
  expect(expected.stdout.length + expected.stderr.length).toBeGreaterThan(10);
  expect(onWindows(args)).toEqual(expected);
});

test("guard gives the verdicts that it gives on Linux", () => {
  const lines = ['{"class":"NOTE","text":"tests pass"}', '{"class":"NOTE","text":"see C:\\\\Users\\\\me\\\\notes"}'];
  const input = lines.map((line) => `${line}\n`).join("");
  const expected = onLinux(linuxDoctor, ["guard"], input);
  expect(expected.stdout.trim().split("\n")).toHaveLength(2);
  expect(onWindows(["guard"], input)).toEqual(expected);
});

test("a usage.jsonl with the line ends of Windows is read in place", () => {
  const lines = readFileSync(join(root, "fixtures/usage/sample.jsonl"), "utf8");
  const file = user.path("usage.jsonl");
  writeFileSync(file, lines.replaceAll("\n", "\r\n"));
  const totals = (run: Run): unknown => (JSON.parse(run.stdout) as { totals: unknown }).totals;
  const args = ["usage", "--json", "--days", "3000", "--file"];
  expect(totals(onWindows([...args, windowsPath(file)]))).toEqual(totals(onLinux(linuxDoctor, [...args, file])));
});

test("rebuild makes an index that both systems answer from", () => {
  const index = join(user.home, "index.redb");
  expect(onWindows(["rebuild"]).code).toBe(0);
  expect(existsSync(index)).toBe(true);
  for (const run of [
    onWindows(["check", "--json", "--only", "BTN-D20"]),
    onLinux(linuxDoctor, ["check", "--only", "BTN-D20"]),
  ])
    expect(run.code, run.stdout).toBe(0);
});

test("check runs the checks that it runs on Linux, and finds the state sound", () => {
  const ids = (run: Run): string[] => run.stdout.match(/BTN-D\d+/g) ?? [];
  const seen = onWindows(["check"]);
  // Whose the state directory is, only the lists of Windows tell.
  const expected = ids(onLinux(linuxDoctor, ["check"])).filter((id) => id !== "BTN-D05");
  expect(new Set(ids(seen))).toEqual(new Set(expected));
  expect(seen.stdout).not.toContain("[fail]");
  expect(seen.stdout).toContain("access is left to the lists of this system");
  expect(JSON.parse(onWindows(["check", "--json"]).stdout)).toBeTypeOf("object");
  expect(onWindows(["check", "--compact"]).stdout.trim().split("\n")).toHaveLength(1);
});

test("export --sqlite writes a database that the program for Linux would write", () => {
  const databases = { windows: user.path("windows.sqlite"), linux: user.path("linux.sqlite") };
  expect(onWindows(["export", "--sqlite", windowsPath(databases.windows)]).code).toBe(0);
  expect(onLinux(linuxDoctor, ["export", "--sqlite", databases.linux]).code).toBe(0);
  expect(readFileSync(databases.windows).equals(readFileSync(databases.linux))).toBe(true);
});

test("report writes its page into a file, and over the page that it wrote", () => {
  const page = user.path("report.html");
  const args = ["report", "--output", windowsPath(page)];
  expect(onWindows(args).code).toBe(0);
  expect(readFileSync(page, "utf8")).toContain("rebase the branch");
  expect(onWindows(args).code).toBe(0);
});

test("check --bundle writes what may be attached, and nothing of the machine", () => {
  const bundle = user.path("bundle.json");
  expect(onWindows(["check", "--bundle", windowsPath(bundle)]).code).toBe(0);
  const text = readFileSync(bundle, "utf8");
  expect(JSON.parse(text)).toHaveProperty("checks");
  for (const own of [user.home, "profile", "look at the parser"]) expect(text).not.toContain(own);
});

test("check --fix says first what it would do, and then rebuilds a damaged index", () => {
  const index = join(user.home, "index.redb");
  writeFileSync(index, "no index");
  const planned = onWindows(["check", "--fix", "--dry-run", "--only", "BTN-D20"]);
  expect(planned.stdout).toContain("[planned] BTN-D20");
  expect(readFileSync(index, "utf8")).toBe("no index");
  onWindows(["check", "--fix", "--only", "BTN-D20"]);
  expect(readFileSync(index).length).toBeGreaterThan(1000);
  expect(onWindows(["check", "--only", "BTN-D20"]).stdout).toContain("[ok]");
});

test("recover makes of a damaged segment what the program for Linux makes of it", () => {
  const damaged = user.path("damaged.seg");
  const bytes = readFileSync(join(root, "fixtures/golden/rust-kinds.seg"));
  bytes[900] = (bytes[900] as number) ^ 1;
  writeFileSync(damaged, bytes);
  const made = { windows: user.path("windows.seg"), linux: user.path("linux.seg") };
  const runs = [
    onWindows(["recover", windowsPath(damaged), "--output", windowsPath(made.windows), "--json"]),
    onLinux(linuxDoctor, ["recover", damaged, "--output", made.linux, "--json"]),
  ];
  const [first, second] = runs.map(({ code, stdout }) => ({ code, ...JSON.parse(stdout), recovered: "" }));
  expect(first).toEqual(second);
  expect(first.code).toBe(3);
  expect(readFileSync(made.windows)).toHaveLength(readFileSync(made.linux).length);
});

test("every command that --help lists is run here", () => {
  const help = onWindows(["--help"]).stdout;
  const commands =
    help
      .split("Commands:\n")[1]
      ?.split("\n\n")[0]
      ?.match(/^ {2}[a-z]+/gm) ?? [];
  const run = new Set([...Object.values(alike).map(([command]) => command), "guard", "rebuild", "check", "recover"]);
  expect(commands.length).toBeGreaterThan(8);
  for (const command of commands) expect(run, command).toContain(command.trim());
});

test("what is not understood ends with 2", () => {
  const run = onWindows(["bogus"]);
  expect([run.code, run.stdout]).toEqual([2, ""]);
});

/** Real faults of a real system, met by the built programs: full disks, limits, other users, read-only disks. */
import { spawnSync } from "node:child_process";
import { chmodSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundle } from "../bundle.js";
import { foundByRust, foundByTypeScript, problemsIn, programs, recordsIn } from "./found.js";
import { asNobody, baton, doctor, openFolder, run, smallDisk, startHost } from "./ground.js";
import { breaches, type Told } from "./oracle.js";

let place: string;
let host: string;
beforeAll(() => {
  place = openFolder();
  host = bundle("conformance/system/host.ts", place);
});
afterAll(() => rmSync(place, { recursive: true, force: true }));

const isLinux = process.platform === "linux";
const isRoot = process.getuid?.() === 0;
const hasLimits = isLinux && spawnSync("prlimit", ["--version"]).status === 0;
const canBeNobody =
  isRoot && spawnSync(asNobody[0], [...asNobody.slice(1), "test", "-x", programs.doctor]).status === 0;
const workspace = ["--workspace", "github.com/acme/proxy"] as const;

/** The law, by both languages. */
async function keepsTheLaw(told: Told, home: string): Promise<void> {
  const [ts, rust] = [foundByTypeScript(home), await foundByRust(home)];
  expect(rust.lines).toEqual(ts.lines);
  expect(breaches(told, recordsIn(rust), false)).toEqual([]);
  expect(problemsIn(rust)).toBe(0);
}

describe.skipIf(!hasLimits)("a limit on the size of files (RLIMIT_FSIZE, needs prlimit)", () => {
  it.each([1000, 1013, 1057, 1100])(
    "of %i bytes makes the last write short: nothing is acknowledged that is not there, and the host goes on",
    async (limit) => {
      const home = join(place, `limited-${limit}`);
      const { child, told, order, end } = await startHost(host, home, ["prlimit", `--fsize=${limit}:unlimited`]);
      await order("record 20");
      expect(told.errors.length).toBeGreaterThan(5);
      expect(new Set(told.errors)).toEqual(new Set(["record BTN-S06"]));
      expect(told.acknowledged.size).toBe(20 - told.errors.length);
      await keepsTheLaw(told, home);
      const [file = ""] = readdirSync(join(home, "segments"));
      expect(readFileSync(join(home, "segments", file)).length).toBeLessThanOrEqual(limit);
      const refused = told.errors.length;
      expect(spawnSync("prlimit", [`--pid=${child.pid}`, "--fsize=unlimited:unlimited"]).status).toBe(0);
      await order("record 3");
      expect([told.errors.length, told.acknowledged.size]).toEqual([refused, 23 - refused]);
      expect(await end()).toBe(0);
      await keepsTheLaw(told, home);
    },
  );
});

describe.skipIf(!hasLimits)("a key that does not fit (RLIMIT_FSIZE, needs prlimit)", () => {
  it("is refused with BTN-H03 each time that a host tries, and leaves no file behind", async () => {
    const home = join(place, "no-key");
    const { told, order, end } = await startHost(host, home, ["prlimit", "--fsize=16"]);
    await order("record 3");
    expect(told.errors).toEqual(Array.from({ length: 3 }, () => "record BTN-H03"));
    expect(await end()).toBe(0);
    expect(readdirSync(home)).toEqual(["segments"]);
  });
});

describe.skipIf(!hasLimits)("an index that does not fit (RLIMIT_FSIZE, needs prlimit)", () => {
  it("is refused with BTN-I01, and the doctor answers without it", () => {
    const home = join(place, "no-index");
    expect(run(baton("note", "as it is", ...workspace), { home }).status).toBe(0);
    const limited = (...words: string[]) => run(doctor(...words), { before: ["prlimit", "--fsize=32768"], home });
    const { status, stderr } = limited("rebuild");
    expect([status, stderr]).toEqual([
      1,
      expect.stringMatching(/^error\[BTN-I01\].*the system refuses it: file too large/),
    ]);
    expect(readdirSync(home)).not.toContain("index.redb");
    const answer = limited("resume", ...workspace);
    expect([answer.status, answer.stdout]).toEqual([0, run(doctor("resume", ...workspace), { home }).stdout]);
  });
});

describe.skipIf(!isRoot || !isLinux)("a disk of 1 MiB (tmpfs, needs root)", () => {
  it("that is full refuses with BTN-S06, answers as before, and works again when there is space", async ({ skip }) => {
    const disk = smallDisk() ?? skip("nothing may be mounted here");
    try {
      const home = join(disk.dir, "state");
      const { told, order, end } = await startHost(host, home);
      await order("record 60");
      for (const words of [baton("resume"), doctor("rebuild", "--quiet")])
        expect(run([...words, ...(words[0] === process.execPath ? workspace : [])], { home }).status).toBe(0);
      const snapshot = readFileSync(join(home, "latest.json"));
      const index = readFileSync(join(home, "index.redb"));
      await order("record 200");
      const filler = join(disk.dir, "filler");
      expect(() => writeFileSync(filler, Buffer.alloc(1 << 21))).toThrow(/ENOSPC/);
      await order("record 40");
      expect(told.errors.length).toBeGreaterThan(0);
      expect(new Set(told.errors)).toEqual(new Set(["record BTN-S06"]));
      await keepsTheLaw(told, home);

      const refused = run(baton("note", "one more", ...workspace), { home });
      expect([refused.status, refused.stderr]).toEqual([1, expect.stringContaining("error[BTN-S06]")]);
      const gc = run(baton("gc"), { home });
      expect([gc.status, gc.stderr]).toEqual([1, expect.stringMatching(/^error\[BTN-S06\]/)]);
      const rebuild = run(doctor("rebuild"), { home });
      expect([rebuild.status, rebuild.stderr]).toEqual([1, expect.stringContaining("error[BTN-I01]")]);
      const answer = run(baton("resume", ...workspace), { home });
      expect(answer.status).toBe(0);
      expect(run(doctor("resume", ...workspace), { home }).stdout).toBe(answer.stdout);
      expect(readFileSync(join(home, "latest.json"))).toEqual(snapshot);
      expect(readFileSync(join(home, "index.redb"))).toEqual(index);
      expect(run(doctor("check", "--offline", "--only", "BTN-D08"), { home }).stdout).toMatch(/no record fits/);

      rmSync(filler);
      const before = told.acknowledged.size;
      await order("record 5");
      expect(told.acknowledged.size).toBe(before + 5);
      expect(await end()).toBe(0);
      await keepsTheLaw(told, home);
      // There is no room for two of them here.
      rmSync(join(home, "index.redb"));
      for (const words of [baton("note", "one more", ...workspace), baton("gc"), doctor("rebuild")]) {
        const { status, stderr } = run(words, { home });
        expect([words.slice(-1), status, stderr]).toEqual([words.slice(-1), 0, expect.not.stringContaining("error")]);
      }
    } finally {
      disk.remove();
    }
  });

  it("that is read-only answers, refuses with BTN-H01, and the doctor says why", async ({ skip }) => {
    const disk = smallDisk() ?? skip("nothing may be mounted here");
    try {
      const home = join(disk.dir, "state");
      expect(run(baton("note", "before", ...workspace), { home }).status).toBe(0);
      disk.remount("ro");
      const answer = run(baton("resume", ...workspace), { home });
      expect([answer.status, answer.stdout]).toEqual([0, expect.stringContaining("before")]);
      expect(run(doctor("resume", ...workspace), { home }).stdout).toBe(answer.stdout);
      for (const [words, code] of [
        [baton("note", "more", ...workspace), "BTN-H01"],
        [baton("gc"), "BTN-H01"],
        [doctor("rebuild"), "BTN-I01"],
      ] as const) {
        const { status, stderr } = run(words, { home });
        expect([words.slice(-1), status, stderr]).toEqual([words.slice(-1), 1, expect.stringContaining(`[${code}]`)]);
      }
      expect(run(doctor("check", "--offline", "--only", "BTN-D01"), { home }).stdout).toMatch(/fail.*BTN-D01/);
      const { order, lines, told, end } = await startHost(host, home);
      await order("safe 3");
      await order("record 1");
      expect(lines).toContain('dropped {"4":3}');
      expect(told.errors).toEqual(["record BTN-H01"]);
      disk.remount("rw");
      // The queue rests for a second after a failure.
      await new Promise((resolve) => setTimeout(resolve, 1100));
      await order("safe 1");
      expect(lines.at(-1)).toBe("dropped {}");
      expect(await end()).toBe(0);
      const dropped = run(doctor("check", "--offline", "--only", "BTN-D13"), { home }).stdout;
      expect(dropped).toMatch(/warn.*BTN-D13.*3/);
    } finally {
      disk.remove();
    }
  });
});

describe.skipIf(!canBeNobody)("another user (setpriv, needs root)", () => {
  const nobody = { before: asNobody };

  it("who may not enter the state directory is refused by code, and no path is told", async () => {
    const home = join(place, "closed");
    expect(run(baton("note", "mine", ...workspace), { home }).status).toBe(0);
    for (const words of [baton("note", "more", ...workspace), baton("gc"), baton("verify"), doctor("status")]) {
      const { status, signal, stderr } = run(words, { home, ...nobody });
      expect([words.slice(-1), status, signal, stderr]).toEqual([
        words.slice(-1),
        1,
        null,
        expect.stringMatching(/^error\[BTN-/),
      ]);
      expect(stderr).not.toContain(place);
    }
    const check = run(doctor("check", "--offline", "--only", "BTN-D01"), { home, ...nobody });
    expect([check.status, check.stdout]).toEqual([1, expect.stringMatching(/fail.*BTN-D01/)]);
    const { order, told, lines, end } = await startHost(host, home, asNobody);
    await order("record 2");
    await order("safe 3");
    expect(told.errors).toHaveLength(2);
    expect(lines).toContain('dropped {"4":3}');
    expect(await end()).toBe(0);
  });

  it("who may read but not write gets the same answer from both languages, and every writer is refused", () => {
    const home = join(place, "readable");
    expect(run(baton("note", "for all", ...workspace), { home }).status).toBe(0);
    chmodSync(home, 0o755);
    chmodSync(join(home, "segments"), 0o755);
    for (const file of readdirSync(join(home, "segments"))) chmodSync(join(home, "segments", file), 0o644);
    chmodSync(join(home, "install.key"), 0o644);
    rmSync(join(home, "latest.json"), { force: true });
    const answer = run(baton("resume", ...workspace), { home, ...nobody });
    expect([answer.status, answer.stdout]).toEqual([0, expect.stringContaining("for all")]);
    expect(run(doctor("resume", ...workspace), { home, ...nobody }).stdout).toBe(answer.stdout);
    for (const words of [baton("note", "more", ...workspace), baton("gc"), doctor("rebuild")]) {
      const { status, stderr } = run(words, { home, ...nobody });
      expect([words.slice(-1), status, stderr]).toEqual([words.slice(-1), 1, expect.stringMatching(/^error\[BTN-/)]);
    }
    // One segment that may not be read is left out, and the check names it.
    const [file = ""] = readdirSync(join(home, "segments"));
    chmodSync(join(home, "segments", file), 0o600);
    const check = run(doctor("check", "--offline", "--only", "BTN-D10"), { home, ...nobody });
    expect([check.status, check.stdout]).toEqual([1, expect.stringMatching(/fail.*BTN-D10/)]);
    chmodSync(join(home, "segments", file), 0o644);
    expect(run(doctor("resume", ...workspace), { home, ...nobody }).stdout).toBe(answer.stdout);
  });
});

describe.skipIf(!hasLimits)("too few open files (RLIMIT_NOFILE, needs prlimit)", () => {
  it("is an error of the record, and the host works again when files are closed", async () => {
    const home = join(place, "hogged");
    const { order, told, lines, end } = await startHost(host, home, ["prlimit", "--nofile=200"]);
    await order("hog");
    expect(lines).toContain("hogged EMFILE");
    await order("record 2");
    await order("safe 2");
    expect(told.errors).toHaveLength(2);
    for (const error of told.errors) expect(error).toMatch(/^record BTN-H0[13]$/);
    expect(lines.at(-1)).toBe('dropped {"4":2}');
    await order("free");
    await order("record 2");
    expect(told.acknowledged.size).toBe(2);
    expect(await end()).toBe(0);
    await keepsTheLaw(told, home);
  });

  it("never makes the doctor crash, whatever is left to it", () => {
    const home = join(place, "few");
    for (const text of ["one", "two"]) expect(run(baton("note", text, ...workspace), { home }).status).toBe(0);
    const whole = run(doctor("resume", ...workspace), { home }).stdout;
    for (let files = 3; files <= 8; files++)
      for (const words of [doctor("resume", ...workspace), doctor("status"), doctor("rebuild")]) {
        const ended = run(words, { home, before: ["prlimit", `--nofile=${files}`] });
        expect(ended.signal).toBeNull();
        if (ended.status !== 0 && !ended.stderr.includes("error while loading shared libraries"))
          expect(ended).toMatchObject({ status: 1, stderr: expect.stringMatching(/^error\[BTN-/) });
      }
    expect(run(doctor("resume", ...workspace), { home }).stdout).toBe(whole);
  });
});

describe("paths", () => {
  it.each([
    ["long", () => join(place, ...Array.from({ length: 3 }, () => "d".repeat(240)))],
    ["not ASCII", () => join(place, "данные и 状態 🗂")],
  ] as const)("that are %s are like any other", (_, path) => {
    const home = path();
    expect(run(baton("note", "far away", ...workspace), { home })).toMatchObject({ status: 0 });
    const answer = run(baton("resume", ...workspace), { home });
    expect(answer.stdout).toContain("far away");
    expect(run(doctor("resume", ...workspace), { home }).stdout).toBe(answer.stdout);
    expect(run(doctor("rebuild"), { home }).status).toBe(0);
    expect(run(doctor("resume", ...workspace), { home }).stdout).toBe(answer.stdout);
  });

  it("that the system has no room for are refused by code", () => {
    for (const home of [
      join(place, "d".repeat(300)),
      join(place, ...Array.from({ length: 30 }, () => "d".repeat(200))),
    ])
      for (const words of [baton("note", "x", ...workspace), baton("resume", ...workspace), doctor("status")]) {
        const { status, stderr } = run(words, { home });
        expect([words.slice(-1), status, stderr]).toEqual([words.slice(-1), 1, expect.stringMatching(/^error\[BTN-H/)]);
      }
  });
});

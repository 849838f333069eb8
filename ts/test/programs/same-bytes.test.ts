/** Both programs say the same, byte for byte, whatever happened to the caches (done with real git and real processes). */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { instant, makePlace, ok, type Place } from "./harness.js";

const check = ["run", "--label", "unit", "--", "node", "check.mjs"];
let place: Place;

beforeAll(() => {
  place = makePlace();
  place.write(
    "check.mjs",
    'import { readFileSync } from "node:fs";\nprocess.exit(Number(readFileSync("answer", "utf8")));\n',
  );
  place.write("answer", "3\n");
  place.git("add", ".");
  place.git("commit", "-q", "-m", "one");
  ok(place.baton("observe"));
  ok(place.baton("point", "pr", "upstream/proxy#42"));
  ok(place.baton("point", "issue", "7"));
  ok(place.baton("note", "the flaky check is the one on limits", "--category", "finding"));
  const id = ok(place.baton("next", "add", "rebase the branch")).trim();
  ok(place.baton("next", "add", "answer the review"));
  ok(place.baton("next", "claim", id, "--as", "anna", "--lease", "2h"));
  expect(place.baton(...check).status).toBe(3);
  place.write("answer", "0\n");
  place.git("commit", "-q", "-a", "-m", "two");
  ok(place.baton("run", "--label", "unit2", "--", "node", "check.mjs", "again"));
  const sample = readFileSync(resolve("fixtures/usage/sample.jsonl"), "utf8");
  writeFileSync(join(place.root, "usage.jsonl"), sample);
  place.env.BATON_NOW = String(instant);
  ok(place.baton("import", "usage", join(place.root, "usage.jsonl")));
});

afterAll(() => place.remove());

/** Asks both programs, expects the same, and gives it. */
function both(...args: string[]): string {
  const first = ok(place.baton(...args));
  expect(ok(place.doctor(...args))).toBe(first);
  return first;
}

describe("both programs print the same bytes", () => {
  it("for the brief, as text and as JSON, at start and after compaction", () => {
    const brief = both("resume");
    expect(brief).toContain("github.com/acme/proxy");
    expect(brief).toContain("exit 3");
    expect(brief).toContain("anna");
    expect(brief).toContain("42");
    both("resume", "--json");
    expect(both("resume", "--reason", "compact")).toContain("after compaction");
  });

  it("for the folded state, the report on the segments and the export", () => {
    expect(JSON.parse(both("status", "--json")).workspaces).toHaveLength(1);
    both("verify", "--json");
    expect(both("export", "--jsonl").split("\n").length).toBeGreaterThan(15);
  });

  it("for a workspace that is named, outside any repository, and for one that nobody knows", () => {
    both("resume", "--workspace", "github.com/acme/proxy");
    expect(both("resume", "--workspace", "github.com/acme/other")).toContain("nothing is recorded");
  });
});

describe("caches may be lost at any moment", () => {
  for (const cache of ["index.redb", "latest.json"]) {
    it(`random bytes in ${cache} change no answer`, () => {
      const answers = everyAnswer();
      ok(place.doctor("rebuild"));
      const file = join(place.home, cache);
      expect(existsSync(file)).toBe(true);
      writeFileSync(file, randomBytes(statSync(file).size));
      expect(everyAnswer()).toEqual(answers);
    });

    it(`a ${cache} that is deleted, or cut in half, changes no answer`, () => {
      const answers = everyAnswer();
      ok(place.doctor("rebuild"));
      const file = join(place.home, cache);
      writeFileSync(file, readFileSync(file).subarray(0, statSync(file).size >> 1));
      expect(everyAnswer()).toEqual(answers);
      rmSync(file, { force: true });
      expect(everyAnswer()).toEqual(answers);
    });
  }

  it("an index that another process holds changes no answer", async () => {
    const answers = everyAnswer();
    ok(place.doctor("rebuild"));
    const holder = spawn("python3", [
      "-c",
      "import fcntl,sys; f=open(sys.argv[1],'r+b'); fcntl.flock(f, fcntl.LOCK_EX); print('held', flush=True); sys.stdin.read()",
      join(place.home, "index.redb"),
    ]);
    await new Promise((held) => holder.stdout.once("data", held));
    try {
      expect(everyAnswer()).toEqual(answers);
    } finally {
      holder.stdin.end();
    }
  });
});

describe("a verdict is proof of exactly this tree", () => {
  it("a passed check is fresh, dirty after a change, fresh again once exactly this was committed, stale elsewhere", () => {
    const verdict = (): string => {
      const brief = JSON.parse(both("resume", "--json"));
      const shown = brief.validations.find(
        (one: { record: { validation: { label: string } } }) => one.record.validation.label === "unit2",
      );
      return shown.verdict;
    };
    expect(verdict()).toBe("VERDICT_FRESH");
    place.write("answer", "1\n");
    expect(verdict()).toBe("VERDICT_DIRTY");
    place.write("answer", "0\n");
    expect(verdict()).toBe("VERDICT_FRESH");
    place.write("new file", "x\n");
    expect(verdict()).toBe("VERDICT_DIRTY");
    ok(place.baton("run", "--label", "unit2", "--", "node", "check.mjs", "again"));
    expect(verdict()).toBe("VERDICT_FRESH");
    place.git("add", ".");
    place.git("commit", "-q", "-m", "three");
    expect(verdict()).toBe("VERDICT_FRESH");
    place.git("checkout", "-q", "-b", "elsewhere", "HEAD~2");
    expect(verdict()).toBe("VERDICT_STALE");
    place.git("checkout", "-q", "main");
    expect(verdict()).toBe("VERDICT_FRESH");
  });
});

describe("after gc (SEG-071)", () => {
  it("both programs tell what they told before, then and half a year later", () => {
    const [then, later] = [45, 180].map((days) => String(instant + days * 86_400_000)) as [string, string];
    const told = () =>
      [then, later].map((at) => {
        place.env.BATON_NOW = at;
        const { workspaces, machine } = JSON.parse(both("status", "--json"));
        return { brief: both("resume"), workspaces, models: machine.models };
      });
    // Days are counted from the newest record.
    place.env.BATON_NOW = then;
    ok(place.baton("note", "came back to it"));
    const before = told();
    ok(place.doctor("rebuild"));
    place.env.BATON_NOW = then;
    const report = JSON.parse(ok(place.baton("gc", "--json")));
    expect(Number(report.segmentsAfter)).toBeLessThan(Number(report.segmentsBefore));
    expect(report.kinds.some(({ expired }: { expired: string }) => Number(expired) > 0)).toBe(true);
    expect(told()).toEqual(before);
    expect(JSON.parse(both("verify", "--json")).problems).toBe("0");
  });
});

function everyAnswer(): string[] {
  return [both("resume"), both("status", "--json"), both("verify", "--json")];
}

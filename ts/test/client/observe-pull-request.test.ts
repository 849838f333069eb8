/** What `baton observe` finds out of the pull request of the branch (docs/proof.md, OBS-004 to OBS-006). */
import { spawnSync } from "node:child_process";
import { chmodSync, readdirSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { clearPointer, pointersOf, setPointer } from "../../src/client/pointers.js";
import { makePlace, type Place } from "./observe-place.js";

let place: Place;
beforeEach(() => {
  place = makePlace();
});

const pointers = () =>
  pointersOf(place.client().state(), "github.com/acme/widgets")
    .filter(({ type }) => type === "pr" || type === "issue")
    .map(({ type, number, active, ref, repository }) =>
      [type, number, active ? "in hand" : "aside", ref ?? "by hand", repository ?? ""].join(" ").trim(),
    );

/** Puts a program called `gh` on PATH that notes how it was called, and then does what the script says. */
function putGh(script: string): void {
  const file = join(place.root, "bin/gh");
  writeFileSync(file, `#!/bin/sh\necho "$*" >> "${join(place.root, "calls")}"\n${script}\n`);
  chmodSync(file, 0o755);
}

const answering = (value: object) => `cat <<'JSON'\n${JSON.stringify(value)}\nJSON`;
const none = `echo 'no pull requests found for branch "main"' >&2; exit 1`;
const calls = () => readFileSync(join(place.root, "calls"), "utf8").trim().split("\n");

/** Lets the last question to gh be as old as it has to be to be asked again. */
function forgetQuestion(): void {
  const past = new Date(Date.now() - 301_000);
  for (const file of readdirSync(join(place.root, "state/asked")))
    utimesSync(join(place.root, "state/asked", file), past, past);
}

const open = (number: number, more: object = {}) => ({
  number,
  state: "OPEN",
  url: `https://github.com/Acme/Widgets/pull/${number}`,
  closingIssuesReferences: [],
  ...more,
});

describe("the pull request of the branch", () => {
  it("is put in hand, with the one issue that it closes; titles are never asked for (OBS-005)", async () => {
    putGh(answering(open(7, { closingIssuesReferences: [{ number: 3, title: "secret plan" }] })));
    await place.look();
    expect(pointers()).toEqual(["pr 7 in hand main", "issue 3 in hand main"]);
    expect(calls()).toEqual(["pr view --json number,state,url,closingIssuesReferences"]);
  });

  it("is asked for without issues where gh is too old to tell them", async () => {
    putGh(`case "$*" in *closing*) echo 'Unknown JSON field: "closingIssuesReferences"' >&2; exit 1;; esac
      ${answering({ number: 7, state: "OPEN", url: "https://github.com/Other/Widgets/pull/7" })}`);
    await place.look();
    expect(pointers()).toEqual(["pr 7 in hand main github.com/other/widgets"]);
    expect(calls()).toHaveLength(2);
  });

  it("is not asked for again within five minutes, unless branch or commit are others (OBS-004)", async () => {
    putGh(none);
    await place.look();
    await place.look();
    expect(calls()).toHaveLength(1);
    place.git("commit", "-q", "--allow-empty", "-m", "2");
    await place.look();
    place.git("switch", "-q", "-c", "topic");
    await place.look();
    await place.look();
    expect(calls()).toHaveLength(3);
    forgetQuestion();
    await place.look();
    expect(calls()).toHaveLength(4);
    const [mark, ...others] = readdirSync(join(place.root, "state/asked"));
    expect(others).toEqual([]);
    expect(`${mark} ${readFileSync(join(place.root, "state/asked", mark ?? ""))}`).toMatch(
      /^[0-9a-f]{32} [0-9a-f]{32}$/,
    );
  });

  it("goes aside with its branch, when it is closed, and comes back", async () => {
    putGh(answering(open(7)));
    await place.look();
    place.git("switch", "-q", "-c", "topic");
    putGh(none);
    await place.look();
    expect(pointers()).toEqual(["pr 7 aside main"]);
    place.git("switch", "-q", "main");
    putGh(answering(open(7)));
    await place.look();
    expect(pointers()).toEqual(["pr 7 in hand main"]);
    forgetQuestion();
    putGh(answering(open(7, { state: "MERGED" })));
    await place.look();
    expect(pointers()).toEqual(["pr 7 aside main"]);
  });

  it("never takes the place of one that was set by hand, and does not bring back what was cleared by hand (OBS-006)", async () => {
    await setPointer(place.client(), "pr", "9");
    putGh(answering(open(7)));
    await place.look();
    expect(pointers()).toEqual(["pr 9 in hand by hand"]);
    await clearPointer(place.client(), "pr");
    forgetQuestion();
    await place.look();
    expect(pointers()).toEqual(["pr 7 in hand main", "pr 9 aside by hand"]);
    await clearPointer(place.client(), "pr");
    forgetQuestion();
    await place.look();
    expect(pointers()).toEqual(["pr 7 aside by hand", "pr 9 aside by hand"]);
    await setPointer(place.client(), "pr", "7");
    forgetQuestion();
    putGh(none);
    await place.look();
    expect(pointers()).toEqual(["pr 7 in hand by hand", "pr 9 aside by hand"]);
  });

  it("is unknown where gh is late, fails, or says what nobody expects; nothing else is held up", async () => {
    place.env.BATON_GH_MS = "300";
    const before = performance.now();
    putGh("sleep 20");
    await place.look();
    expect(performance.now() - before).toBeLessThan(20_000);
    place.env.BATON_GH_MS = "20000";
    for (const script of ["exit 1", "echo no", "echo '[]'", "echo null", answering({ number: "7" }), "kill -9 $$"]) {
      forgetQuestion();
      putGh(script);
      await place.look();
    }
    expect(pointers()).toEqual([]);
  });

  it("is not asked for off-line, on a detached HEAD, outside a repository, or of a gh that lies in it", async () => {
    place.env.GH_CONFIG_DIR = join(place.root, "nobody");
    putGh(answering(open(7)));
    renameSync(join(place.root, "bin/gh"), join(place.repository, "gh"));
    place.env.PATH = `.:${place.env.PATH}`;
    await place.look();
    renameSync(join(place.repository, "gh"), join(place.root, "bin/gh"));
    await place.look({ offline: true });
    place.git("switch", "-q", "--detach");
    await place.look();
    rmSync(join(place.repository, ".git"), { recursive: true });
    await place.look();
    expect(() => calls()).toThrow();
  });

  const hasGh = spawnSync("gh", ["--version"]).status === 0;
  it.skipIf(!hasGh)("is left out where the real gh is not logged in", async () => {
    place.env.GH_CONFIG_DIR = join(place.root, "nobody");
    expect(await place.look()).toMatchObject({ pointers: 3 });
    expect(pointers()).toEqual([]);
  });

  it("is left out where there is no gh", async () => {
    place.env.PATH = join(place.root, "bin");
    const program = spawnSync("sh", ["-c", "command -v git"], { encoding: "utf8" }).stdout.trim();
    writeFileSync(join(place.root, "bin/git"), `#!/bin/sh\nexec ${program} "$@"\n`);
    chmodSync(join(place.root, "bin/git"), 0o755);
    expect(await place.look()).toMatchObject({ pointers: 3 });
  });
});

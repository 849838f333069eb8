/** Upstream's doctor and Baton's on the same set-ups: one verdict per check, but for the differences that docs/doctor.md lists. */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { upstreamCheckout } from "../upstream.js";
import { type Ended, makePlace, type Place } from "./place.js";
import { cannotBeMade, type SetUp, setUps } from "./set-ups.js";

const { folder: checkout = "", reason } = upstreamCheckout();
if (reason !== undefined) console.log(`[skip] beside the proxy's own doctor: ${reason}`);

/** `ok`, `warn`, `fail`, the exit code, or `-` where no line was printed. */
type Verdict = string;

/** Verdicts by the id of our check, and by "exit code". */
type Verdicts = Record<string, Verdict>;

const page = readFileSync("docs/doctor.md", "utf8");

/** Rows of the table of docs/doctor.md that has this heading row. */
function tableOf(heading: string): string[][] {
  const [, below = ""] = page.split(`| ${heading} |\n`);
  const rows = below.split("\n").slice(1);
  const end = rows.findIndex((row) => !row.startsWith("|"));
  return rows.slice(0, end).map((row) => row.slice(2, -2).split(" | "));
}

/** Beginnings of upstream's lines, and the id of our check that answers. */
const shared = tableOf("upstream's line | check").map(([lines = "", id = ""]) => ({
  beginnings: lines.split(", ").map((beginning) => beginning.slice(1, -1)),
  id,
}));

const differences = tableOf("set-up | check | upstream | Baton | why");

function upstreamVerdicts({ stdout, code }: Ended): Verdicts {
  const verdicts: Verdicts = Object.fromEntries(shared.map(({ id }) => [id, "-"]));
  for (const [, verdict = "", line = ""] of stdout.matchAll(/^\[(ok|warn|fail)\] (.*)$/gm)) {
    const row = shared.find(({ beginnings }) => beginnings.some((beginning) => line.startsWith(beginning)));
    if (!row) throw new Error(`docs/doctor.md does not have upstream's line ${line}`);
    verdicts[row.id] = verdict;
  }
  // Of a configuration that it can read upstream says nothing, and goes on to the provider.
  if (verdicts["BTN-D82"] !== "-") verdicts["BTN-D61"] = "ok";
  return { ...verdicts, "exit code": `${code}` };
}

function ownVerdicts({ stdout, code }: Ended): Verdicts {
  const { checks } = JSON.parse(stdout) as { checks: { id: string; status: string }[] };
  const verdictOf = (id: string) => checks.find((check) => check.id === id)?.status ?? "-";
  return { ...Object.fromEntries(shared.map(({ id }) => [id, verdictOf(id)])), "exit code": `${code}` };
}

describe.skipIf(reason !== undefined)("beside the proxy's own doctor", () => {
  /** What both said of a check, in any set-up. */
  const agreed = new Set<string>();
  let place: Place;
  let port: number;
  beforeAll(async () => {
    place = makePlace(checkout);
    port = await place.startProxy(checkout);
  });
  afterAll(() => place?.remove());

  async function verdictsOf(setUp: SetUp): Promise<{ upstream: Verdicts; own: Verdicts }> {
    const user = makePlace(checkout);
    try {
      user.env.OPENCODE_PROXY_BASE_URL = `http://127.0.0.1:${port}/v1`;
      await user.setUp();
      await setUp.make(user, checkout);
      if (setUp.node) user.env.NODE_OPTIONS = setUp.node;
      const upstream = upstreamVerdicts(await user.upstream("doctor.mjs"));
      delete user.env.NODE_OPTIONS;
      return { upstream, own: ownVerdicts(await user.doctor("check", "--json")) };
    } finally {
      await user.remove();
    }
  }

  test("docs/doctor.md has each line of upstream's doctor, and no difference of a set-up that is not tried", () => {
    expect(shared.map(({ id }) => id)).toHaveLength(9);
    const names = setUps.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(differences.filter(([name = ""]) => !names.includes(name))).toEqual([]);
    for (const [, , , , why = ""] of differences) expect(why).toMatch(/\w/);
  });

  for (const setUp of setUps) {
    test.concurrent(`the verdicts on ${setUp.name} differ where docs/doctor.md says so`, async ({ expect, skip }) => {
      if (await cannotBeMade(setUp)) skip(`port ${setUp.needsPort} of this machine is taken`);
      const { upstream, own } = await verdictsOf(setUp);
      for (const [id, verdict] of Object.entries(upstream)) if (verdict === own[id]) agreed.add(`${id}: ${verdict}`);
      const found = Object.keys(upstream)
        .filter((id) => upstream[id] !== own[id])
        .map((id) => [id, upstream[id], own[id]]);
      const listed = differences.filter(([name]) => name === setUp.name).map(([, ...row]) => row.slice(0, 3));
      expect(found.sort()).toEqual(listed.sort());
    });
  }

  test("both say of each check that it is ok, and that it is not", () => {
    for (const { id } of shared) {
      const verdicts = ["ok", "warn", "fail"].filter((verdict) => agreed.has(`${id}: ${verdict}`));
      expect([id, verdicts[0], verdicts.length]).toEqual([id, "ok", 2]);
    }
    expect(agreed).toContain("exit code: 0");
    expect(agreed).toContain("exit code: 1");
  });
});

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { claimAction, latestClaim } from "../../src/claim/claim.js";

const processes = 50;
const rounds = 10;
const now = 1_700_000_000_000;
const lease = 1000;

let root = "";
let contenders: { child: ChildProcess; lines: Interface; name: string }[] = [];

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "baton-race-test-"));
  const outfile = join(root, "contender.mjs");
  await build({
    entryPoints: ["ts/test/claim/contender.ts"],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    logLevel: "error",
  });
  contenders = Array.from({ length: processes }, (_, index) => {
    const child = spawn(process.execPath, [outfile, `p${index}`], { stdio: ["pipe", "pipe", "inherit"] });
    return { child, lines: createInterface({ input: child.stdout }), name: `p${index}` };
  });
});
afterAll(() => {
  for (const { child } of contenders) child.stdin?.end();
  rmSync(root, { recursive: true, force: true });
});

/** Tells the first `count` processes to claim, those in `renewing` to renew, and gives what each said. */
async function race(action: string, instant: number, count: number, renewing = new Set<string>()) {
  const racers = contenders.slice(0, count);
  const answers = racers.map(
    ({ lines, name }) =>
      new Promise<{ name: string; said: string }>((resolve) => lines.once("line", (said) => resolve({ name, said }))),
  );
  for (const { child, name } of racers) {
    const verb = renewing.has(name) ? "renew" : "claim";
    child.stdin?.write(`${verb} ${join(root, "claims")} ${action} ${instant} ${lease}\n`);
  }
  return Promise.all(answers);
}

describe("processes at once", () => {
  it(`of ${processes} exactly one wins every generation, in ${rounds} rounds, and the others learn its name (CLM-003)`, async () => {
    for (let round = 1; round <= rounds; round += 1) {
      const answers = await race("a-00000000000000aa", now + (round - 1) * lease, processes);
      const winners = answers.filter(({ said }) => said === `won ${round}`);
      expect(winners).toHaveLength(1);
      const refusals = new Set(answers.filter((answer) => answer !== winners[0]).map(({ said }) => said));
      expect([...refusals]).toEqual([`BTN-C01 ${winners[0]?.name}`]);
    }
  });

  it("a renewal and takeovers that meet never both succeed (CLM-004)", async () => {
    const folder = join(root, "claims");
    for (let round = 0; round < 100; round += 1) {
      const action = `a-${round.toString(16).padStart(16, "0")}`;
      claimAction({ folder, action, claimer: "p0", now, lease });
      const answers = await race(action, now + lease, 4, new Set(["p0"]));
      const winners = answers.filter(({ said }) => said.startsWith("won "));
      expect(winners.length).toBeLessThanOrEqual(1);
      expect(answers.filter(({ said }) => !/^(won|BTN-C01) /.test(said))).toEqual([]);
      if (winners[0] !== undefined) expect(latestClaim({ folder, action })?.claimer).toBe(winners[0].name);
    }
  });
});

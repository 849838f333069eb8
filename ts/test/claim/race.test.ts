import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

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

async function race(action: string, instant: number): Promise<{ name: string; said: string }[]> {
  const answers = contenders.map(
    ({ lines, name }) =>
      new Promise<{ name: string; said: string }>((resolve) => lines.once("line", (said) => resolve({ name, said }))),
  );
  for (const { child } of contenders) child.stdin?.write(`${join(root, "claims")} ${action} ${instant} ${lease}\n`);
  return Promise.all(answers);
}

describe("fifty processes at once", () => {
  it(`exactly one wins every generation of an action, in ${rounds} rounds, and the others learn its name`, async () => {
    for (let round = 1; round <= rounds; round += 1) {
      const answers = await race("a-00000000000000aa", now + (round - 1) * lease);
      const winners = answers.filter(({ said }) => said === `won ${round}`);
      expect(winners).toHaveLength(1);
      const refusals = new Set(answers.filter((answer) => answer !== winners[0]).map(({ said }) => said));
      expect([...refusals]).toEqual([`BTN-C01 ${winners[0]?.name}`]);
    }
  });
});

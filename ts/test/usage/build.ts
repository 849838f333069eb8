/** What the usage tests work with: fixtures, generated lines, and records in memory. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { recordTable } from "../../src/gen/tables.js";
import { encodeMessage } from "../../src/record/wire.js";
import { type ImportReport, type PlanOptions, planImport } from "../../src/usage/plan.js";
import { healthKind, type StoredRecord, usageKind } from "../../src/usage/stored.js";

/** The instant of the autumn fixtures. */
export const now = 1795372200000;

const fixtures = new URL("../../../fixtures/usage/", import.meta.url);

/** A file of fixtures/usage. */
export function fixture(name: string): string {
  return readFileSync(new URL(name, fixtures), "utf8");
}

/** Lines of the last 30 days as upstream writes them. */
export function generated(lines: number, seed: number): string {
  const script = fileURLToPath(new URL("generate.mjs", fixtures));
  const args = [script, "--lines", `${lines}`, "--seed", `${seed}`, "--now", `${now}`];
  const { stdout, status } = spawnSync(process.execPath, args, { encoding: "utf8", maxBuffer: 2 ** 28 });
  if (status !== 0) throw new Error("generate.mjs failed");
  return stdout;
}

/** A line of upstream with changes. */
export function line(changes: Readonly<Record<string, unknown>> = {}): string {
  const first = JSON.parse(fixture("sample.jsonl").split("\n")[0]!);
  return JSON.stringify({ ...first, ts: now, ...changes });
}

/** Records in memory. */
export interface Store {
  readonly records: StoredRecord[];
  /** Imports a text and keeps what it adds. */
  add(text: string | Uint8Array, options?: Partial<PlanOptions>): ImportReport;
}

/** An empty store of one writer. */
export function createStore(): Store {
  const records: StoredRecord[] = [];
  return {
    records,
    add(text, options = {}) {
      const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
      const plan = planImport({ bytes, records, now, provider: "opencode-zen", ...options });
      for (const record of plan.records) {
        const seq = records.length + 1;
        const kind = "usageEvent" in record ? usageKind.number : healthKind.number;
        const payload = encodeMessage(recordTable, { stamp: BigInt(seq), ...record });
        records.push({ writer: "00".repeat(16), seq, kind, payload });
      }
      return plan.report;
    },
  };
}

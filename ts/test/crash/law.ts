/**
 * The law of every run: acknowledged ⊆ loaded ⊆ attempted, no record twice, the order of the numbers within a writer;
 * after a power cut, what was acknowledged as durable ⊆ loaded.
 */
import { isAbove, noStamp, type Stamp } from "../../src/record/stamp.js";
import { sealAtEnd } from "../../src/segment/ends.js";
import { uint32At } from "../../src/segment/frame.js";
import { judgeFolder } from "../../src/segment/judge.js";
import { recordsOf, type StandingSegment } from "../../src/segment/records.js";
import { type PlacedRecord, recordsOfSegment, type ScannedSegment, scanSegment } from "../../src/segment/scanned.js";

/** What a reader finds in these files: what `readFolder` does, without a folder. */
export function load(files: ReadonlyMap<string, Uint8Array>): StandingSegment[] {
  const scanned = [...files].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, bytes]) => scanSegment(name, bytes));
  const standings = judgeFolder(scanned);
  return scanned.map((each, i) => ({ scanned: each, standing: standings[i] as StandingSegment["standing"] }));
}

/** What makes two records one (SEG-015). */
export function identityOf({ writer, seq, payload }: Pick<PlacedRecord, "writer" | "seq" | "payload">): string {
  return `${writer} ${seq} ${Buffer.from(payload).toString("latin1")}`;
}

/** What writers were asked to write, and what they said of it. */
export interface Ledger {
  /** Identities, and when each was put: a number that rises. */
  readonly attempted: Map<string, number>;
  /** Identities that are in the kernel, and the segments that were named for them. */
  readonly written: Map<string, string>;
  /** Identities that survive a power cut. */
  readonly durable: Set<string>;
}

export function emptyLedger(): Ledger {
  return { attempted: new Map(), written: new Map(), durable: new Set() };
}

/** Which acknowledgements have to hold: `written` where processes end and disks fail, `durable` where the power is cut. */
export type Level = "written" | "durable";

/** Breaches of the law, in words; none is the promise. */
export function breaches(ledger: Ledger, segments: readonly StandingSegment[], level: Level): string[] {
  const { attempted, written, durable } = ledger;
  const found: string[] = [];
  const loaded = new Map<string, PlacedRecord>();
  const last = new Map<string, number>();
  for (const record of recordsOf({ segments })) {
    const { segment, seq } = record;
    const identity = identityOf(record);
    if (!attempted.has(identity)) found.push(`never attempted: ${placeOf(record)}`);
    if (loaded.has(identity)) found.push(`loaded twice: ${placeOf(record)}`);
    if (seq <= (last.get(segment) ?? 0)) found.push(`out of order: ${placeOf(record)}`);
    loaded.set(identity, record);
    last.set(segment, seq);
  }
  for (const identity of level === "written" ? written.keys() : durable)
    if (!loaded.has(identity)) found.push(`lost, acknowledged as ${level}: ${identity.slice(0, 40)}`);
  const inOrder = [...loaded].sort(([a], [b]) => (attempted.get(a) ?? 0) - (attempted.get(b) ?? 0));
  const highest = new Map<string, number>();
  for (const [, record] of inOrder) {
    if (record.seq <= (highest.get(record.writer) ?? 0)) found.push(`numbers do not rise: ${placeOf(record)}`);
    highest.set(record.writer, record.seq);
  }
  return level === "durable" ? found : [...found, ...undamagedBreaches(ledger, segments)];
}

/** What must hold besides where no power was cut: nothing is damaged, and each record lies where its acknowledgement says. */
function undamagedBreaches({ written }: Ledger, segments: readonly StandingSegment[]): string[] {
  const damaged = segments.flatMap(({ scanned }) => scanned.findings.filter(({ type }) => damageTypes.has(type)));
  const places = new Set(
    segments.flatMap(({ scanned }) =>
      [...recordsOfSegment(scanned, 0)].map((record) => `${record.segment} ${identityOf(record)}`),
    ),
  );
  const elsewhere = [...written].filter(([identity, segment]) => !places.has(`${segment} ${identity}`));
  return [
    ...segments.flatMap(({ scanned }) => lowSeal(scanned)),
    ...damaged.map(({ type, offset }) => `${type} at ${offset}, and nothing was damaged`),
    ...elsewhere.map(([identity]) => `not where it was acknowledged: ${identity.slice(0, 40)}`),
  ];
}

/** A seal tells of a stamp that no record of its segment is above: recorders start from it (SEG-046). */
function lowSeal(scanned: ScannedSegment): string[] {
  const { data, segment, isSealed } = scanned;
  const seal = segment && isSealed ? sealAtEnd(data, data.length, segment) : undefined;
  if (!seal) return [];
  const stamps = [...recordsOfSegment(scanned, 0)].map(({ payload }) => stampOf(payload));
  return stamps.some((stamp) => isAbove(stamp, seal.maxStamp)) ? [`a seal below a stamp of segment ${segment}`] : [];
}

/** Stamp of an encoded record: its first field (fixed64). */
function stampOf(payload: Uint8Array): Stamp {
  return payload[0] === 0x09 ? { low: uint32At(payload, 1), high: uint32At(payload, 5) } : noStamp;
}

const damageTypes = new Set(["CORRUPT_RANGE", "SEAL_MISMATCH", "DAMAGED_HEADER", "FOREIGN"]);

function placeOf({ segment, writer, seq }: PlacedRecord): string {
  return `segment ${segment}, writer ${writer}, number ${seq}`;
}

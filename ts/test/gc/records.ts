/** Records of several ages for tests of the compaction, the segments that hold them, and what is shown of them. */
import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { type Crafted, craft, withRecord } from "../../../conformance/craft.js";
import { createFold, foldRecord } from "../../src/fold/fold.js";
import { stateOf } from "../../src/fold/state.js";
import { RecordSchema } from "../../src/gen/baton/state/v1/record_pb.js";
import { kinds } from "../../src/gen/tables.js";
import type { PlacedRecord } from "../../src/segment/folder.js";

export const day = 86_400_000;
export const now = 1_800_000_000_000;
type Kind = NonNullable<MessageInitShape<typeof RecordSchema>["kind"]>;

/** A record that was observed so many days ago, in a workspace. */
export function record(daysAgo: number, kind: Kind, stampOfDay = daysAgo) {
  const value = create(RecordSchema, {
    stamp: BigInt(Math.round(now - stampOfDay * day)) << 16n,
    observedAt: BigInt(Math.round(now - daysAgo * day)),
    workspace: "github.com/owner/repo",
    kind,
  });
  const number = kinds.find(({ jsonName }) => jsonName === kind.case)?.number ?? 0;
  return { kind: number, payload: toBinary(RecordSchema, value) };
}

export const action = (daysAgo: number, id: string, done: boolean) =>
  record(daysAgo, { case: "nextAction", value: { id, text: "look", state: done ? 4 : 1, generation: 1 } });
export const note = (daysAgo: number, id: string) =>
  record(daysAgo, { case: "handoffNote", value: { id, text: "as it is", category: 1 } });
export const usage = (daysAgo: number, model: string) =>
  record(daysAgo, { case: "usageEvent", value: { ts: (now - daysAgo * day) / 1000, model, ordinal: 0 } });
export const model = (daysAgo: number, name: string, stampOfDay = daysAgo) =>
  record(daysAgo, { case: "modelHealth", value: { provider: "zen", model: name, state: 1 } }, stampOfDay);
export const check = (daysAgo: number, exitCode: number) =>
  record(daysAgo, { case: "validation", value: { command: "make test", argvDigest: "a".repeat(32), exitCode } });

/** A segment of these records. */
export function segment(name: string, ...records: readonly ReturnType<typeof record>[]): Crafted {
  return records.reduce((sofar, each) => withRecord(sofar, each), craft(name));
}

/** What is shown of records at an instant. */
export function shownOf(records: Iterable<PlacedRecord>, at: number): string[] {
  const fold = createFold({ now: at });
  for (const each of records) foldRecord(fold, each);
  return stateOf(fold, { retention: [] }).winners.map(({ record }) => Buffer.from(record.payload).toString("hex"));
}

/** From now on, until everything is past its days. */
export const instants = [0, 1, 10, 40, 100, 400].map((days) => now + days * day);

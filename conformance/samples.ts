/**
 * One sound record of every kind. Nothing in them is real. Golden segments hold them: never change one; a kind that is
 * added later gets a sample and a golden segment of its own.
 */
import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { FactName, FactSubject } from "../ts/src/gen/baton/state/v1/config_fact_pb.js";
import { NoteCategory } from "../ts/src/gen/baton/state/v1/handoff_note_pb.js";
import { ModelState } from "../ts/src/gen/baton/state/v1/model_health_pb.js";
import { ActionState } from "../ts/src/gen/baton/state/v1/next_action_pb.js";
import { PointerType } from "../ts/src/gen/baton/state/v1/pointer_pb.js";
import { Client, type Record, RecordSchema } from "../ts/src/gen/baton/state/v1/record_pb.js";
import { SessionPhase } from "../ts/src/gen/baton/state/v1/session_mark_pb.js";
import { ValidationSource } from "../ts/src/gen/baton/state/v1/validation_pb.js";
import { type CraftedRecord, craftedAt } from "./craft.js";

type Kind = NonNullable<MessageInitShape<typeof RecordSchema>["kind"]>;

const worktree = "wt-00112233445566aa";
const commit = "0123456789abcdef0123456789abcdef01234567";

const kinds: Kind[] = [
  {
    case: "pointer",
    value: {
      type: PointerType.PR,
      number: 42,
      repository: "github.com/baton/fixture",
      active: true,
    },
  },
  {
    case: "validation",
    value: {
      worktree,
      command: "npm test",
      argvDigest: "00112233445566778899aabbccddeeff",
      exitCode: 1,
      durationMs: 8_400n,
      testsPassed: 211,
      testsFailed: 1,
      commit,
      source: ValidationSource.RUN,
      dirty: true,
      treeDigest: "ffeeddccbbaa99887766554433221100",
      label: "unit",
    },
  },
  {
    case: "runtimeSummary",
    value: {
      name: "opencode-proxy",
      port: 8787,
      up: true,
      version: "1.4.2",
      routing: "round-robin",
      uptimeSeconds: 86_400n,
      windowSeconds: 3_600n,
      requests: 1_204n,
      failures: 3n,
    },
  },
  {
    case: "handoffNote",
    value: { id: "n-00000000000000a1", text: "The parser is next: see issue 41", category: NoteCategory.DECISION },
  },
  {
    case: "nextAction",
    value: {
      id: "a-00000000000000b2",
      text: "Split the scanner from the folder",
      state: ActionState.CLAIMED,
      generation: 2,
      claimer: "codex-1",
      leaseUntil: BigInt(craftedAt + 900_000),
    },
  },
  {
    case: "modelHealth",
    value: {
      provider: "opencode-zen",
      model: "vendor/large-2",
      state: ModelState.LIMITED,
      limitResetsAt: BigInt(craftedAt + 3_600_000),
      remaining: 0,
      limit: 200,
      lastStatus: 429,
    },
  },
  {
    case: "configFact",
    value: { subject: FactSubject.PROXY, name: FactName.BASE_HOST, value: "127.0.0.1:8787" },
  },
  {
    case: "usageEvent",
    value: {
      v: 1,
      ts: craftedAt,
      day: "2025-10-09",
      model: "vendor/large-2",
      returnedModel: "vendor/large-2",
      status: 200,
      ok: true,
      latencyMs: 1_830n,
      totalTokens: 1_500n,
      promptTokens: 1_200n,
      completionTokens: 300n,
      usageReported: true,
      usageEstimated: false,
      usageSource: "provider",
      cost: 0.0125,
      rateLimited: false,
      ordinal: 0,
    },
  },
  { case: "sessionMark", value: { phase: SessionPhase.START } },
];

const machineKinds = new Set(["runtimeSummary", "modelHealth", "configFact", "usageEvent"]);

/** The sample records, in the order of the kind numbers; the stamps rise from `first` on. */
export function sampleRecords(first = 1): Record[] {
  return kinds.map((kind, i) =>
    create(RecordSchema, {
      stamp: (BigInt(craftedAt) << 16n) + BigInt(first + i),
      observedAt: BigInt(craftedAt + first + i),
      ...(machineKinds.has(kind.case ?? "") ? {} : { workspace: "github.com/baton/fixture" }),
      client: Client.CLI,
      ...(kind.case === "sessionMark" ? { session: "s-00112233445566bb" } : {}),
      kind,
    }),
  );
}

/** A record as a segment holds it. */
export function encoded(record: Record): CraftedRecord {
  const field = RecordSchema.fields.find(({ localName }) => localName === record.kind.case);
  return { kind: field?.number ?? 0, payload: toBinary(RecordSchema, record) };
}

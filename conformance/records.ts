/** The cases conformance/cases/record/encode.json: what the choke point makes of records, and what it refuses. */
import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { RecordSchema } from "../ts/src/gen/baton/state/v1/record_pb.js";
import { errors } from "../ts/src/gen/tables.js";
import { type CaseInit, caseFile } from "./cases.js";
import { textOf } from "./guard/recipe.js";
import { sampleRecords } from "./samples.js";

type RecordInit = MessageInitShape<typeof RecordSchema>;

function encoded(name: string, record: RecordInit): CaseInit {
  return {
    name,
    request: { question: { case: "encode", value: { record } } },
    expected: { data: toBinary(RecordSchema, create(RecordSchema, record)) },
  };
}

function refused(name: string, error: keyof typeof errors, record: RecordInit): CaseInit {
  return {
    name,
    request: { question: { case: "encode", value: { record } } },
    expected: { error: errors[error].id },
  };
}

/** The case files that this makes, by their paths. */
export function recordCases(): Map<string, Uint8Array> {
  const id = "n-00000000000000a1";
  const random = textOf([{ alphabet: "abcdefghijklmnopqrstuvwxyz0123456789", length: 36, seed: 3 }]);
  const cases: CaseInit[] = [
    ...sampleRecords().map((record) => encoded(`a record with ${record.kind.case} is stored field by field`, record)),
    encoded("an empty record of a kind is stored", { kind: { case: "pointer", value: {} } }),
    encoded("zeros and false that are present are stored", {
      stamp: 0n,
      observedAt: 0n,
      kind: { case: "validation", value: { exitCode: 0, durationMs: 0n, dirty: false } },
    }),
    encoded("negative and large integers are stored", {
      stamp: 2n ** 64n - 1n,
      observedAt: -(2n ** 63n),
      kind: { case: "validation", value: { exitCode: -1, durationMs: 2n ** 64n - 1n, testsPassed: 2 ** 32 - 1 } },
    }),
    encoded("a note in another script is stored", {
      kind: { case: "handoffNote", value: { id, text: "git-репозиторий готов" } },
    }),
    refused("a record without a kind is refused", "RECORD_SHAPE", { stamp: 1n }),
    refused("an enum value that the schema does not have is refused", "RECORD_SHAPE", {
      kind: { case: "handoffNote", value: { id, category: 99 as never } },
    }),
    refused("a number that is not finite is refused", "RECORD_SHAPE", {
      kind: { case: "modelHealth", value: { limit: Number.POSITIVE_INFINITY } },
    }),
    refused("a token that two texts make together is refused", "GUARD_REFUSED", {
      kind: { case: "modelHealth", value: { provider: `ghp_${random.slice(0, 10)}`, model: random.slice(10) } },
    }),
    encoded("texts that make no token together are stored", {
      kind: { case: "modelHealth", value: { provider: `ghq_${random.slice(0, 10)}`, model: random.slice(10) } },
    }),
    refused("a text of two lines is refused", "GUARD_REFUSED", {
      kind: { case: "handoffNote", value: { id, text: "one\ntwo" } },
    }),
    refused("an empty text is refused: what was not said is absent", "GUARD_REFUSED", {
      kind: { case: "usageEvent", value: { errorClass: "" } },
    }),
    refused("a session id in the place of its alias is refused", "GUARD_REFUSED", {
      session: "0199c6c2-0000-7000-8000-000000000000",
      kind: { case: "sessionMark", value: {} },
    }),
    refused("a local path in the place of a workspace is refused", "GUARD_REFUSED", {
      workspace: "/home/somebody/project",
      kind: { case: "pointer", value: {} },
    }),
    refused("a digest of another length is refused", "GUARD_REFUSED", {
      kind: { case: "validation", value: { treeDigest: "00112233" } },
    }),
    refused("a text that is none of the listed values is refused", "GUARD_REFUSED", {
      kind: { case: "usageEvent", value: { errorClass: "oops" } },
    }),
  ];
  return new Map([caseFile("record/encode", cases)]);
}

/** Conformance cases of fold and brief, as the tests of this language load and answer them. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fromBinary, fromJson, toBinary, toJson } from "@bufbuild/protobuf";
import canonicalize from "canonicalize";
import { briefOf } from "../src/brief/brief.js";
import { createFold, foldRecord } from "../src/fold/fold.js";
import { stateOf } from "../src/fold/state.js";
import { statusOf } from "../src/fold/status.js";
import { countUsage, createUsageWindow, usageOf } from "../src/fold/usage-window.js";
import { type Case, CaseFileSchema, type MakeBrief } from "../src/gen/baton/conformance/v1/case_pb.js";
import { GitFactsSchema } from "../src/gen/baton/state/v1/brief_pb.js";
import { RecordSchema } from "../src/gen/baton/state/v1/record_pb.js";
import { StatusSchema } from "../src/gen/baton/state/v1/status_pb.js";
import { gitFactsTable, kinds } from "../src/gen/tables.js";
import { decodeMessage } from "../src/record/wire.js";
import type { PlacedRecord } from "../src/segment/scanned.js";

/** The cases in the files of a folder below conformance/cases, in byte order of the file names. */
export function casesIn(folder: string): Case[] {
  const path = join("conformance/cases", folder);
  return readdirSync(path)
    .sort()
    .flatMap((file) => fromJson(CaseFileSchema, JSON.parse(readFileSync(join(path, file), "utf8"))).cases);
}

/** What this language answers to a MakeBrief: the text, and the canonical JSON of the folded state. */
export function answerBrief(question: MakeBrief): { text: string; statusJson: string } {
  const now = Number(question.now);
  const fold = createFold({ now });
  const window = createUsageWindow(now);
  let seq = 0;
  for (const record of question.records) {
    seq++;
    const kind = kinds.find((candidate) => candidate.jsonName === record.kind.case)?.number ?? 0;
    const payload = toBinary(RecordSchema, record);
    const placed: PlacedRecord = {
      segment: "00".repeat(16),
      offset: seq,
      length: payload.length,
      writer: "00".repeat(16),
      seq,
      kind,
      payload,
    };
    foldRecord(fold, placed);
    countUsage(window, placed);
  }
  const state = stateOf(fold);
  const git = question.git && decodeMessage(gitFactsTable, toBinary(GitFactsSchema, question.git));
  const { text } = briefOf({ state, git, workspace: question.workspace ?? "", reason: question.reason });
  const status = statusOf(state, { health: {}, usage: usageOf(window) });
  const statusJson = canonicalize(toJson(StatusSchema, fromBinary(StatusSchema, status))) ?? "";
  return { text, statusJson };
}

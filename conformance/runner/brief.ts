/** Answers `brief`. */
import { create, toBinary } from "@bufbuild/protobuf";
import { briefOf } from "../../ts/src/brief/brief.js";
import { type MakeBrief, type Response, ResponseSchema } from "../../ts/src/gen/baton/conformance/v1/case_pb.js";
import { GitFactsSchema } from "../../ts/src/gen/baton/state/v1/brief_pb.js";
import { ConfigSchema } from "../../ts/src/gen/baton/state/v1/config_pb.js";
import { RecordSchema } from "../../ts/src/gen/baton/state/v1/record_pb.js";
import { configTable, gitFactsTable, kinds } from "../../ts/src/gen/tables.js";
import { decodeMessage } from "../../ts/src/record/wire.js";
import type { PlacedRecord } from "../../ts/src/segment/folder.js";
import { folded } from "./state.js";

/** Text of the brief, and the folded state that it was made from. */
export function answerBrief({ records, git, workspace, now, reason, config }: MakeBrief): Response {
  const id = "00".repeat(16);
  const placed = records.map((record, i): PlacedRecord => {
    const payload = toBinary(RecordSchema, record);
    const kind = kinds.find(({ jsonName }) => jsonName === record.kind.case)?.number ?? 0;
    return { segment: id, offset: i + 1, length: payload.length, writer: id, seq: i + 1, kind, payload };
  });
  const settings = config && decodeMessage(configTable, toBinary(ConfigSchema, config));
  const { state, statusJson } = folded(placed, Number(now), settings);
  const facts = git && decodeMessage(gitFactsTable, toBinary(GitFactsSchema, git));
  const { text } = briefOf({ state, git: facts, workspace: workspace ?? "", reason });
  return create(ResponseSchema, { text, statusJson });
}

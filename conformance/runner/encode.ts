/** Answers `encode`. */
import { create, toBinary } from "@bufbuild/protobuf";
import { type Encode, type Response, ResponseSchema } from "../../ts/src/gen/baton/conformance/v1/case_pb.js";
import { RecordSchema } from "../../ts/src/gen/baton/state/v1/record_pb.js";
import { recordTable } from "../../ts/src/gen/tables.js";
import { guardRecord } from "../../ts/src/guard/record.js";
import { decodeMessage } from "../../ts/src/record/wire.js";

/** The record as it would be stored. */
export function answerEncode({ record }: Encode): Response {
  if (!record) throw new Error("encode without a record");
  const { payload } = guardRecord(decodeMessage(recordTable, toBinary(RecordSchema, record)));
  return create(ResponseSchema, { data: payload });
}

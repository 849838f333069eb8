/** Answers `scan`. */
import { create } from "@bufbuild/protobuf";
import { type Response, ResponseSchema, type Scan } from "../../ts/src/gen/baton/conformance/v1/case_pb.js";
import { FindingType } from "../../ts/src/gen/baton/segment/v1/finding_pb.js";
import { scan, startCursor } from "../../ts/src/segment/scan.js";

/** Findings of one file, records included. */
export function answerScan({ data }: Scan): Response {
  const findings = [...scan(data ?? new Uint8Array(), startCursor)].map((finding) => ({
    type: FindingType[finding.type],
    offset: BigInt(finding.offset),
    length: BigInt(finding.length),
    ...(finding.type === "RECORD" ? { seq: BigInt(finding.seq), kind: finding.kind } : {}),
  }));
  return create(ResponseSchema, { findings });
}

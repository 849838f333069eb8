/** Answers `write`. */
import { create, toBinary } from "@bufbuild/protobuf";
import { type Response, ResponseSchema, type Write } from "../../ts/src/gen/baton/conformance/v1/case_pb.js";
import { HeaderSchema } from "../../ts/src/gen/baton/segment/v1/frame_pb.js";
import { recordTable, segmentHeaderTable } from "../../ts/src/gen/tables.js";
import { splitStamp } from "../../ts/src/record/stamp.js";
import { decodeMessage, encodeMessage } from "../../ts/src/record/wire.js";
import { crc32 } from "../../ts/src/segment/crc32.js";
import { crcOfSegmentId, frameTypes, magicFrame, maxFrameOverhead, writeFrame } from "../../ts/src/segment/frame.js";
import { sealBytes, writeSeal } from "../../ts/src/segment/header.js";

/** The segment of a header and its records. */
export function answerWrite({ header, records, seal }: Write): Response {
  if (!header) throw new Error("write without a header");
  const opening = encodeMessage(segmentHeaderTable, decodeMessage(segmentHeaderTable, toBinary(HeaderSchema, header)));
  const room = records.reduce((sum, { payload }) => sum + (payload?.length ?? 0) + maxFrameOverhead, 0);
  const out = new Uint8Array(
    magicFrame.length + opening.length + maxFrameOverhead + room + sealBytes + maxFrameOverhead,
  );
  out.set(magicFrame);
  const base = crcOfSegmentId(header.segmentId ?? new Uint8Array());
  const firstSeq = Number(header.firstSeq);
  let end = writeFrame(out, magicFrame.length, base, frameTypes.HEADER, 0, 0, opening);
  let maxStamp = 0n;
  records.forEach(({ kind, payload = new Uint8Array(), origin }, i) => {
    const from = origin && { writer: origin.writer ?? new Uint8Array(), seq: Number(origin.seq) };
    end = writeFrame(out, end, base, frameTypes.RECORD, kind ?? 0, firstSeq + i, payload, from);
    const { stamp } = decodeMessage(recordTable, payload);
    if (typeof stamp === "bigint" && stamp > maxStamp) maxStamp = stamp;
  });
  if (seal)
    end = writeSeal(out, end, base, {
      frames: records.length + 2,
      firstSeq,
      lastSeq: firstSeq + records.length - 1,
      bytes: end,
      crc: crc32(out, 0, end),
      maxStamp: splitStamp(maxStamp),
    });
  return create(ResponseSchema, { data: out.slice(0, end) });
}

/** Answers `read`. */
import { closeSync, fstatSync, mkdtempSync, openSync, readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create, fromBinary } from "@bufbuild/protobuf";
import { exportLine, inExportOrder } from "../../ts/src/cli/jsonl.js";
import {
  type NamedFile,
  type Read,
  type Response,
  ResponseSchema,
} from "../../ts/src/gen/baton/conformance/v1/case_pb.js";
import { VerifyReportSchema } from "../../ts/src/gen/baton/segment/v1/finding_pb.js";
import { segmentVerifyReportTable } from "../../ts/src/gen/tables.js";
import { encodeMessage } from "../../ts/src/record/wire.js";
import { readFolder, recordsOf } from "../../ts/src/segment/folder.js";
import { readRange } from "../../ts/src/segment/system.js";
import { healthOf, verifyFolder } from "../../ts/src/segment/verify.js";
import { folded } from "./state.js";

/** Whether a file still holds what was written to it, and no more. */
function isAsItWas(dir: string, { name, data = new Uint8Array(), stretched }: NamedFile): boolean {
  const fd = openSync(join(dir, name ?? ""), "r");
  try {
    const isAsLong = fstatSync(fd).size === Number(stretched ?? data.length);
    return isAsLong && Buffer.from(readRange(fd, 0, data.length)).equals(data);
  } finally {
    closeSync(fd);
  }
}

/** Report of a folder, the state that it folds to, and its records as lines. */
export function answerRead({ files, now }: Read): Response {
  const dir = mkdtempSync(join(tmpdir(), "baton-conformance-"));
  try {
    for (const { name, data, stretched } of files) {
      writeFileSync(join(dir, name ?? ""), data ?? new Uint8Array());
      if (stretched !== undefined) truncateSync(join(dir, name ?? ""), Number(stretched));
    }
    const folder = readFolder(dir);
    const report = verifyFolder(dir);
    const isChanged = readdirSync(dir).length !== files.length || files.some((file) => !isAsItWas(dir, file));
    if (isChanged) throw new Error("reading changed the folder (SEG-027)");
    const verify = fromBinary(VerifyReportSchema, encodeMessage(segmentVerifyReportTable, report));
    const records = [...recordsOf(folder)];
    const { statusJson } = folded(records, Number(now), { health: healthOf(folder, records.length) });
    return create(ResponseSchema, { verify, statusJson, exportLines: inExportOrder(records).map(exportLine) });
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

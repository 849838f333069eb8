/** The other language as the judge: what the Rust reader loads from the files that a crash left. */
import { create } from "@bufbuild/protobuf";
import { ask } from "../../../conformance/languages.js";
import { exportLine, inExportOrder } from "../../src/cli/jsonl.js";
import { RequestSchema } from "../../src/gen/baton/conformance/v1/case_pb.js";
import { recordsOf } from "../../src/segment/records.js";
import { load } from "./law.js";

type Files = ReadonlyMap<string, Uint8Array>;

/** The records that Rust loads from each of the folders, as lines of `export --jsonl`. */
export function linesOfRust(folders: readonly Files[]): string[][] {
  const requests = folders.map((folder) => {
    const files = [...folder].map(([name, data]) => ({ name, data: new Uint8Array(data) }));
    return create(RequestSchema, { question: { case: "read", value: { files, now: 1_800_000_000_000n } } });
  });
  return ask("rust", requests).map(({ response }) => response.exportLines);
}

/** The same of this language. */
export function linesOf(folder: Files): string[] {
  return inExportOrder([...recordsOf({ segments: load(folder) })]).map(exportLine);
}

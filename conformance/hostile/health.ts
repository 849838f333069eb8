/** Folders of fixtures/hostile whose health is told: what is damaged, dropped, foreign or newer in them. */
import { DropReason } from "../../ts/src/gen/baton/segment/v1/frame_pb.js";
import { craft, joined, withRecord } from "../craft.js";
import { at, type FileOfRow, type FolderFile, type Folders, plain } from "./folder-row.js";
import { range } from "./row.js";

/** The folders of health. */
export function healths(row: FileOfRow): Folders {
  const dropped = [
    { reason: DropReason.GUARD, count: 3n },
    { reason: DropReason.IO, count: 2n },
  ];
  const unknown = { kind: 4000, payload: new Uint8Array() };
  const zeros = craft("health", { dropped });
  const behindZeros = withRecord({ ...zeros, bytes: joined(zeros.bytes, new Uint8Array(32)) }, unknown);
  const unhealthy: FolderFile = {
    ...plain("health", behindZeros, false),
    bytes: joined(behindZeros.bytes, new Uint8Array(7)),
    newer: 1,
    findings: [
      range("CORRUPT_RANGE", zeros.bytes.length, zeros.bytes.length + 32),
      range("OPEN_TAIL", behindZeros.bytes.length, behindZeros.bytes.length + 7),
    ],
  };
  const replacing = withRecord(
    craft("health-replacing", { replaces: [{ segmentId: zeros.segment, bytes: BigInt(behindZeros.bytes.length) }] }),
    { ...unknown, origin: { writer: zeros.writer, seq: 1 } },
  );
  const healthy: FolderFile = { ...plain("health-replacing", replacing), newer: 1 };
  const most = craft("health-most", {
    dropped: [
      { reason: DropReason.GUARD, count: 2n ** 64n - 1n },
      { reason: DropReason.IO, count: 2n },
    ],
  });
  const health = (counts: Record<string, number>): string => {
    const names = ["corruptRanges", "dropped", "foreignFiles", "fromFuture", "malformed", "newerThanMe"];
    const all = [...names, "openTailBytes", "records", "segments"].map((name) => [name, String(counts[name] ?? 0)]);
    return JSON.stringify({ machine: { health: Object.fromEntries(all) } });
  };
  return {
    files: [unhealthy, healthy, plain("health-most", most)],
    folders: [
      {
        name: "an empty folder holds nothing",
        proves: ["SEG-036", "SEG-037"],
        files: [],
        records: 0,
        statusJson: health({}),
      },
      {
        name: "the health of a folder counts what is wrong in segments that count, and files that are none",
        proves: ["SEG-037"],
        files: [
          at("1.seg", unhealthy, "COUNTS"),
          at("2.seg", row("foreign"), "UNREADABLE"),
          at("3.seg", row("damaged-header"), "UNREADABLE"),
          at("4.seg", row("torn-header"), "UNREADABLE"),
          at("5.seg", row("newer-major"), "UNREADABLE"),
        ],
        records: 1,
        statusJson: health({
          segments: 1,
          records: 1,
          openTailBytes: 7,
          corruptRanges: 1,
          foreignFiles: 2,
          newerThanMe: 1,
          dropped: 5,
        }),
      },
      {
        name: "a header that tells of more dropped records than a number can hold costs no answer",
        proves: ["SEG-037"],
        files: [at("1.seg", plain("health-most", most), "COUNTS")],
        records: 0,
        statusJson: health({ segments: 1, dropped: Number.MAX_SAFE_INTEGER }),
      },
      {
        name: "the health of a folder counts a replaced segment too",
        proves: ["SEG-037"],
        files: [at("1.seg", unhealthy, "REPLACED"), at("2.seg", healthy, "COUNTS")],
        records: 1,
        statusJson: health({
          segments: 2,
          records: 1,
          openTailBytes: 7,
          corruptRanges: 1,
          newerThanMe: 1,
          dropped: 5,
        }),
      },
    ],
  };
}

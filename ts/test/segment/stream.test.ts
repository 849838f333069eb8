import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readFolder, recordsOf } from "../../src/segment/folder.js";
import { fromHex } from "../../src/segment/hex.js";
import type { PlacedRecord } from "../../src/segment/scanned.js";
import { streamFolder } from "../../src/segment/stream.js";
import { type BuiltSegment, build, concat, idOf, text } from "./build.js";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "baton-stream-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const [a, b, c] = [idOf(0xa), idOf(0xb), idOf(0xc)];
const [w, v] = [idOf(0x11), idOf(0x12)];

function put(init: BuiltSegment, name = `${init.segment}.seg`) {
  const built = build(init);
  writeFileSync(join(dir, name), built.bytes);
  return built;
}

const shown = (record: PlacedRecord) => `${record.writer.slice(-2)}:${record.seq}=${Buffer.from(record.payload)}`;

/** What one pass gives, in any order, and whether it held the bytes of the files at its end. */
function streamed() {
  const { folder, part } = streamFolder(
    dir,
    () => [] as string[],
    (part, record) => part.push(shown(record)),
  );
  return { records: part.sort(), holdsBytes: folder.segments.some(({ scanned }) => scanned.data.length > 0), folder };
}

const whole = () => [...recordsOf(readFolder(dir))].map(shown).sort();

describe("one pass over a folder", () => {
  it("gives every record of segments that count in full, and holds the bytes of none of them", () => {
    put({ segment: a, writer: w, frames: [{}, {}], isSealed: true });
    const { bytes } = put({ segment: b, writer: v, frames: [{}, {}, {}] });
    writeFileSync(join(dir, `${b}.seg`), concat(bytes, text("torn")));
    writeFileSync(join(dir, "foreign.seg"), text("no segment"));
    const { records, holdsBytes, folder } = streamed();
    expect(records).toEqual(["11:1=record 1", "11:2=record 2", "12:1=record 1", "12:2=record 2", "12:3=record 3"]);
    expect(records).toEqual(whole());
    expect(holdsBytes).toBe(false);
    expect(folder.seen).toEqual(readFolder(dir).seen);
  });

  it("gives every record once where a compacted segment stands beside what it replaces", () => {
    const source = put({ segment: a, writer: w, frames: [{}, {}], isSealed: true });
    const origin = { writer: fromHex(w), seq: 2 };
    const replaces = [{ segment: a, bytes: source.bytes.length }];
    put({ segment: c, writer: v, replaces, frames: [{ payload: text("record 2"), origin }], isSealed: true });
    expect(streamed().records).toEqual(["11:2=record 2"]);
    expect(streamed().records).toEqual(whole());
  });

  it("gives every record once where a file was copied, and where a writer was cloned", () => {
    const { bytes } = put({ segment: a, writer: w, frames: [{}, {}] });
    writeFileSync(join(dir, "copy.seg"), bytes);
    put({ segment: b, writer: w, frames: [{}, { payload: text("another") }] });
    expect(streamed().records).toEqual(["11:1=record 1", "11:2=another", "11:2=record 2"]);
    expect(streamed().records).toEqual(whole());
  });

  it("is empty where no folder is there", () => {
    rmSync(dir, { recursive: true });
    expect(streamed().records).toEqual([]);
  });
});

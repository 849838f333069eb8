/** Folders of fixtures/hostile with replaced segments, and with compacted ones that may not count. */
import { type Crafted, craft, flipped, note, sealed, withRecord } from "../craft.js";
import { at, type FolderFile, type FolderRow, type Folders, type Placed, plain, sound } from "./folder-row.js";
import { range } from "./row.js";

/** Compacted segment that holds the notes with these numbers, as `sound` wrote them. */
function compacted(name: string, replaces: { segmentId: Uint8Array; bytes: bigint }[], ...numbers: number[]): Crafted {
  return numbers.reduce(
    (sofar, number) => withRecord(sofar, { ...note(number), origin: { writer: sound.writer, seq: number } }),
    craft(name, { replaces }),
  );
}

/** The folders of compaction; `a` is the sound segment that is replaced in them. */
export function compactions(a: FolderFile): Folders {
  const whole = [{ segmentId: sound.segment, bytes: BigInt(a.bytes.length) }];
  const second = sound.records[1]!;
  const partEnd = second.offset + second.length;
  const full = plain("compacted", compacted("compacted", whole, 1, 2, 3));
  const fewer = plain("compacted-fewer", compacted("compacted-fewer", whole, 1, 3));
  const first = plain("compacted-first", compacted("compacted-first", whole, 1));
  const part = plain(
    "compacted-part",
    compacted("compacted-part", [{ segmentId: sound.segment, bytes: BigInt(partEnd) }], 1, 2),
  );
  const inside = plain(
    "compacted-inside",
    compacted("compacted-inside", [{ segmentId: sound.segment, bytes: BigInt(partEnd - 1) }], 1),
  );
  const unsealed = plain("compacted-unsealed", compacted("compacted-unsealed", whole, 1, 2), false);
  const hurt = compacted("compacted-damaged", whole, 1, 2, 3);
  const hurtAt = hurt.records[1]!;
  const damaged: FolderFile = {
    ...plain("compacted-damaged", hurt),
    bytes: flipped(sealed(hurt), hurtAt.offset + 40),
    records: 2,
    findings: [
      range("CORRUPT_RANGE", hurtAt.offset, hurtAt.offset + hurtAt.length),
      range("SEAL", hurt.bytes.length, hurt.bytes.length + 61),
    ],
  };
  const { segment: _, ...unknown } = a;
  const foreign: FolderFile = {
    ...unknown,
    file: "sound-foreign",
    bytes: flipped(a.bytes, 0),
    records: 0,
    sealed: false,
    findings: [range("FOREIGN", 0, a.bytes.length)],
  };
  const overlapping = plain("compacted-overlapping", compacted("compacted-overlapping", whole, 1, 2, 3));
  const chained = plain(
    "compacted-chained",
    compacted("compacted-chained", [{ segmentId: fewer.segment!, bytes: BigInt(fewer.bytes.length) }], 1, 3),
  );
  const row = (name: string, proves: string[], records: number, ...files: Placed[]): FolderRow => ({
    name,
    proves,
    files,
    records,
  });
  return {
    files: [full, fewer, first, part, inside, unsealed, damaged, foreign, overlapping, chained],
    folders: [
      row(
        "a compacted segment stands for what it replaces",
        ["SEG-031", "SEG-032"],
        3,
        at("a.seg", a, "REPLACED"),
        at("c.seg", full, "COUNTS"),
      ),
      row(
        "a record that compaction left out is gone",
        ["SEG-032"],
        2,
        at("a.seg", a, "REPLACED"),
        at("c.seg", fewer, "COUNTS"),
      ),
      row(
        "records behind the replaced length count",
        ["SEG-032"],
        3,
        at("a.seg", a, "REPLACED"),
        at("c.seg", part, "COUNTS"),
      ),
      row(
        "a record that ends behind the replaced length counts",
        ["SEG-032"],
        3,
        at("a.seg", a, "REPLACED"),
        at("c.seg", inside, "COUNTS"),
      ),
      row(
        "of two lengths that replace one segment the larger holds",
        ["SEG-032"],
        2,
        at("a.seg", a, "REPLACED"),
        at("c.seg", part, "COUNTS"),
        at("d.seg", first, "COUNTS"),
      ),
      row("a compacted segment whose originals are gone counts alone", ["SEG-031"], 3, at("c.seg", full, "COUNTS")),
      row(
        "an unsealed compacted segment is ignored while its originals are there",
        ["SEG-031"],
        3,
        at("a.seg", a, "COUNTS"),
        at("c.seg", unsealed, "IGNORED"),
      ),
      row(
        "an unsealed compacted segment is read where what it replaces is gone",
        ["SEG-031"],
        2,
        at("c.seg", unsealed, "COUNTS"),
      ),
      row(
        "a segment with a damaged magic frame is gone, so that an unsealed one that replaces it is read",
        ["SEG-020", "SEG-031"],
        2,
        at("a.seg", foreign, "UNREADABLE"),
        at("c.seg", unsealed, "COUNTS"),
      ),
      row(
        "a damaged compacted segment is ignored while its originals are there",
        ["SEG-031"],
        3,
        at("a.seg", a, "COUNTS"),
        at("c.seg", damaged, "IGNORED"),
      ),
      row(
        "a damaged compacted segment is read when nothing else is left",
        ["SEG-031"],
        2,
        at("c.seg", damaged, "COUNTS"),
      ),
      row(
        "where two compacted segments replace one segment each record counts once",
        ["SEG-033"],
        3,
        at("a.seg", a, "REPLACED"),
        at("c.seg", full, "COUNTS"),
        at("d.seg", overlapping, "COUNTS"),
      ),
      row(
        "a compacted segment that is replaced itself still stands for what it replaced",
        ["SEG-032"],
        2,
        at("a.seg", a, "REPLACED"),
        at("c.seg", fewer, "REPLACED"),
        at("d.seg", chained, "COUNTS"),
      ),
      row(
        "when the middle of a chain is gone nothing counts twice",
        ["SEG-033"],
        3,
        at("a.seg", a, "COUNTS"),
        at("d.seg", chained, "COUNTS"),
      ),
    ],
  };
}

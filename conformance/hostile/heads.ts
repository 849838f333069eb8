/** Rows of fixtures/hostile: what stands in the place of the magic frame and the header. */
import { type Crafted, craft, flipped, idOf, joined, magic, varint, withNotes } from "../craft.js";
import { type ExpectedFinding, type HostileRow, range, records } from "./row.js";

/** Files that end early, or that do not start as a segment. */
export function heads(): HostileRow[] {
  const whole = withNotes(craft("heads"), 1, 2);
  const bare = craft("heads");
  const end = whole.bytes.length;
  const headerEnd = bare.bytes.length;
  const text = new TextEncoder().encode('{"v":1,"ts":1760000000000}\n');
  const newlines = Uint8Array.from([...whole.bytes].filter((byte) => byte !== 0x0d));
  const behindMagic = (...rest: Uint8Array[]): Uint8Array => joined(magic, ...rest);
  const damaged = (bytes: Uint8Array): ExpectedFinding[] => [range("DAMAGED_HEADER", magic.length, bytes.length)];
  const head = (
    file: string,
    name: string,
    proves: string[],
    bytes: Uint8Array,
    findings: ExpectedFinding[],
  ): HostileRow => ({
    file,
    name,
    proves,
    bytes,
    findings,
  });
  const foreignRecord = withNotes(craft("no-header"), 1);
  const noHeader = behindMagic(foreignRecord.bytes.slice(foreignRecord.records[0]?.offset));
  const shortId = withNotes(craft("short-writer", { writerId: idOf("short").slice(0, 15) }), 1).bytes;
  const noSeq = withNotes(craft("no-first-seq", { firstSeq: 0n }), 1).bytes;
  const newer = withNotes(craft("newer-major", { formatMajor: 2 }), 1).bytes;
  const older = withNotes(craft("major-zero", { formatMajor: 0 }), 1).bytes;
  const larger = flipped(flipped(whole.bytes, magic.length, 0x80), magic.length + 1, 0x02);
  return [
    head("empty", "an empty file is an open tail", ["SEG-020"], new Uint8Array(), [range("OPEN_TAIL", 0, 0)]),
    head("short", "a part of the magic frame is an open tail", ["SEG-020"], magic.slice(0, 5), [
      range("OPEN_TAIL", 0, 5),
    ]),
    head("foreign", "a file without the magic frame is foreign", ["SEG-002", "SEG-020"], text, [
      range("FOREIGN", 0, text.length),
    ]),
    head("foreign-short", "a short file that is no part of the magic frame is foreign", ["SEG-020"], text.slice(0, 3), [
      range("FOREIGN", 0, 3),
    ]),
    head(
      "foreign-magic",
      "one wrong bit in the magic makes a file foreign",
      ["SEG-002", "SEG-020"],
      flipped(whole.bytes, 2),
      [range("FOREIGN", 0, end)],
    ),
    head("text-mode", "a file that was copied in text mode is foreign", ["SEG-002", "SEG-020"], newlines, [
      range("FOREIGN", 0, newlines.length),
    ]),
    head("magic-only", "the magic frame alone is an open tail of no bytes", ["SEG-021"], magic, [
      range("OPEN_TAIL", magic.length, magic.length),
    ]),
    head(
      "torn-header",
      "a file that ends inside the header has an open tail",
      ["SEG-021"],
      bare.bytes.slice(0, headerEnd - 1),
      [range("OPEN_TAIL", magic.length, headerEnd - 1)],
    ),
    head(
      "torn-header-size",
      "a file that ends inside the size of the header has an open tail",
      ["SEG-021"],
      behindMagic(Uint8Array.of(0x80, 0x80)),
      [range("OPEN_TAIL", magic.length, magic.length + 2)],
    ),
    head("header-only", "a segment of a header alone has no findings", ["SEG-012"], bare.bytes, []),
    head(
      "damaged-header",
      "behind a damaged header nothing is read",
      ["SEG-021"],
      flipped(whole.bytes, headerEnd - 1),
      damaged(whole.bytes),
    ),
    head(
      "damaged-header-alone",
      "a whole header frame that does not prove is damaged, not torn",
      ["SEG-021"],
      flipped(bare.bytes, headerEnd - 1),
      damaged(bare.bytes),
    ),
    head(
      "damaged-header-size",
      "a header that claims more than the file is damaged when a second frame stands there",
      ["SEG-021"],
      larger,
      damaged(larger),
    ),
    head(
      "zeros-behind-magic",
      "zeros behind the magic frame are a damaged header",
      ["SEG-001", "SEG-021"],
      behindMagic(new Uint8Array(40)),
      damaged(behindMagic(new Uint8Array(40))),
    ),
    head(
      "no-header",
      "a record in the place of the header is a damaged header",
      ["SEG-012", "SEG-021"],
      noHeader,
      damaged(noHeader),
    ),
    head(
      "short-writer",
      "a header with a writer id of 15 bytes does not prove",
      ["SEG-012"],
      shortId,
      damaged(shortId),
    ),
    head(
      "no-first-seq",
      "a header whose first sequence number is 0 does not prove",
      ["SEG-012"],
      noSeq,
      damaged(noSeq),
    ),
    head("newer-major", "a newer major version is refused", ["SEG-013"], newer, [
      range("NEWER_FORMAT", magic.length, newer.length),
    ]),
    head("major-zero", "major version 0 is refused", ["SEG-013"], older, [
      range("NEWER_FORMAT", magic.length, older.length),
    ]),
  ];
}

/** Headers that hold more, less or something else than this version writes. */
export function headers(): HostileRow[] {
  const proven = (file: string, name: string, change: (payload: Uint8Array) => Uint8Array): HostileRow => {
    const crafted = withNotes(craft(file, {}, change), 1);
    return { file, name, proves: ["SEG-012"], bytes: crafted.bytes, findings: records(...crafted.records) };
  };
  const damaged = (file: string, name: string, crafted: Crafted): HostileRow => {
    const { bytes } = withNotes(crafted, 1);
    return { file, name, proves: ["SEG-012"], bytes, findings: [range("DAMAGED_HEADER", magic.length, bytes.length)] };
  };
  const shortReplaced = craft("header-short-replaced", { replaces: [{ segmentId: new Uint8Array(15), bytes: 1n }] });
  const longReplaced = craft("header-long-replaced", { replaces: [{ segmentId: idOf("replaced"), bytes: 2n ** 53n }] });
  const openReplaced = craft("header-open-replaced", { replaces: [{ segmentId: idOf("replaced") }] });
  const tooLarge = joined(Uint8Array.of(0x30), varint(2n ** 53n));
  return [
    proven("header-newer-field", "a header with an unknown field proves", (payload) =>
      joined(payload, Uint8Array.of(0xa0, 0x06, 1)),
    ),
    proven("header-twice", "of a header field that stands twice the last counts", (payload) =>
      joined(Uint8Array.of(0x08, 2), payload),
    ),
    damaged("header-short-replaced", "a header that replaces an id of 15 bytes does not prove", shortReplaced),
    damaged("header-long-replaced", "a header that replaces more than 2^53 - 1 bytes does not prove", longReplaced),
    damaged("header-open-replaced", "a header that does not say how much it replaces does not prove", openReplaced),
    damaged(
      "header-large-seq",
      "a header whose first sequence number is above 2^53 - 1 does not prove",
      craft("header-large-seq", {}, (payload) => joined(payload, tooLarge)),
    ),
    damaged(
      "header-not-utf8",
      "a header with a text that is not UTF-8 does not prove",
      craft("header-not-utf8", {}, (payload) => joined(payload, Uint8Array.of(0x3a, 1, 0xff))),
    ),
    damaged(
      "header-no-major",
      "a header without a major version does not prove",
      craft("header-no-major", {}, (payload) => payload.slice(2)),
    ),
  ];
}

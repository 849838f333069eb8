/** Rows of fixtures/hostile: torn and zeroed ends, flipped bits. */
import { craft, flipped, joined, note, type Place, sealed, varint, withNotes, withRecord } from "../craft.js";
import { around, flippedInside, type HostileRow, range, records } from "./row.js";

/** Ends that were torn off, zeroed, or cut. */
export function tails(): HostileRow[] {
  const whole = withNotes(craft("tails"), 1, 2);
  const [first, second] = whole.records as [Required<Place>, Required<Place>];
  const longRecord = {
    kind: 19,
    payload: note(2).payload,
    newer: joined(Uint8Array.of(0x42), varint(200), new Uint8Array(200)),
  };
  const long = withRecord(withNotes(craft("long"), 1), longRecord);
  const longStart = long.records[1]?.offset ?? 0;
  const cut = (bytes: Uint8Array, length: number): Uint8Array => bytes.slice(0, length);
  const zeros = joined(whole.bytes, new Uint8Array(64));
  const sealedFile = sealed(whole);
  return [
    {
      file: "torn-payload",
      name: "a file that ends inside a payload has an open tail",
      proves: ["SEG-001", "SEG-023"],
      bytes: cut(whole.bytes, whole.bytes.length - 7),
      findings: [...records(first), range("OPEN_TAIL", second.offset, whole.bytes.length - 7)],
    },
    {
      file: "torn-sync",
      name: "a file that ends inside the sync tag has an open tail",
      proves: ["SEG-023"],
      bytes: cut(whole.bytes, second.offset + 4),
      findings: [...records(first), range("OPEN_TAIL", second.offset, second.offset + 4)],
    },
    {
      file: "torn-size",
      name: "a file that ends inside a size has an open tail",
      proves: ["SEG-001", "SEG-023"],
      bytes: cut(long.bytes, longStart + 1),
      findings: [...records(...long.records.slice(0, 1)), range("OPEN_TAIL", longStart, longStart + 1)],
    },
    {
      file: "torn-seal",
      name: "a file that ends inside its seal is unsealed and has an open tail",
      proves: ["SEG-016", "SEG-023"],
      bytes: cut(sealedFile, sealedFile.length - 1),
      findings: [...records(first, second), range("OPEN_TAIL", whole.bytes.length, sealedFile.length - 1)],
    },
    {
      file: "zero-tail",
      name: "zeros at the end of an unsealed file are an open tail and no empty messages",
      proves: ["SEG-001", "SEG-023"],
      bytes: zeros,
      findings: [...records(first, second), range("OPEN_TAIL", whole.bytes.length, zeros.length)],
    },
    around(
      "zeros-inside",
      "zeros between two frames are a corrupt range",
      ["SEG-001", "SEG-023"],
      () => new Uint8Array(32),
    ),
    {
      file: "flip-in-last",
      name: "a flip in the last frame of an unsealed file cannot be told from a torn write",
      proves: ["SEG-010", "SEG-023"],
      bytes: flipped(whole.bytes, whole.bytes.length - 3),
      findings: [...records(first), range("OPEN_TAIL", second.offset, whole.bytes.length)],
    },
    {
      file: "unsealed",
      name: "an unsealed file that ends with a frame has no open tail",
      proves: ["SEG-022"],
      bytes: whole.bytes,
      findings: records(first, second),
    },
    {
      file: "long-size",
      name: "a frame with a size of two bytes is found again behind damage",
      proves: ["SEG-024"],
      ...(() => {
        const before = withNotes(craft("long-size"), 1, 2);
        const after = withRecord(before, longRecord);
        const [a, b, c] = after.records as [Required<Place>, Required<Place>, Required<Place>];
        return {
          bytes: flipped(after.bytes, b.offset + 20),
          findings: [...records(a), range("CORRUPT_RANGE", b.offset, c.offset), ...records(c)],
        };
      })(),
    },
  ];
}

/** One flipped bit in each part of a frame. */
export function flips(): HostileRow[] {
  const proves = ["SEG-010", "SEG-023", "SEG-024"];
  const row = (file: string, name: string, at: number, mask?: number): HostileRow => ({
    file,
    name: `a flip in ${name} costs the frame it is in and no other`,
    proves,
    ...flippedInside(file, at, mask),
  });
  // size 1 byte, sync 5, type 2, kind 3 (10011000 is 19 in one byte: 2), seq 2, crc 5, payload.
  return [
    row("flip-size-up", "a size, to a larger one,", 0, 0x04),
    row("flip-size-long", "a size, to one of two bytes,", 0, 0x80),
    row("flip-sync-tag", "the tag of the sync bytes", 1),
    row("flip-sync", "the sync bytes", 3),
    row("flip-type", "the type", 7),
    row("flip-kind", "the kind", 9),
    row("flip-seq", "the sequence number", 11, 0x04),
    row("flip-crc", "the checksum", 14),
    row("flip-payload", "the payload", -2),
  ];
}

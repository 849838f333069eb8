/** Rows of fixtures/hostile: seals that do not agree, and what stands behind seals. */
import { craft, fixed32, flipped, frame, joined, type Place, sealed, sealOf, withNotes } from "../craft.js";
import { around, type HostileRow, range, records } from "./row.js";

/** Seals that do not agree, and bytes behind seals. */
export function seals(): HostileRow[] {
  const whole = withNotes(craft("seals"), 1, 2);
  const [first, second] = whole.records as [Required<Place>, Required<Place>];
  const end = whole.bytes.length;
  const file = sealed(whole);
  const third = withNotes({ ...whole, bytes: file }, 3);
  const garbage = new TextEncoder().encode("behind the seal");
  const mismatch = (name: string, of: string, wrong: Parameters<typeof sealOf>[1]): HostileRow => {
    const bytes = joined(whole.bytes, sealOf(whole, wrong));
    return {
      file: `seal-${name}`,
      name: `a seal with another ${of} does not seal`,
      proves: ["SEG-016", "SEG-026"],
      bytes,
      findings: [...records(first, second), range("SEAL_MISMATCH", end, bytes.length)],
    };
  };
  const seal = range("SEAL", end, file.length);
  const goesOn = withNotes(
    { ...whole, bytes: joined(whole.bytes, sealOf(whole, { crc: 1 })), frames: whole.frames + 1 },
    3,
  );
  const goesOnSealed = sealed(goesOn);
  const lost = flipped(file, first.offset + 20);
  const lostMismatch = flipped(joined(whole.bytes, sealOf(whole, { bytes: end - 1 })), first.offset + 20);
  return [
    {
      file: "bytes-behind-seal",
      name: "bytes behind a seal are corrupt",
      proves: ["SEG-016"],
      bytes: joined(file, garbage),
      findings: [...records(first, second), seal, range("CORRUPT_RANGE", file.length, file.length + garbage.length)],
    },
    {
      file: "zeros-behind-seal",
      name: "zeros behind a seal are corrupt",
      proves: ["SEG-016"],
      bytes: joined(file, new Uint8Array(16)),
      findings: [...records(first, second), seal, range("CORRUPT_RANGE", file.length, file.length + 16)],
    },
    {
      file: "record-behind-seal",
      name: "a sound record behind a seal is corrupt",
      proves: ["SEG-016"],
      bytes: third.bytes,
      findings: [...records(first, second), seal, range("CORRUPT_RANGE", file.length, third.bytes.length)],
    },
    {
      file: "flip-before-seal",
      name: "a flip in a sealed file is a corrupt range, and the seal holds by its own offset",
      proves: ["SEG-026"],
      bytes: lost,
      findings: [range("CORRUPT_RANGE", first.offset, second.offset), ...records(second), seal],
    },
    {
      file: "flip-last-before-seal",
      name: "a flip in the last record of a sealed file is a corrupt range and no open tail",
      proves: ["SEG-023", "SEG-026"],
      bytes: flipped(file, end - 3),
      findings: [...records(first), range("CORRUPT_RANGE", second.offset, end), seal],
    },
    {
      file: "flip-in-seal",
      name: "a flip in the seal leaves an unsealed file with an open tail",
      proves: ["SEG-023"],
      bytes: flipped(file, file.length - 3),
      findings: [...records(first, second), range("OPEN_TAIL", end, file.length)],
    },
    {
      file: "seal-moved",
      name: "behind a corrupt range a seal with another offset does not seal",
      proves: ["SEG-026"],
      bytes: lostMismatch,
      findings: [
        range("CORRUPT_RANGE", first.offset, second.offset),
        ...records(second),
        range("SEAL_MISMATCH", end, lostMismatch.length),
      ],
    },
    mismatch("frames", "count of frames", { frames: whole.frames - 1 }),
    mismatch("first", "first sequence number", { firstSeq: 2 }),
    mismatch("last", "last sequence number", { lastSeq: 3 }),
    mismatch("bytes", "length", { bytes: end + 1 }),
    mismatch("crc", "checksum", { crc: 1 }),
    {
      file: "seal-goes-on",
      name: "a scan goes on behind a seal that does not agree, and a later seal counts it",
      proves: ["SEG-026"],
      bytes: goesOnSealed,
      findings: [
        ...records(first, second),
        range("SEAL_MISMATCH", end, end + 61),
        ...records(...goesOn.records.slice(2)),
        range("SEAL", goesOn.bytes.length, goesOnSealed.length),
      ],
    },
    around("seal-short", "a seal that lacks a field does not prove", ["SEG-016"], ({ segment }) =>
      frame({ segment, type: 3, payload: joined(Uint8Array.of(0x0d), fixed32(3)) }),
    ),
  ];
}

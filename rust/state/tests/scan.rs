//! What a scan finds in sound, torn, damaged and hostile bytes.

mod build;

use baton_state::proto::segment::v1::FindingType::{self, *};
use baton_state::proto::segment::v1::{Header, Seal as SealMessage};
use baton_state::segment::frame::{SYNC_TAG, SegmentCrc, parse_frame};
use baton_state::segment::scan::{Cursor, scan};
use build::{compacted, findings, header, segment, seqs, shape, three_records, with_header};
use proptest::prelude::*;

/// The findings cover every byte behind the header once.
fn assert_covered(bytes: &[u8]) {
    let found = shape(bytes);
    let mut at = found.first().map_or(bytes.len() as u64, |first| first.1);
    for (_, offset, length) in found {
        assert_eq!(offset, at);
        at += length;
    }
    assert_eq!(at, bytes.len() as u64);
}

#[test]
fn the_checksum_is_crc_32_of_ieee_802_3() {
    assert_eq!(crc32fast::hash(b"123456789"), 0xcbf4_3926);
}

#[test]
fn records_and_seal_are_found_in_order() {
    let sealed = segment(1, 2).record(16, b"a").record(17, b"").seal();
    let found = findings(&sealed.bytes);
    assert_eq!(
        found.iter().map(|finding| finding.ty).collect::<Vec<_>>(),
        [Record, Record, Seal]
    );
    let record = found[0].record.unwrap();
    assert_eq!(
        (record.kind, record.seq, record.payload),
        (16, 1, &b"a"[..])
    );
    assert_eq!(found[2].length, 61);
    assert_covered(&sealed.bytes);
}

#[test]
fn a_cut_at_any_byte_keeps_every_whole_frame_and_leaves_one_open_tail() {
    let (bytes, at) = three_records();
    for cut in 0..=bytes.len() {
        let whole = at[1..]
            .iter()
            .filter(|end| **end <= cut)
            .count()
            .saturating_sub(1);
        let found = shape(&bytes[..cut]);
        assert_eq!(seqs(&bytes[..cut]).len(), whole, "cut at {cut}");
        let clean = at[1..].contains(&cut);
        assert_eq!(found.len(), whole + usize::from(!clean), "cut at {cut}");
        if !clean {
            let last = found.last().unwrap();
            assert_eq!(last.0, OpenTail);
            assert_eq!(last.1 + last.2, cut as u64);
        }
    }
}

#[test]
fn a_flipped_bit_costs_at_most_the_frame_it_is_in() {
    let (bytes, at) = three_records();
    for bit in 0..bytes.len() * 8 {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let found = shape(&flipped);
        assert_covered(&flipped);
        if bit / 8 < 10 {
            assert_eq!(found, [(Foreign, 0, bytes.len() as u64)]);
        } else if bit / 8 < at[1] {
            assert_eq!(found, [(DamagedHeader, 10, bytes.len() as u64 - 10)]);
        } else {
            let hit = at[1..].iter().rposition(|start| *start <= bit / 8).unwrap() as u64 + 1;
            let kept: Vec<u64> = (1..=3).filter(|seq| *seq != hit).collect();
            assert_eq!(seqs(&flipped), kept, "bit {bit}");
            let bad = if hit == 3 { OpenTail } else { CorruptRange };
            assert_eq!(found.iter().filter(|finding| finding.0 == bad).count(), 1);
        }
    }
}

#[test]
fn a_flipped_bit_in_a_sealed_segment_leaves_the_seal_and_every_other_record() {
    let sealed = segment(1, 2).record(16, b"one").record(16, b"two").seal();
    let header_end = findings(&sealed.bytes)[0].offset as usize;
    let seal = sealed.bytes.len() - 61;
    for bit in header_end * 8..seal * 8 {
        let mut flipped = sealed.bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let types: Vec<_> = shape(&flipped).iter().map(|finding| finding.0).collect();
        assert_eq!(
            types.iter().filter(|ty| **ty == Record).count(),
            1,
            "bit {bit}"
        );
        assert_eq!(
            types.iter().filter(|ty| **ty == CorruptRange).count(),
            1,
            "bit {bit}"
        );
        assert_eq!(types.last(), Some(&Seal), "bit {bit}");
    }
}

#[test]
fn zeros_behind_the_last_frame_are_an_open_tail() {
    let torn = segment(1, 2).record(16, b"a").raw(&[0; 5000]);
    assert_eq!(
        shape(&torn.bytes).last(),
        Some(&(OpenTail, torn.len() - 5000, 5000))
    );
}

#[test]
fn zeros_before_a_frame_that_proves_are_corrupt() {
    let holed = segment(1, 2)
        .record(16, b"a")
        .raw(&[0; 100])
        .record(16, b"b");
    let types: Vec<_> = shape(&holed.bytes)
        .iter()
        .map(|finding| (finding.0, finding.2))
        .collect();
    assert_eq!(types[1], (CorruptRange, 100));
    assert_eq!(seqs(&holed.bytes), [1, 2]);
}

#[test]
fn garbage_is_foreign_and_a_prefix_of_the_magic_an_open_tail() {
    assert_eq!(shape(b"not a segment"), [(Foreign, 0, 13)]);
    assert_eq!(shape(b""), [(OpenTail, 0, 0)]);
    let (bytes, _) = three_records();
    assert_eq!(shape(&bytes[..9]), [(OpenTail, 0, 9)]);
    assert_eq!(shape(&bytes[..10]), [(OpenTail, 10, 0)]);
}

#[test]
fn a_damaged_header_with_frames_behind_it_is_no_open_tail() {
    let (mut bytes, _) = three_records();
    bytes[10] = 0x7f;
    bytes.truncate(10 + 0x70);
    assert_eq!(shape(&bytes)[0].0, DamagedHeader);
    let mut zeros = bytes[..10].to_vec();
    zeros.extend([0; 64]);
    assert_eq!(shape(&zeros), [(DamagedHeader, 10, 64)]);
}

#[test]
fn a_newer_major_is_refused_and_a_newer_minor_read() {
    let mut newer = header(1, 2);
    newer.format_major = Some(2);
    let bytes = with_header(&newer).record(16, b"a").bytes;
    assert_eq!(shape(&bytes), [(NewerFormat, 10, bytes.len() as u64 - 10)]);
    let mut newer = header(1, 2);
    newer.format_minor = Some(9);
    assert_eq!(seqs(&with_header(&newer).record(16, b"a").bytes), [1]);
}

#[test]
fn a_header_without_ids_or_first_seq_does_not_prove() {
    for change in [
        |header: &mut Header| header.writer_id = None,
        |header: &mut Header| header.writer_id = Some(vec![1; 15]),
        |header: &mut Header| header.format_major = None,
        |header: &mut Header| header.replaces = vec![Default::default()],
    ] {
        let mut lacking = header(1, 2);
        change(&mut lacking);
        assert_eq!(shape(&with_header(&lacking).bytes)[0].0, DamagedHeader);
    }
}

#[test]
fn unknown_kinds_are_records_and_unknown_types_from_128_are_skipped() {
    let newer = segment(1, 2)
        .record(4_000_000_000, b"new")
        .frame(128, b"x")
        .frame(5, b"y")
        .record(16, b"a");
    let types: Vec<_> = shape(&newer.bytes)
        .iter()
        .map(|finding| finding.0)
        .collect();
    assert_eq!(types, [Record, SkippedFrame, CorruptRange, Record]);
}

#[test]
fn a_frame_of_another_segment_or_an_older_seq_does_not_count() {
    let other = segment(3, 2).record(16, b"other");
    let start = findings(&other.bytes)[0].offset as usize;
    let mixed = segment(1, 2)
        .record(16, b"a")
        .raw(&other.bytes[start..])
        .record(16, b"b");
    assert_eq!(seqs(&mixed.bytes), [1, 2]);
    let mut again = segment(1, 2).record(16, b"a");
    again.seq = 0;
    let again = again.record(16, b"a");
    assert_eq!(seqs(&again.bytes), [1]);
    assert_eq!(shape(&again.bytes)[1].0, OpenTail);
}

#[test]
fn a_second_header_is_a_bad_range() {
    let twice = segment(1, 2);
    let again = twice.bytes[10..].to_vec();
    let twice = twice.raw(&again).record(16, b"a");
    let types: Vec<_> = shape(&twice.bytes)
        .iter()
        .map(|finding| finding.0)
        .collect();
    assert_eq!(types, [CorruptRange, Record]);
}

#[test]
fn bytes_behind_a_seal_are_corrupt_and_not_read() {
    let sealed = segment(1, 2).record(16, b"a").seal();
    let end = sealed.len();
    let more = sealed.record(16, b"b");
    assert_eq!(shape(&more.bytes)[2], (CorruptRange, end, more.len() - end));
    assert_eq!(seqs(&more.bytes), [1]);
}

#[test]
fn a_seal_that_does_not_agree_is_a_mismatch_and_the_scan_goes_on() {
    for change in [
        |seal: &mut SealMessage| seal.frames = Some(9),
        |seal: &mut SealMessage| seal.first_seq = Some(2),
        |seal: &mut SealMessage| seal.last_seq = Some(2),
        |seal: &mut SealMessage| seal.bytes = Some(1),
        |seal: &mut SealMessage| seal.crc = Some(1),
    ] {
        let wrong = segment(1, 2)
            .record(16, b"a")
            .seal_with(change)
            .record(16, b"b")
            .seal();
        let types: Vec<_> = shape(&wrong.bytes)
            .iter()
            .map(|finding| finding.0)
            .collect();
        assert_eq!(types, [Record, SealMismatch, Record, Seal]);
    }
    let mut longer = segment(1, 2).seal();
    let size = longer.bytes.len() - 61;
    longer.bytes[size] += 2;
    assert_eq!(shape(&longer.raw(&[0x40, 1]).bytes)[0].0, OpenTail);
    let short = segment(1, 2).seal_with(|seal| seal.max_stamp = None);
    assert_eq!(shape(&short.bytes)[0].0, OpenTail);
}

#[test]
fn a_seal_behind_a_corrupt_range_must_agree_in_bytes_alone() {
    let lost = segment(1, 2)
        .record(16, b"a")
        .raw(b"rot")
        .record(16, b"b")
        .seal_with(|seal| seal.frames = Some(99));
    assert_eq!(shape(&lost.bytes).last().unwrap().0, Seal);
    let lost = segment(1, 2)
        .raw(b"rot")
        .record(16, b"b")
        .seal_with(|seal| seal.bytes = Some(0));
    assert_eq!(shape(&lost.bytes).last().unwrap().0, SealMismatch);
}

#[test]
fn sizes_that_lie_neither_allocate_nor_stop_the_scan() {
    for size in [
        &[0xff, 0xff, 0x3f][..],
        &[0x80, 0x80, 0x40],
        &[0xff; 10],
        &[0x80, 0],
        &[0x81, 0x80, 0x40],
    ] {
        let mut lie = size.to_vec();
        lie.extend(SYNC_TAG);
        let lying = segment(1, 2).record(16, b"a").raw(&lie).record(16, b"b");
        assert_eq!(seqs(&lying.bytes), [1, 2], "{size:?}");
        assert_covered(&lying.bytes);
    }
}

#[test]
fn the_search_ends_after_64_mib_of_candidates_in_vain() {
    let lie = [&[0x80, 0x80, 0x40][..], &SYNC_TAG].concat();
    let lies = |count: usize| lie.repeat(count);
    let announced = (1 << 20) + (64 << 7) + 64;
    let within = segment(1, 2).raw(&lies(63)).record(16, b"a");
    assert_eq!(seqs(&within.bytes), [1]);
    let above = segment(1, 2).raw(&lies(64)).record(16, b"a");
    assert_eq!(seqs(&above.bytes), [] as [u64; 0]);
    assert_eq!(shape(&above.bytes).len(), 1);
    assert_eq!(shape(&above.bytes)[0].0, OpenTail);
    let spread = segment(1, 2)
        .raw(&lies(40))
        .record(16, b"a")
        .raw(&lies(40))
        .record(16, b"b");
    assert_eq!(seqs(&spread.bytes), [1]);
    let mut scan = scan(&spread.bytes, Cursor::default());
    assert_eq!((&mut scan).count(), 3);
    assert_eq!(scan.cursor().work, 40 * announced);
}

#[test]
fn a_frame_that_is_encoded_otherwise_does_not_prove() {
    let bytes = segment(1, 2).record(16, b"abc").bytes;
    let start = findings(&bytes)[0].offset as usize;
    let frame = &bytes[start..];
    let crc = SegmentCrc::new(&[1; 16]);
    assert!(parse_frame(frame).unwrap().prove(crc).is_some());
    let with_tail = |tail: &[u8]| {
        let mut longer = frame.to_vec();
        longer[0] += tail.len() as u8;
        longer.extend_from_slice(tail);
        parse_frame(&longer).is_some_and(|frame| frame.prove(crc).is_some())
    };
    assert!(with_tail(&[0x40, 1]), "field 8 of a newer minor version");
    assert!(
        with_tail(&[0x40, 1, 0x40, 2, 0x4a, 1, 0, 0x55, 1, 2, 3, 4]),
        "repeated and rising"
    );
    assert!(!with_tail(&[0x48, 1, 0x40, 1]), "falling numbers");
    assert!(!with_tail(&[0x38, 1]), "a known field again");
    assert!(
        !with_tail(&[0x79, 1, 2, 3, 4, 5, 6, 7, 8]),
        "the magic field"
    );
    assert!(!with_tail(&[0x40, 0x81, 0]), "a varint that is not minimal");
    assert!(!with_tail(&[0x43, 0x44]), "a group");
    assert!(!with_tail(&[0x4a, 2, 0]), "a length past the end");
}

/// Bytes that look like a segment here and there.
fn scraps() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => (1_u32..40, proptest::collection::vec(any::<u8>(), 0..40)).prop_map(|(kind, payload)| (0, kind, payload)),
        1 => proptest::collection::vec(any::<u8>(), 0..30).prop_map(|bytes| (1, 0, bytes)),
        1 => Just((2, 0, vec![0; 9])),
        1 => Just((3, 0, SYNC_TAG.to_vec())),
        1 => Just((4, 0, vec![])),
        1 => Just((5, 0, vec![])),
    ];
    proptest::collection::vec(piece, 0..12).prop_map(|pieces| {
        let mut built = compacted(1, 2, &[]);
        for (what, kind, bytes) in pieces {
            built = match what {
                0 => built.record(kind, &bytes),
                4 => built.frame(200, b"skip"),
                5 => built.seal(),
                _ => built.raw(&bytes),
            };
        }
        built.bytes
    })
}

fn last_is_open(ty: FindingType) -> bool {
    !matches!(ty, Record | Seal | SealMismatch | SkippedFrame)
}

proptest! {
    #[test]
    fn any_split_into_scans_finds_what_one_scan_finds(
        bytes in scraps(),
        cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..5),
    ) {
        let whole = findings(&bytes);
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
        cuts.push(bytes.len());
        cuts.sort_unstable();
        let mut cursor = Cursor::default();
        let mut split: Vec<_> = Vec::new();
        for cut in cuts {
            while split.last().is_some_and(|last: &baton_state::segment::scan::Finding<'_>| {
                last.offset >= cursor.offset && last_is_open(last.ty)
            }) {
                split.pop();
            }
            let from = cursor.offset as usize;
            let mut scan = scan(&bytes[from..cut], cursor);
            split.extend(&mut scan);
            cursor = scan.cursor();
        }
        prop_assert_eq!(split, whole);
        let mut scan = scan(&bytes, Cursor::default());
        (&mut scan).for_each(drop);
        prop_assert_eq!(scan.cursor(), cursor);
    }

    #[test]
    fn arbitrary_bytes_never_panic_and_are_covered(bytes in proptest::collection::vec(any::<u8>(), 0..300), built in scraps(), at in any::<prop::sample::Index>()) {
        assert_covered(&bytes);
        let mut spoilt = built;
        let at = at.index(spoilt.len());
        let end = spoilt.len().min(at + bytes.len());
        spoilt[at..end].copy_from_slice(&bytes[..end - at]);
        assert_covered(&spoilt);
    }
}

//! What a scan finds in sound, torn and damaged bytes.

mod build;

use baton_state::proto::segment::v1::FindingType::*;
use baton_state::proto::segment::v1::{Header, Seal as SealMessage};
use build::{
    assert_covered, findings, header, segment, seqs, shape, three_records, types, with_header,
};

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
        let types = types(&flipped);
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
    let types = types(&newer.bytes);
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
    let types = types(&twice.bytes);
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
        let types = types(&wrong.bytes);
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

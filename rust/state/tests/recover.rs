//! What is made of a damaged segment: SEG-060, SEG-061, SEG-062, SEG-063.

mod build;

use std::collections::BTreeSet;

use baton_state::proto::segment::v1::{self, FindingType::*, RecoverReport, RecoveredStart};
use baton_state::record::error::BatonError;
use baton_state::segment::Id;
use baton_state::segment::frame::{MAGIC, SegmentCrc, parse_frame};
use baton_state::segment::recover::{Recovered, Target, recover};
use baton_state::segment::scan::{Cursor, scan};
use build::folder::{abc, folder, payloads, read, standings};
use build::{Segment, compacted, header, segment, shape, three_records, types, with_header};
use proptest::prelude::*;

const ID: Id = [7; 16];
const NEW: Id = [0xee; 16];

fn try_recover(bytes: &[u8], named: Option<Id>) -> Result<Recovered, BatonError> {
    let target = Target {
        id: NEW,
        created_at: 1_700_000_000_000,
        name: "test".to_owned(),
        version: "1".to_owned(),
    };
    recover(bytes.to_vec(), bytes.len() as u64, named, &target)
}

fn recovered(bytes: &[u8]) -> (Vec<u8>, RecoverReport) {
    let made = try_recover(bytes, Some(ID)).unwrap();
    ([made.written.body, made.written.seal].concat(), made.report)
}

fn refused(bytes: &[u8], named: Option<Id>) -> &'static str {
    try_recover(bytes, named).unwrap_err().code()
}

/// Writer, sequence number and payload of every record.
fn records(bytes: &[u8]) -> BTreeSet<(Id, u64, Vec<u8>)> {
    let mut scan = scan(bytes, Cursor::default());
    let found: Vec<_> = (&mut scan).filter_map(|finding| finding.record).collect();
    let writer = scan.header().unwrap().writer;
    let placed = found.iter().map(|record| {
        let (writer, seq) = record
            .origin
            .map_or((writer, record.seq), |origin| (origin.writer, origin.seq));
        (writer, seq, record.payload.to_vec())
    });
    placed.collect()
}

fn assert_sound(bytes: &[u8]) {
    let found = types(bytes);
    assert_eq!(found.last(), Some(&Seal), "{found:?}");
    let others = found.iter().rev().skip(1);
    for ty in others {
        assert!(matches!(ty, Record | SkippedFrame), "{found:?}");
    }
}

/// A sealed segment with three records of the writer 9.
fn sealed() -> Vec<u8> {
    segment(7, 9)
        .record(16, b"first")
        .record(17, &[0; 40])
        .record(18, b"third and last")
        .seal()
        .bytes
}

#[test]
fn of_a_sound_segment_everything_is_kept() {
    let (made, report) = recovered(&sealed());
    assert_sound(&made);
    assert_eq!(records(&made), records(&sealed()));
    assert_eq!(report.start(), RecoveredStart::Proven);
    let counts = (report.records(), report.lost_records(), report.lost_bytes());
    assert_eq!(counts, (3, 0, 0));
}

#[test]
fn a_flipped_bit_costs_at_most_the_record_that_it_is_in_and_none_in_magic_header_and_seal() {
    let whole = sealed();
    let expected = records(&whole);
    let frames: Vec<_> = scan(&whole, Cursor::default()).collect();
    let inside = |at: usize| {
        let (start, end) = (frames[0].offset as usize, frames[3].offset as usize);
        (start..end).contains(&at)
    };
    for at in 0..whole.len() {
        for bit in 0..8 {
            let mut damaged = whole.clone();
            damaged[at] ^= 1 << bit;
            let (made, report) = recovered(&damaged);
            assert_sound(&made);
            let kept = records(&made);
            assert!(kept.is_subset(&expected), "byte {at} bit {bit}");
            let lost = 3 - kept.len();
            assert_eq!(lost, usize::from(inside(at)), "byte {at} bit {bit}");
            assert_eq!(report.lost_records(), lost as u64, "byte {at} bit {bit}");
        }
    }
}

#[test]
fn a_segment_cut_at_every_byte_gives_its_whole_records() {
    let (whole, at) = three_records();
    let expected = records(&whole);
    for end in at[1]..=whole.len() {
        let (made, report) = recovered(&whole[..end]);
        assert_sound(&made);
        let ends = at.iter().filter(|frame| **frame <= end).count() - 2;
        assert_eq!(report.records(), ends as u64, "cut at {end}");
        let left = end - at[ends + 1];
        let tail = &whole[at[ends + 1]..end];
        let lost = if tail.iter().all(|byte| *byte == 0) {
            0
        } else {
            left
        };
        assert_eq!(report.lost_bytes(), lost as u64, "cut at {end}");
        assert!(records(&made).is_subset(&expected));
    }
}

#[test]
fn a_tail_of_zeros_is_no_loss() {
    let (mut whole, _) = three_records();
    whole.extend([0; 5000]);
    let (_, report) = recovered(&whole);
    assert_eq!((report.records(), report.lost_bytes()), (3, 0));
}

#[test]
fn where_the_start_is_lost_the_name_gives_the_id_and_the_id_stands_for_the_writer() {
    let mut damaged = sealed();
    damaged[..60].fill(0);
    let (made, report) = recovered(&damaged);
    assert_sound(&made);
    assert_eq!(report.start(), RecoveredStart::Named);
    assert_eq!((report.records(), report.lost_records()), (3, 0));
    assert!(report.lost_bytes() >= 60);
    assert!(records(&made).iter().all(|(writer, _, _)| *writer == ID));
}

#[test]
fn nothing_is_made_of_what_does_not_prove() {
    let mut damaged = sealed();
    damaged[12..60].fill(0);
    assert_eq!(refused(&damaged, None), "BTN-S08", "no name");
    assert_eq!(refused(&damaged, Some([1; 16])), "BTN-S08", "another name");
    assert_eq!(refused(b"", None), "BTN-S08");
    assert_eq!(refused(&MAGIC[..4], None), "BTN-S08");
    assert_eq!(refused(b"#!/bin/sh\nexit 0\n", None), "BTN-S03");
    assert_eq!(refused(b"#!/bin/sh\nexit 0\n", Some(ID)), "BTN-S03");
    let newer = with_header(&v1::Header {
        format_major: Some(2),
        ..header(7, 9)
    });
    assert_eq!(refused(&newer.bytes, Some(ID)), "BTN-S04");
}

#[test]
fn what_this_program_does_not_know_comes_out_byte_for_byte() {
    let newer = segment(7, 9).record(9999, b"of a newer kind");
    let newer = newer.frame(200, b"of a newer type").record(16, b"last");
    let mut bytes = newer.bytes;
    let last = shape(&bytes).last().unwrap().1 as usize;
    bytes[last] += 2;
    bytes.extend([0x40, 1]);
    let (made, report) = recovered(&bytes);
    assert_sound(&made);
    assert_eq!(records(&made), records(&bytes));
    assert_eq!((report.newer_than_me(), report.skipped_frames()), (1, 1));
    let found: Vec<_> = scan(&made, Cursor::default()).collect();
    let frame_at = |at: usize| parse_frame(&made[found[at].offset as usize..]).unwrap();
    assert_eq!(
        (frame_at(1).frame.ty, frame_at(1).frame.payload),
        (200, &b"of a newer type"[..])
    );
    assert_eq!(frame_at(2).newer, [0x40, 1]);
    assert!(frame_at(2).prove(SegmentCrc::new(&NEW)).is_some());
}

#[test]
fn laid_beside_the_damaged_file_each_record_counts_once_and_so_does_what_comes_later() {
    let mut damaged = abc(7, 9);
    let made = recovered(&damaged.bytes).0;
    let made = Segment {
        bytes: made,
        ..segment(0xee, 0xee)
    };
    damaged = damaged.record(19, b"d");
    let both = folder(&[("made", &made), ("old", &damaged)]);
    let mut all = payloads(&read(&both));
    all.sort();
    assert_eq!(all, ["a", "b", "c", "d"]);
    let alone = folder(&[("made", &made)]);
    assert_eq!(payloads(&read(&alone)), ["a", "b", "c"]);
}

#[test]
fn a_sound_copy_that_comes_back_gives_what_was_lost() {
    let sound = abc(7, 9).seal();
    let mut damaged = sound.clone();
    let second = shape(&damaged.bytes)[1].1 as usize;
    damaged.bytes[second + 20] ^= 1;
    let made = Segment {
        bytes: recovered(&damaged.bytes).0,
        ..segment(0xee, 0xee)
    };
    let both = folder(&[("made", &made), ("old", &sound)]);
    let mut all = payloads(&read(&both));
    all.sort();
    assert_eq!(all, ["a", "b", "c"]);
}

#[test]
fn a_seal_that_lies_of_its_numbers_does_no_harm() {
    let lying = abc(7, 9).seal_with(|seal| seal.last_seq = Some(u64::MAX));
    let (made, report) = recovered(&lying.bytes);
    assert_sound(&made);
    assert_eq!(report.lost_records(), (1 << 53) - 1 - 3);
}

#[test]
fn a_damaged_compaction_and_what_it_replaces_give_all_that_either_holds() {
    let compaction = compacted(7, 8, &[(1, 1000), (2, 1000)])
        .copy(9, 1, 16, b"a")
        .copy(9, 2, 17, b"lost here")
        .copy(5, 1, 18, b"gone there")
        .seal();
    let mut damaged = compaction.clone();
    let second = shape(&damaged.bytes)[1].1 as usize;
    damaged.bytes[second + 30] ^= 1;
    let replaced = segment(1, 9)
        .record(16, b"a")
        .record(17, b"lost here")
        .seal();
    let made = Segment {
        bytes: recovered(&damaged.bytes).0,
        ..segment(0xee, 0xee)
    };
    for files in [
        vec![("7", &damaged), ("1", &replaced)],
        vec![("7", &damaged), ("1", &replaced), ("made", &made)],
        vec![("1", &replaced), ("made", &made)],
    ] {
        let after = read(&folder(&files));
        let mut all = payloads(&after);
        all.sort();
        assert_eq!(
            all,
            ["a", "gone there", "lost here"],
            "{:?}",
            standings(&after)
        );
    }
}

#[test]
fn key_and_fingerprint_are_those_of_the_damaged_file_and_drop_counters_stay_there() {
    let old = v1::Header {
        key_id: Some(vec![3; 8]),
        schema_fingerprint: Some(vec![4; 32]),
        dropped: vec![v1::Dropped {
            count: Some(5),
            ..Default::default()
        }],
        ..header(7, 9)
    };
    let (made, _) = recovered(&with_header(&old).record(16, b"a").bytes);
    let mut scan = scan(&made, Cursor::default());
    let _ = scan.next();
    let new = &scan.header().unwrap().message;
    assert_eq!(
        (&new.key_id, &new.schema_fingerprint),
        (&old.key_id, &old.schema_fingerprint)
    );
    assert!(new.dropped.is_empty(), "counted once, beside it");
    assert_eq!(new.writer_id, new.segment_id);
}

/// One thing that happens to bytes.
fn damage(bytes: &mut Vec<u8>, kind: u8, at: usize, length: usize, value: u8) {
    let at = at % (bytes.len() + 1);
    let end = (at + length).min(bytes.len());
    match kind {
        0 => bytes[at..end].fill(value),
        1 => drop(bytes.drain(at..end)),
        2 => drop(bytes.splice(at..at, vec![value; length])),
        3 => {
            let copy = bytes[at..end].to_vec();
            bytes.extend(copy);
        }
        _ => bytes.truncate(at),
    }
}

proptest! {
    #[test]
    fn whatever_happens_to_a_segment_only_its_own_records_come_out(
        damages in proptest::collection::vec((0_u8..5, any::<usize>(), 0_usize..90, any::<u8>()), 1..6)
    ) {
        let mut bytes = sealed();
        for (kind, at, length, value) in damages {
            damage(&mut bytes, kind, at, length, value);
        }
        if let Ok(made) = try_recover(&bytes, Some(ID)) {
            let whole = [made.written.body, made.written.seal].concat();
            assert_sound(&whole);
            let payloads: BTreeSet<_> = records(&sealed()).into_iter().map(|(_, seq, payload)| (seq, payload)).collect();
            for (_, seq, payload) in records(&whole) {
                prop_assert!(payloads.contains(&(seq, payload)));
            }
            prop_assert_eq!(made.report.records() + made.report.lost_records() <= 3, true);
        }
    }
}

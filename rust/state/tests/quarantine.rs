//! What takes the place of a segment that must not hold some of its frames: SEG-080, SEG-081.

mod build;

use std::collections::BTreeSet;

use baton_state::proto::segment::v1::{self, FindingType::*};
use baton_state::segment::Id;
use baton_state::segment::frame::{RECORD, parse_frame};
use baton_state::segment::quarantine::{Place, Target, Unfit, without};
use baton_state::segment::scan::{Cursor, Finding, scan};
use baton_state::segment::seal::parse_seal;
use build::folder::{abc, folder, payloads, read};
use build::{Segment, compacted, header, segment, types, with_header};
use proptest::prelude::*;

const NEW: Id = [0xee; 16];

fn without_of(
    bytes: &[u8],
    out: &[u64],
    replaced: u64,
    there: &BTreeSet<Id>,
) -> Result<Segment, Unfit> {
    let target = Target {
        id: NEW,
        created_at: 1_700_000_000_000,
        name: "test".to_owned(),
        version: "1".to_owned(),
    };
    let out = out.iter().copied().collect();
    let written = without(bytes, &out, Place { replaced, there }, &target)?;
    Ok(Segment {
        bytes: [written.body, written.seal].concat(),
        ..segment(0xee, 0xee)
    })
}

fn taken(bytes: &[u8], out: &[u64]) -> Segment {
    without_of(bytes, out, 0, &BTreeSet::new()).unwrap()
}

fn unfit(bytes: &[u8]) -> Unfit {
    without_of(bytes, &[], 0, &BTreeSet::new()).unwrap_err()
}

/// Offsets of the frames behind the header, but for the seal.
fn frames(bytes: &[u8]) -> Vec<u64> {
    let findings = scan(bytes, Cursor::default());
    let findings = findings.filter(|finding| finding.ty != Seal);
    findings.map(|finding| finding.offset).collect()
}

/// Type, kind, identity, payload and newer fields of a frame.
type Held = (u32, u32, Id, u64, Vec<u8>, Vec<u8>);

fn held(bytes: &[u8], writer: Id, finding: &Finding<'_>) -> Held {
    let unverified = parse_frame(&bytes[finding.offset as usize..]).unwrap();
    let frame = unverified.frame;
    let (writer, seq) = match frame.origin {
        Some(origin) => (origin.writer, origin.seq),
        None if frame.ty == RECORD => (writer, frame.seq),
        // A frame of a newer type has no place among the records of its writer.
        None => (Id::default(), frame.seq),
    };
    let (payload, newer) = (frame.payload.to_vec(), unverified.newer.to_vec());
    (frame.ty, frame.kind, writer, seq, payload, newer)
}

/// All frames but the seal, in their order.
fn all_held(bytes: &[u8]) -> Vec<Held> {
    let mut scan = scan(bytes, Cursor::default());
    let findings: Vec<_> = (&mut scan).collect();
    let writer = scan.header().unwrap().writer;
    let findings = findings.iter().filter(|finding| finding.ty != Seal);
    findings
        .map(|finding| held(bytes, writer, finding))
        .collect()
}

fn header_of(bytes: &[u8]) -> v1::Header {
    let mut scan = scan(bytes, Cursor::default());
    let _ = scan.next();
    scan.header().unwrap().message.clone()
}

/// A sealed segment of records of its writer and of others, of kinds known and not, and of frames of newer types.
fn drawn(frames: &[(u8, Vec<u8>)]) -> Segment {
    let mut drawn = segment(7, 9);
    for (shape, payload) in frames {
        drawn = match shape % 4 {
            0 => drawn.record(19, payload),
            1 => drawn.record(9999, payload),
            2 => {
                let seq = drawn.seq + 100;
                drawn.copy(5, seq, 20, payload)
            }
            _ => drawn.frame(200, payload),
        };
    }
    drawn.seal_with(|seal| seal.max_stamp = Some(77 << 16))
}

proptest! {
    #[test]
    fn every_other_frame_comes_out_byte_for_byte_in_a_sealed_segment(
        frames_drawn in proptest::collection::vec((any::<u8>(), proptest::collection::vec(any::<u8>(), 0..60)), 0..12),
        chosen in any::<u16>(),
    ) {
        let old = drawn(&frames_drawn);
        let offsets = frames(&old.bytes);
        let is_out = |place: usize| chosen >> place & 1 == 1;
        let out: Vec<u64> = offsets.iter().enumerate().filter(|(place, _)| is_out(*place)).map(|(_, at)| *at).collect();
        let new = taken(&old.bytes, &out);
        let expected: Vec<Held> = all_held(&old.bytes).into_iter().enumerate().filter(|(place, _)| !is_out(*place)).map(|(_, held)| held).collect();
        prop_assert_eq!(all_held(&new.bytes), expected);
        let mut sealed = scan(&new.bytes, Cursor::default());
        let last = (&mut sealed).last().unwrap();
        prop_assert_eq!(last.ty, Seal);
        prop_assert!(sealed.cursor().is_whole);
        let frame = parse_frame(&new.bytes[last.offset as usize..]).unwrap();
        // Drawn bytes may look like a record with a higher one.
        prop_assert!(parse_seal(frame.frame.payload).unwrap().max_stamp() >= 77 << 16);
    }
}

#[test]
fn readers_count_all_but_what_was_taken_out_beside_the_old_file_without_it_and_when_it_comes_back()
{
    let old = abc(7, 9).seal();
    let new = taken(&old.bytes, &frames(&old.bytes)[1..2]);
    for files in [
        vec![("new", &new), ("old", &old)],
        vec![("new", &new)],
        vec![("a copy", &old), ("new", &new), ("old", &old)],
    ] {
        assert_eq!(payloads(&read(&folder(&files))), ["a", "c"]);
    }
}

#[test]
fn a_compacted_segment_goes_on_standing_for_what_is_still_there() {
    let gone = abc(1, 3).seal();
    let there = segment(2, 4)
        .record(19, b"kept")
        .record(19, b"secret")
        .seal();
    let old = compacted(7, 8, &[(1, gone.len()), (2, there.len())])
        .copy(3, 1, 16, b"a")
        .copy(4, 1, 19, b"kept")
        .copy(4, 2, 19, b"secret")
        .seal();
    let out = &frames(&old.bytes)[2..];
    let ids = BTreeSet::from([[2; 16], [7; 16]]);
    let new = without_of(&old.bytes, out, 0, &ids).unwrap();
    let replaces: Vec<_> = header_of(&new.bytes)
        .replaces
        .iter()
        .map(|other| (other.segment_id()[0], other.bytes()))
        .collect();
    assert_eq!(replaces, [(7, old.len()), (2, there.len())]);
    let both = folder(&[("new", &new), ("there", &there)]);
    assert_eq!(payloads(&read(&both)), ["a", "kept"]);
}

#[test]
fn what_another_segment_replaces_already_is_not_brought_back() {
    let old = abc(7, 9).seal();
    let behind = frames(&old.bytes)[1];
    let new = without_of(&old.bytes, &[], behind, &BTreeSet::new()).unwrap();
    assert_eq!(payloads(&read(&folder(&[("new", &new)]))), ["b", "c"]);
}

#[test]
fn of_the_header_only_ids_lengths_and_numbers_are_taken_over() {
    let old = v1::Header {
        writer_name: Some("a-secret".to_owned()),
        key_id: Some(vec![3; 8]),
        schema_fingerprint: Some(vec![4; 8]),
        dropped: vec![v1::Dropped {
            count: Some(5),
            ..Default::default()
        }],
        ..header(7, 9)
    };
    let new = header_of(&taken(&with_header(&old).record(16, b"a").seal().bytes, &[]).bytes);
    assert_eq!(
        (&new.key_id, &new.schema_fingerprint, &new.dropped),
        (&old.key_id, &old.schema_fingerprint, &old.dropped)
    );
    assert_eq!(new.writer_name(), "test");
    assert_eq!(new.writer_id, new.segment_id);
}

#[test]
fn of_a_segment_without_records_left_the_seal_and_what_it_replaces_stay() {
    let old = abc(7, 9).seal();
    let new = taken(&old.bytes, &frames(&old.bytes));
    assert_eq!(types(&new.bytes), [Seal]);
    let back = folder(&[("new", &new), ("old", &old)]);
    assert_eq!(payloads(&read(&back)), Vec::<String>::new());
}

#[test]
fn nothing_is_taken_out_of_what_is_not_sealed_and_whole() {
    let sound = abc(7, 9);
    assert_eq!(unfit(&sound.bytes), Unfit::Unsealed);
    let merge = compacted(7, 8, &[(1, 100)]).copy(9, 1, 16, b"a");
    assert_eq!(unfit(&merge.bytes), Unfit::Unfinished);
    let sealed = sound.clone().seal().bytes;
    assert_eq!(unfit(&[&sealed[..], b"behind"].concat()), Unfit::Damaged);
    let mut flipped = sealed.clone();
    flipped[frames(&sealed)[1] as usize + 20] ^= 1;
    assert_eq!(unfit(&flipped), Unfit::Damaged);
    assert_eq!(unfit(b"no segment"), Unfit::Headless);
    assert_eq!(unfit(&sealed[..30]), Unfit::Headless);
    let minor = v1::Header {
        format_minor: Some(1),
        ..header(7, 9)
    };
    let newer = with_header(&minor).record(16, b"a").seal();
    assert_eq!(unfit(&newer.bytes), Unfit::Newer);
    let major = v1::Header {
        format_major: Some(2),
        ..header(7, 9)
    };
    assert_eq!(unfit(&with_header(&major).bytes), Unfit::Newer);
    let large = segment(7, 9).record(19, &vec![0; (1 << 20) - 40]).seal();
    assert_eq!(types(&large.bytes), [Record, Seal]);
    assert_eq!(unfit(&large.bytes), Unfit::Full);
}

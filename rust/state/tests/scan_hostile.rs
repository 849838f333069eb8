//! What a scan makes of bytes that somebody chose, or nobody did.

mod build;

use baton_state::proto::segment::v1::FindingType::{self, *};
use baton_state::segment::frame::{SYNC_TAG, SegmentCrc, parse_frame};
use baton_state::segment::scan::{Cursor, Finding, scan};
use build::{assert_covered, compacted, findings, segment, seqs, shape};
use proptest::prelude::*;

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
            while split.last().is_some_and(|last: &Finding<'_>| {
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

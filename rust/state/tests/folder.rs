//! Which records of a folder count.

mod build;

use std::fs;

use baton_state::proto::segment::v1::SegmentStanding::*;
use baton_state::segment::folder::{read_folder, read_news};
use baton_state::segment::verify::verify_report;
use build::folder::{abc, folder, payloads, read, standings};
use build::{compacted, findings, header, segment, with_header};
use proptest::prelude::*;

#[test]
fn a_folder_that_is_not_there_is_empty() {
    let dir = tempfile::tempdir().unwrap();
    let folder = read_folder(&dir.path().join("segments")).unwrap();
    assert_eq!(verify_report(&folder).records, Some(0));
}

#[test]
fn records_come_by_segment_id_with_place_and_identity() {
    let (one, two) = (abc(1, 9), segment(2, 8).record(16, b"z"));
    let dir = folder(&[("b", &one), ("a", &two)]);
    let read = read(&dir);
    assert_eq!(payloads(&read), ["a", "b", "c", "z"]);
    let record = read.records().nth(1).unwrap();
    assert_eq!(
        (record.segment, record.writer, record.seq, record.kind),
        (&[1; 16], [9; 16], 2, 17)
    );
    let found = findings(&one.bytes);
    assert_eq!(
        (record.offset, record.length),
        (found[1].offset, found[1].length)
    );
}

#[test]
fn other_files_and_links_are_not_taken() {
    let dir = folder(&[("a", &abc(1, 9))]);
    fs::write(dir.path().join("notes.txt"), b"x").unwrap();
    fs::create_dir(dir.path().join("b.seg")).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink(dir.path().join("a.seg"), dir.path().join("c.seg")).unwrap();
    assert_eq!(read(&dir).segments.len(), 1);
}

#[test]
fn foreign_damaged_newer_and_unfinished_files_are_unreadable() {
    let mut newer = header(4, 9);
    newer.format_major = Some(2);
    let mut damaged = abc(3, 9);
    damaged.bytes[20] ^= 1;
    let mut unfinished = abc(5, 9);
    unfinished.bytes.truncate(15);
    let mut foreign = abc(2, 9);
    foreign.bytes = vec![b'x'; 100];
    let dir = folder(&[
        ("a", &abc(1, 9)),
        ("b", &foreign),
        ("c", &damaged),
        ("d", &with_header(&newer)),
        ("e", &unfinished),
    ]);
    let read = read(&dir);
    assert_eq!(
        standings(&read),
        [
            (Counts, 0),
            (Unreadable, 0),
            (Unreadable, 0),
            (Unreadable, 0),
            (Unreadable, 0)
        ]
    );
    let report = verify_report(&read);
    assert_eq!((report.records, report.problems), (Some(3), Some(1)));
    let foreign = &report.segments[1];
    assert_eq!(
        (foreign.bytes, foreign.findings[0].length),
        (Some(100), Some(100))
    );
    assert_eq!(report.segments[3].segment, None);
}

#[test]
fn damage_inside_a_segment_costs_only_what_it_covers() {
    let holed = segment(1, 9)
        .record(16, b"a")
        .raw(b"rot")
        .record(16, b"b")
        .frame(130, b"?")
        .record(16, b"c")
        .raw(b"?");
    assert_eq!(payloads(&read(&folder(&[("a", &holed)]))), ["a", "b", "c"]);
}

#[test]
fn of_two_copies_the_longer_valid_prefix_counts() {
    let long = abc(1, 9);
    let short = segment(1, 9).record(16, b"a");
    let rotten = segment(1, 9)
        .raw(b"rot")
        .record(16, b"a")
        .record(17, b"b")
        .record(18, b"c")
        .record(19, b"d");
    let dir = folder(&[("a", &short), ("b", &long), ("c", &rotten), ("d", &long)]);
    let read = read(&dir);
    assert_eq!(
        standings(&read),
        [(Duplicate, 0), (Counts, 0), (Duplicate, 0), (Duplicate, 0)]
    );
    assert_eq!(payloads(&read), ["a", "b", "c"]);
}

#[test]
fn a_sealed_compacted_segment_stands_for_what_it_replaces() {
    let old = abc(1, 9);
    let merged = compacted(2, 8, &[(1, old.len())])
        .copy(9, 1, 16, b"a")
        .copy(9, 3, 18, b"c")
        .seal();
    let read = read(&folder(&[("a", &old), ("b", &merged)]));
    assert_eq!(standings(&read), [(Replaced, old.len()), (Counts, 0)]);
    assert_eq!(payloads(&read), ["a", "c"]);
    assert_eq!(
        read.records()
            .map(|record| (record.writer, record.seq))
            .collect::<Vec<_>>(),
        [([9; 16], 1), ([9; 16], 3)]
    );
}

#[test]
fn frames_behind_the_replaced_length_count() {
    let old = abc(1, 9);
    let ends: Vec<u64> = findings(&old.bytes)
        .iter()
        .map(|finding| finding.offset + finding.length)
        .collect();
    let merged = |bytes| compacted(2, 8, &[(1, bytes)]).copy(9, 1, 16, b"a").seal();
    assert_eq!(
        payloads(&read(&folder(&[("a", &old), ("b", &merged(ends[1]))]))),
        ["c", "a"]
    );
    assert_eq!(
        payloads(&read(&folder(&[("a", &old), ("b", &merged(ends[1] - 1))]))),
        ["b", "c", "a"]
    );
}

#[test]
fn an_unsealed_or_damaged_compacted_segment_is_ignored_while_all_that_it_replaces_is_there() {
    let (old, other) = (abc(1, 9), segment(4, 5).record(16, b"d"));
    let replaces = [(1, old.len()), (4, other.len())];
    let unsealed = compacted(2, 8, &replaces).copy(9, 1, 16, b"a");
    let damaged = compacted(3, 8, &replaces)
        .raw(b"rot")
        .copy(9, 1, 16, b"a")
        .seal();
    let all = [
        ("a", &old),
        ("b", &unsealed),
        ("c", &damaged),
        ("d", &other),
    ];
    let whole = read(&folder(&all));
    assert_eq!(
        standings(&whole),
        [(Counts, 0), (Ignored, 0), (Ignored, 0), (Counts, 0)]
    );
    assert_eq!(payloads(&whole), ["a", "b", "c", "d"]);
    let without = read(&folder(&all[1..]));
    assert_eq!(standings(&without), [(Counts, 0); 3]);
    assert_eq!(payloads(&without), ["a", "d"]);
}

#[test]
fn bytes_behind_its_seal_do_not_keep_a_compacted_segment_from_counting() {
    let old = abc(1, 9);
    let merged = compacted(2, 8, &[(1, old.len())])
        .copy(9, 1, 16, b"a")
        .seal()
        .raw(b"more");
    assert_eq!(
        standings(&read(&folder(&[("a", &old), ("b", &merged)])))[1],
        (Counts, 0)
    );
}

#[test]
fn chained_compaction_still_stands_for_what_it_replaced() {
    let old = abc(1, 9);
    let middle = compacted(2, 8, &[(1, old.len())])
        .copy(9, 1, 16, b"a")
        .copy(9, 3, 18, b"c")
        .seal();
    let last = compacted(3, 7, &[(2, middle.len())])
        .copy(9, 3, 18, b"c")
        .seal();
    let read = read(&folder(&[("a", &old), ("b", &middle), ("c", &last)]));
    assert_eq!(
        standings(&read),
        [(Replaced, old.len()), (Replaced, middle.len()), (Counts, 0)]
    );
    assert_eq!(payloads(&read), ["c"]);
}

#[test]
fn where_compacted_segments_overlap_each_record_counts_once() {
    let old = abc(1, 9);
    let one = compacted(2, 8, &[(1, old.len())])
        .copy(9, 1, 16, b"a")
        .copy(9, 2, 17, b"b")
        .seal();
    let two = compacted(3, 7, &[(1, old.len())])
        .copy(9, 2, 17, b"b")
        .copy(9, 3, 18, b"c")
        .seal();
    let read = read(&folder(&[("a", &old), ("b", &two), ("c", &one)]));
    assert_eq!(payloads(&read), ["a", "b", "c"]);
    assert_eq!(read.records().nth(1).unwrap().segment, &[2; 16]);
    assert_eq!(verify_report(&read).records, Some(3));
}

#[test]
fn records_appended_again_count_once_and_differing_ones_are_all_kept() {
    let first = abc(1, 9);
    let mut again = header(2, 9);
    again.first_seq = Some(2);
    let again = with_header(&again)
        .record(17, b"b")
        .record(18, b"C")
        .record(19, b"d");
    assert_eq!(
        payloads(&read(&folder(&[("a", &first), ("b", &again)]))),
        ["a", "b", "c", "C", "d"]
    );
    let twice = compacted(3, 8, &[(7, 1)])
        .copy(9, 1, 16, b"a")
        .copy(9, 1, 16, b"a")
        .seal();
    assert_eq!(payloads(&read(&folder(&[("a", &twice)]))), ["a"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_lies_in_a_folder_it_is_read_and_each_record_comes_once(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0_usize..4), 0..6),
        cut in any::<prop::sample::Index>(),
        garbage in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        let old = abc(1, 9);
        let merged = compacted(2, 8, &[(1, old.len())]).copy(9, 1, 16, b"a").copy(9, 3, 18, b"c").seal();
        let mut files = [old.clone(), merged, abc(1, 9).seal(), segment(3, 7).raw(&garbage).record(16, b"z")];
        for (at, byte, file) in changes {
            let at = at.index(files[file].bytes.len());
            files[file].bytes[at] = byte;
        }
        let end = cut.index(files[2].bytes.len());
        files[2].bytes.truncate(end);
        let dir = folder(&[("a", &files[0]), ("b", &files[1]), ("c", &files[2]), ("d", &files[3])]);
        fs::write(dir.path().join("e.seg"), &garbage).unwrap();
        let read = read(&dir);
        let report = verify_report(&read);
        let records: Vec<_> = read.records().map(|record| (record.writer, record.seq, record.kind, record.payload)).collect();
        prop_assert_eq!(report.records, Some(records.len() as u64));
        let once: std::collections::HashSet<_> = records.iter().collect();
        prop_assert_eq!(once.len(), records.len());
        if let Some(news) = read_news(dir.path(), &read.seen()).unwrap() {
            prop_assert_eq!(news.records().count(), 0);
        } else {
            prop_assert!(standings(&read).contains(&(Duplicate, 0)));
        }
    }
}

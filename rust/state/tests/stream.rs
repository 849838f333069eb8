//! One pass over a folder gives what its readers get, or says that it cannot.

mod build;

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};

use baton_state::segment::folder::Folder;
use baton_state::segment::stream::stream;
use build::folder::{abc, folder, payloads, read, standings, write};
use build::{compacted, segment};
use tempfile::TempDir;

/// What one pass hands on, in the order that a folder gives its records in; None where it takes more than one.
fn streamed(dir: &TempDir) -> Option<(Folder, Vec<String>)> {
    let streamed = stream(dir.path(), Vec::new, |seen: &mut Vec<_>, segment| {
        seen.extend(segment.records().map(|record| {
            let text = String::from_utf8_lossy(record.payload).into_owned();
            (
                *record.segment,
                record.offset,
                record.writer,
                record.seq,
                text,
            )
        }));
    });
    let streamed = streamed.unwrap()?;
    let mut seen: Vec<_> = streamed.parts.into_iter().flatten().collect();
    seen.sort();
    let texts = seen.into_iter().map(|(_, _, _, _, text)| text);
    Some((streamed.folder, texts.collect()))
}

#[test]
fn one_pass_gives_the_records_and_the_cursors_that_a_folder_gives() {
    let torn = abc(3, 7).raw(b"torn");
    let dir = folder(&[
        ("b", &abc(1, 9)),
        ("a", &segment(2, 8).record(16, b"z").seal()),
        ("c", &torn),
    ]);
    fs::write(
        dir.path().join("d.seg"),
        "a foreign file, longer than ten bytes",
    )
    .unwrap();
    let (one_pass, payloads_of_one_pass) = streamed(&dir).unwrap();
    let read = read(&dir);
    assert_eq!(payloads_of_one_pass, payloads(&read));
    assert_eq!(one_pass.seen(), read.seen());
    assert_eq!(standings(&one_pass), standings(&read));
    for (a, b) in one_pass.segments.iter().zip(&read.segments) {
        assert_eq!(
            (a.bytes, a.records, &a.findings, &a.header),
            (b.bytes, b.records, &b.findings, &b.header)
        );
    }
}

#[test]
fn one_pass_over_many_threads_gives_every_record_once() {
    let big = "x".repeat(60_000);
    let files: Vec<_> = (1..=40u8)
        .map(|id| (format!("{id:02}"), segment(id, id)))
        .collect();
    let files: Vec<_> = files
        .into_iter()
        .map(|(name, file)| {
            (
                name,
                file.record(16, big.as_bytes()).record(16, big.as_bytes()),
            )
        })
        .collect();
    let dir = folder(
        &files
            .iter()
            .map(|(name, file)| (name.as_str(), file))
            .collect::<Vec<_>>(),
    );
    assert_eq!(streamed(&dir).unwrap().1.len(), 80);
}

#[test]
fn one_pass_does_not_do_where_a_record_may_not_count() {
    let replaced = [
        ("a", &abc(1, 9)),
        (
            "b",
            &compacted(2, 8, &[(1, 500)]).copy(9, 1, 16, b"a").seal(),
        ),
    ];
    let copied = [("a", &abc(1, 9)), ("b", &abc(1, 9).record(16, b"d"))];
    let again = [("a", &abc(1, 9)), ("b", &abc(2, 9))];
    for files in [&replaced[..], &copied, &again] {
        assert!(streamed(&folder(files)).is_none());
    }
}

#[test]
fn one_pass_starts_over_where_its_listing_missed_a_compaction() {
    let dir = folder(&[("a", &abc(1, 9))]);
    // Of a segment that the listing did not show any more.
    let missed = compacted(3, 8, &[(2, 500)]).copy(7, 1, 16, b"d").seal();
    let starts = AtomicUsize::new(0);
    let streamed = stream(dir.path(), Vec::new, |seen: &mut Vec<_>, segment| {
        if segment.file == "a.seg" && starts.fetch_add(1, Ordering::Relaxed) == 0 {
            write(dir.path(), "c", &missed);
        }
        seen.extend(segment.records().map(|record| record.payload.to_vec()));
    });
    let mut seen = streamed.unwrap().unwrap().parts.concat();
    seen.sort();
    assert_eq!(seen, [b"a", b"b", b"c", b"d"]);
    assert_eq!(starts.into_inner(), 2);
}

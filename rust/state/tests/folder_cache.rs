//! What a cache of a folder reads, and when it is void (SEG-035).

mod build;

use std::fs;

use baton_state::segment::folder::read_news;
use build::folder::{abc, folder, payloads, read, write};
use build::{compacted, segment};

#[test]
fn a_cache_reads_only_what_is_new() {
    let old = abc(1, 9);
    let dir = folder(&[("a", &old)]);
    let seen = read(&dir).seen();
    let grown = old.clone().record(16, b"d").raw(b"torn");
    write(dir.path(), "a", &grown);
    write(dir.path(), "b", &segment(2, 8).record(16, b"e"));
    let news = read_news(dir.path(), &seen).unwrap().unwrap();
    assert_eq!(payloads(&news), ["d", "e"]);
    write(
        dir.path(),
        "a",
        &old.record(16, b"d").record(16, b"f").seal(),
    );
    let later = read_news(dir.path(), &news.seen()).unwrap().unwrap();
    assert_eq!(payloads(&later), ["f"]);
    assert!(later.segments[0].cursor.is_ended);
    let nothing = read_news(dir.path(), &later.seen()).unwrap().unwrap();
    assert_eq!(payloads(&nothing), [] as [&str; 0]);
    assert_eq!(nothing.seen(), later.seen());
}

#[test]
fn a_cache_is_void_when_a_segment_is_missing_shorter_or_replaced() {
    let (old, other) = (abc(1, 9), segment(2, 8).record(16, b"e"));
    let dir = folder(&[("a", &old), ("b", &other)]);
    let seen = read(&dir).seen();
    let void = || read_news(dir.path(), &seen).unwrap().is_none();
    assert!(!void());
    fs::remove_file(dir.path().join("b.seg")).unwrap();
    assert!(void());
    write(dir.path(), "renamed", &other);
    assert!(!void());
    write(dir.path(), "a", &segment(1, 9).record(16, b"a"));
    assert!(void());
    write(dir.path(), "a", &old);
    let merged = compacted(3, 8, &[(1, old.len())])
        .copy(9, 1, 16, b"a")
        .seal();
    write(dir.path(), "c", &merged);
    assert!(void());
}

#[test]
fn a_cache_over_a_folder_with_compaction_stays_valid() {
    let old = abc(1, 9);
    let merged = compacted(3, 8, &[(1, old.len())])
        .copy(9, 1, 16, b"a")
        .seal();
    let dir = folder(&[("a", &old), ("c", &merged)]);
    let seen = read(&dir).seen();
    write(dir.path(), "d", &segment(4, 8).record(16, b"new"));
    assert_eq!(
        payloads(&read_news(dir.path(), &seen).unwrap().unwrap()),
        ["new"]
    );
}

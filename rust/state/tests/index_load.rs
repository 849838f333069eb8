//! The index gives what the segments give, whatever happened to either of them.

mod build;

use std::fs;
use std::path::Path;

use baton_state::index::load::{load_everything, load_state, load_workspace};
use baton_state::index::loaded::{Loaded, Places, Source};
use baton_state::index::storage::LocalStorage;
use baton_state::index::unusable::Unusable;
use baton_state::proto::state::v1::record::Kind;
use baton_state::proto::state::v1::{HandoffNote, ModelHealth, Record, UsageEvent};
use build::{Segment, compacted, segment};
use prost::Message;
use tempfile::TempDir;

const NOW: i64 = 1_790_000_000_000;
const DAY: i64 = 86_400_000;
const HERE: &str = "github.com/a/here";

struct Home {
    dir: TempDir,
    places: Places,
}

fn home() -> Home {
    let dir = TempDir::new().unwrap();
    let segments = dir.path().join("segments");
    fs::create_dir(&segments).unwrap();
    let index = dir.path().join("index.redb");
    Home {
        places: Places {
            segments,
            index,
            storage: LocalStorage,
        },
        dir,
    }
}

impl Home {
    fn write(&self, name: &str, segment: &Segment) {
        fs::write(
            self.places.segments.join(format!("{name}.seg")),
            &segment.bytes,
        )
        .unwrap();
    }

    fn load(&self) -> Loaded {
        load_workspace(&self.places, HERE, NOW).unwrap()
    }

    fn rebuild(&self) {
        let loaded = load_state(&self.places, NOW).unwrap();
        assert_eq!(loaded.build(&self.places), Ok(true));
    }

    /// What the index and the segments answer; they must agree.
    fn answer(&self) -> (Source, Vec<Seen>) {
        let loaded = self.load();
        let seen = winners(&loaded);
        assert_eq!(seen, self.scanned());
        (loaded.source, seen)
    }

    /// What the segments alone answer.
    fn scanned(&self) -> Vec<Seen> {
        let elsewhere = Places {
            segments: self.places.segments.clone(),
            index: self.dir.path().join("no.redb"),
            storage: LocalStorage,
        };
        winners(&load_workspace(&elsewhere, HERE, NOW).unwrap())
    }
}

/// Key, segment, offset and payload of a winner.
type Seen = (Vec<u8>, [u8; 16], u64, Vec<u8>);

fn winners(loaded: &Loaded) -> Vec<Seen> {
    let fold = loaded.fold(NOW, Some(HERE));
    let winners = fold.winners().into_iter().map(|(key, winner)| {
        (
            key.to_vec(),
            *winner.record.segment,
            winner.record.offset,
            winner.record.payload.to_vec(),
        )
    });
    winners.collect()
}

fn record(at: i64, workspace: Option<&str>, kind: Kind) -> Vec<u8> {
    let record = Record {
        stamp: Some((at as u64) << 16),
        observed_at: Some(at),
        workspace: workspace.map(str::to_owned),
        kind: Some(kind),
        ..Default::default()
    };
    record.encode_to_vec()
}

fn note(at: i64, workspace: &str, id: u64, text: &str) -> Vec<u8> {
    let note = HandoffNote {
        id: Some(format!("n-{id:016x}")),
        text: Some(text.to_owned()),
        ..Default::default()
    };
    record(at, Some(workspace), Kind::HandoffNote(note))
}

fn model(at: i64, name: &str) -> Vec<u8> {
    let health = ModelHealth {
        provider: Some("p".into()),
        model: Some(name.into()),
        ..Default::default()
    };
    record(at, None, Kind::ModelHealth(health))
}

/// Notes 0 … 99 of two workspaces, ten models, and usage.
fn base(id: u8) -> Segment {
    let mut base = segment(id, id);
    for n in 0..100 {
        base = base
            .record(19, &note(NOW - 1000 + n as i64, HERE, n, "here"))
            .record(19, &note(NOW, "github.com/a/other", n, "other"));
        base = base.record(
            23,
            &record(NOW, None, Kind::UsageEvent(UsageEvent::default())),
        );
    }
    for n in 0..10 {
        base = base.record(21, &model(NOW - n, &format!("m{n}")));
    }
    base
}

fn warm() -> Home {
    let home = home();
    home.write("a", &base(1));
    home.rebuild();
    home
}

#[test]
fn while_nothing_changes_no_segment_is_read() {
    let home = warm();
    let (source, seen) = home.answer();
    assert_eq!((source, seen.len()), (Source::Index(0), 110));
}

#[test]
fn news_are_added_to_what_the_index_knows() {
    let home = warm();
    home.write("a", &base(1).record(19, &note(NOW, HERE, 3, "newer")));
    home.write(
        "b",
        &segment(2, 2).record(19, &note(NOW, HERE, 1000, "new")),
    );
    let (source, seen) = home.answer();
    assert!(matches!(source, Source::Index(1..)), "{source:?}");
    assert_eq!(seen.len(), 111);
}

/// TypeScript voids a cache then; here it may stay, since a record that is folded twice wins once (SEG-033).
#[test]
fn a_record_that_the_index_knows_and_that_stands_elsewhere_too_changes_no_answer() {
    for id in [0, 9] {
        let home = warm();
        let copy = segment(id, 5).copy(1, 1, 19, &note(NOW - 1000, HERE, 0, "here"));
        home.write("b", &copy);
        let answers = |seen: Vec<Seen>| -> Vec<_> {
            let answers = seen.into_iter();
            answers.map(|(key, _, _, payload)| (key, payload)).collect()
        };
        let loaded = home.load();
        assert_eq!(loaded.source, Source::Index(copy.len()));
        assert_eq!(answers(winners(&loaded)), answers(home.scanned()));
    }
}

#[test]
fn few_news_are_not_worth_a_write_and_many_are_written_once() {
    let home = warm();
    home.write(
        "b",
        &segment(2, 2).record(19, &note(NOW, HERE, 1000, "new")),
    );
    assert_eq!(home.load().keep(&home.places), Ok(false));
    let mut many = segment(3, 3).record(19, &note(NOW - DAY, HERE, 7, "older than what is there"));
    for n in 0..15_000 {
        many = many.record(19, &note(NOW + 1, HERE, n % 150, "again"));
    }
    home.write("c", &many);
    let loaded = home.load();
    assert!(
        matches!(loaded.source, Source::Index(1_048_576..)),
        "{:?}",
        loaded.source
    );
    assert_eq!(loaded.keep(&home.places), Ok(true));
    let (source, seen) = home.answer();
    assert_eq!((source, seen.len()), (Source::Index(0), 161));
}

#[test]
fn an_index_that_is_good_enough_is_not_built_again() {
    let home = warm();
    let built = fs::metadata(&home.places.index)
        .unwrap()
        .modified()
        .unwrap();
    home.write(
        "b",
        &segment(2, 2).record(19, &note(NOW, HERE, 1000, "new")),
    );
    let loaded = load_everything(&home.places, NOW).unwrap();
    assert_eq!(loaded.keep(&home.places), Ok(false));
    assert_eq!(
        fs::metadata(&home.places.index)
            .unwrap()
            .modified()
            .unwrap(),
        built
    );
}

#[test]
fn two_that_keep_the_same_news_write_them_once() {
    let home = warm();
    let mut many = segment(3, 3);
    for n in 0..15_000 {
        many = many.record(19, &note(NOW + 1, HERE, n % 150, "again"));
    }
    home.write("c", &many);
    let (one, two) = (home.load(), home.load());
    assert_eq!(one.keep(&home.places), Ok(true));
    assert_eq!(two.keep(&home.places), Ok(false));
    assert_eq!(home.answer().0, Source::Index(0));
}

#[test]
fn a_segment_that_is_gone_shorter_replaced_or_written_over_voids_the_index() {
    type Change = fn(&Path);
    let changes: [(&str, Change); 5] = [
        ("gone", |segments| {
            fs::remove_file(segments.join("a.seg")).unwrap()
        }),
        ("shorter", |segments| {
            let file = fs::File::options()
                .write(true)
                .open(segments.join("a.seg"))
                .unwrap();
            file.set_len(5000).unwrap();
        }),
        ("another file", |segments| {
            fs::write(segments.join("new"), &base(9).bytes).unwrap();
            fs::rename(segments.join("new"), segments.join("a.seg")).unwrap();
        }),
        ("written over", |segments| {
            let path = segments.join("a.seg");
            let mut bytes = fs::read(&path).unwrap();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            std::thread::sleep(std::time::Duration::from_millis(20));
            fs::write(path, bytes).unwrap();
        }),
        ("replaced", |segments| {
            let compact = compacted(7, 7, &[(1, u64::MAX >> 12)])
                .copy(1, 1, 19, &note(NOW, HERE, 1, "kept"))
                .seal();
            fs::write(segments.join("c.seg"), &compact.bytes).unwrap();
        }),
    ];
    for (name, change) in changes {
        let home = warm();
        change(&home.places.segments);
        assert_eq!(home.answer().0, Source::Segments(Unusable::Void), "{name}");
    }
}

#[test]
fn an_index_that_holds_the_future_of_the_reader_answers_nothing() {
    let home = warm();
    let loaded = load_workspace(&home.places, HERE, NOW - 2 * DAY).unwrap();
    assert_eq!(loaded.source, Source::Segments(Unusable::Future));
    assert_eq!(loaded.fold(NOW - 2 * DAY, Some(HERE)).winners().len(), 0);
}

#[test]
fn no_index_is_built_of_records_from_the_future() {
    let home = warm();
    home.write(
        "b",
        &segment(2, 2).record(19, &note(NOW + 2 * DAY, HERE, 1000, "ahead")),
    );
    let loaded = load_state(&home.places, NOW).unwrap();
    assert_eq!(loaded.build(&home.places), Ok(false));
    assert_eq!(home.answer().1.len(), 110);
}

#[test]
fn a_reader_without_an_index_can_build_it_of_what_it_read() {
    let home = home();
    home.write("a", &base(1));
    let loaded = home.load();
    assert_eq!(loaded.source, Source::Segments(Unusable::Absent));
    assert_eq!(loaded.keep(&home.places), Ok(true));
    assert_eq!(home.answer().0, Source::Index(0));
}

#[test]
fn files_that_are_no_segments_do_not_keep_the_index_from_answering() {
    let home = home();
    home.write("a", &base(1));
    fs::write(home.places.segments.join("b.seg"), "not a segment").unwrap();
    fs::write(home.places.segments.join("c.seg"), "").unwrap();
    home.rebuild();
    assert_eq!(home.answer().0, Source::Index(0));
    home.write(
        "c",
        &segment(3, 3).record(19, &note(NOW, HERE, 1000, "new")),
    );
    assert_eq!(home.answer().1.len(), 111);
}

#[test]
fn an_index_without_home_or_rights_is_no_error() {
    let home = home();
    fs::remove_dir(&home.places.segments).unwrap();
    assert_eq!(home.answer(), (Source::Segments(Unusable::Absent), vec![]));
    let nowhere = Places {
        segments: home.dir.path().join("x/segments"),
        index: home.dir.path().join("x/index.redb"),
        storage: LocalStorage,
    };
    let loaded = load_state(&nowhere, NOW).unwrap();
    assert_eq!(loaded.build(&nowhere), Err(Unusable::Absent));
}

#[test]
fn a_damaged_index_never_gives_another_answer() {
    let home = warm();
    let whole = fs::read(&home.places.index).unwrap();
    let expected = home.scanned();
    let (mut from_index, mut from_segments) = (0, 0);
    for seed in 1..=200u64 {
        let mut bytes = whole.clone();
        let mut state = seed;
        for _ in 0..1 + seed % 3 {
            state = state
                .wrapping_mul(0x5851_f42d_4c95_7f2d)
                .wrapping_add(0x1405_7b7e_f767_814f);
            let at = (state >> 16) as usize % bytes.len();
            for (n, byte) in bytes
                .iter_mut()
                .skip(at)
                .take(1 + (state >> 60) as usize)
                .enumerate()
            {
                *byte = (state >> (n % 8 * 8)) as u8;
            }
        }
        fs::write(&home.places.index, bytes).unwrap();
        let loaded = home.load();
        assert_eq!(winners(&loaded), expected, "seed {seed}");
        match loaded.source {
            Source::Index(_) => from_index += 1,
            Source::Segments(_) => from_segments += 1,
        }
    }
    assert!(
        from_segments > 20 && from_index > 20,
        "{from_index} {from_segments}"
    );
}

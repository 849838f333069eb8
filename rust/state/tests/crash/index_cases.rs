//! State directories whose index meets mishaps.

use std::fs;
use std::io::ErrorKind;

use baton_state::index::load::load_workspace;
use baton_state::index::loaded::{Loaded, Places, Source};
use baton_state::index::storage::LocalStorage;
use baton_state::proto::state::v1::record::Kind;
use baton_state::proto::state::v1::{HandoffNote, ModelHealth, Record};
use prost::Message;
use tempfile::TempDir;

use crate::build::{Segment, segment};
use crate::storage::{Bench, Mishap};

pub const NOW: i64 = 1_790_000_000_000;
pub const HERE: &str = "github.com/a/here";

pub const MISHAPS: [Mishap; 4] = [
    Mishap::FailsOnce(ErrorKind::StorageFull),
    Mishap::FailsFromThenOn(ErrorKind::StorageFull),
    Mishap::Dies,
    Mishap::Lies,
];

/// Key, segment, offset and payload of a winner.
pub type Seen = (Vec<u8>, [u8; 16], u64, Vec<u8>);

/// A state directory.
pub struct Lab {
    dir: TempDir,
    pub places: Places,
}

impl Lab {
    /// One with a segment of notes and models, and without an index.
    pub fn new() -> Lab {
        let dir = TempDir::new().unwrap();
        let segments = dir.path().join("segments");
        fs::create_dir(&segments).unwrap();
        let index = dir.path().join("index.redb");
        let storage = LocalStorage;
        let places = Places {
            segments,
            index,
            storage,
        };
        let lab = Lab { dir, places };
        let mut base = segment(1, 1);
        for number in 0..60 {
            base = base.record(19, &note(number, HERE, "here"));
            base = base.record(19, &note(number, "github.com/a/other", "other"));
            base = base.record(21, &model(number));
        }
        lab.write("a", &base);
        lab
    }

    /// One with an index that knows its segments.
    pub fn warm() -> Lab {
        let lab = Lab::new();
        assert_eq!(lab.load().build(&lab.places), Ok(true));
        lab
    }

    pub fn write(&self, name: &str, segment: &Segment) {
        fs::write(
            self.places.segments.join(format!("{name}.seg")),
            &segment.bytes,
        )
        .unwrap();
    }

    /// The same directory with an index on this storage.
    pub fn on(&self, storage: &Bench) -> Places<Bench> {
        Places {
            segments: self.places.segments.clone(),
            index: self.places.index.clone(),
            storage: storage.clone(),
        }
    }

    pub fn load(&self) -> Loaded {
        load_workspace(&self.places, HERE, NOW).unwrap()
    }

    /// What the segments alone answer.
    pub fn scanned(&self) -> Vec<Seen> {
        let elsewhere = Places {
            index: self.dir.path().join("no.redb"),
            ..self.places.clone()
        };
        winners(&load_workspace(&elsewhere, HERE, NOW).unwrap())
    }

    /// Checks the answer, and gives where it came from.
    pub fn source(&self, expected: &[Seen], what: &str) -> Source {
        let loaded = self.load();
        assert!(
            winners(&loaded) == expected,
            "{what}: a wrong answer from {:?}",
            loaded.source
        );
        loaded.source
    }

    /// Reads, keeps what was read as any command does, and sees that the index answers then.
    pub fn heal(&self, expected: &[Seen], what: &str) {
        let source = self.source(expected, what);
        let kept = self.load().keep(&self.places);
        assert!(kept.is_ok(), "{what}: {source:?} and {kept:?}");
        assert_eq!(
            self.source(expected, what),
            Source::Index(0),
            "{what}: {source:?} and {kept:?}"
        );
    }

    /// What stands under the name of the index.
    pub fn index(&self) -> Option<Vec<u8>> {
        fs::read(&self.places.index).ok()
    }

    pub fn put_index(&self, bytes: Option<&[u8]>) {
        match bytes {
            Some(bytes) => fs::write(&self.places.index, bytes).unwrap(),
            None => drop(fs::remove_file(&self.places.index)),
        }
    }

    /// What a process leaves that dies while it builds an index.
    pub fn put_leftover(&self, bytes: &[u8]) {
        fs::write(
            self.dir.path().join("index.redb.new-0123456789abcdef"),
            bytes,
        )
        .unwrap();
    }

    /// How many files stand beside the segments, the index among them.
    pub fn files(&self) -> usize {
        fs::read_dir(self.dir.path()).unwrap().count() - 1
    }
}

pub fn winners(loaded: &Loaded) -> Vec<Seen> {
    let fold = loaded.fold(NOW, Some(HERE));
    let winners = fold.winners().into_iter().map(|(key, winner)| {
        let record = &winner.record;
        (
            key.to_vec(),
            *record.segment,
            record.offset,
            record.payload.to_vec(),
        )
    });
    winners.collect()
}

/// A segment with more news than an index leaves unread: over 1 MiB.
pub fn much(id: u8) -> Segment {
    let text = "a long text ".repeat(1200);
    let numbers = 0..80;
    numbers.fold(segment(id, id), |much, number| {
        let at = u64::from(id) * 1000 + number;
        much.record(19, &note(at, HERE, &format!("{text}{number}")))
    })
}

fn encoded(number: u64, workspace: Option<&str>, kind: Kind) -> Vec<u8> {
    let at = NOW - 100_000 + number as i64;
    let record = Record {
        stamp: Some((at as u64) << 16),
        observed_at: Some(at),
        workspace: workspace.map(str::to_owned),
        kind: Some(kind),
        ..Default::default()
    };
    record.encode_to_vec()
}

/// A note; later numbers win over earlier ones with the same last digits.
pub fn note(number: u64, workspace: &str, text: &str) -> Vec<u8> {
    let note = HandoffNote {
        id: Some(format!("n-{:016x}", number % 50)),
        text: Some(text.to_owned()),
        ..Default::default()
    };
    encoded(number, Some(workspace), Kind::HandoffNote(note))
}

fn model(number: u64) -> Vec<u8> {
    let health = ModelHealth {
        provider: Some("p".into()),
        model: Some(format!("m{}", number % 10)),
        ..Default::default()
    };
    encoded(number, None, Kind::ModelHealth(health))
}

//! The storage of the index: what comes out is what went in, or nothing.
#![allow(missing_docs)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use baton_state::fold::{create_fold, fold_record};
use baton_state::index::part::{Part, Sheet};
use baton_state::index::reader::Reader;
use baton_state::index::seen_file::{SeenFile, look_at};
use baton_state::index::storage::LocalStorage;
use baton_state::index::stored::{StoredFold, StoredWinners};
use baton_state::index::unusable::Unusable;
use baton_state::index::writer::{Changes, rebuild, update};
use baton_state::proto::state::v1::record::Kind;
use baton_state::proto::state::v1::{HandoffNote, ModelHealth, Record};
use baton_state::segment::folder::{PlacedRecord, read_folder};
use prost::Message;
use tempfile::TempDir;

const NOW: i64 = 1_790_000_000_000;

type Winners = BTreeMap<Part, StoredWinners>;
type Cursors = BTreeMap<String, SeenFile>;

fn path_in(folder: &TempDir) -> PathBuf {
    folder.path().join("index.redb")
}

fn note(workspace: &str, number: u64, text: &str) -> (u32, Vec<u8>) {
    let note = HandoffNote {
        id: Some(format!("n-{number:016x}")),
        text: Some(text.to_owned()),
        ..Default::default()
    };
    (19, encoded(Some(workspace), Kind::HandoffNote(note)))
}

fn model(name: &str) -> (u32, Vec<u8>) {
    let health = ModelHealth {
        provider: Some("p".into()),
        model: Some(name.into()),
        ..Default::default()
    };
    (21, encoded(None, Kind::ModelHealth(health)))
}

fn encoded(workspace: Option<&str>, kind: Kind) -> Vec<u8> {
    let record = Record {
        stamp: Some((NOW as u64) << 16),
        observed_at: Some(NOW),
        workspace: workspace.map(str::to_owned),
        kind: Some(kind),
        ..Default::default()
    };
    record.encode_to_vec()
}

fn winners(records: &[(u32, Vec<u8>)]) -> Winners {
    let segment = [7; 16];
    let mut fold = create_fold(NOW, None);
    for (seq, (kind, payload)) in (1..).zip(records) {
        let record = PlacedRecord {
            segment: &segment,
            offset: seq * 100,
            length: 100,
            writer: [8; 16],
            seq,
            kind: *kind,
            payload,
        };
        fold_record(&mut fold, record);
    }
    let mut stored = StoredFold::default();
    stored.absorb(&fold);
    stored.into_parts()
}

/// Twenty workspaces with a hundred notes each, and ten models.
fn many() -> Winners {
    let notes = (0..20u64).flat_map(|workspace| {
        let name = format!("ws-{workspace:016x}");
        (0..100).map(move |number| note(&name, number, &"payload ".repeat(20)))
    });
    let models = (0..10).map(|number| model(&format!("m{number}")));
    winners(&notes.chain(models).collect::<Vec<_>>())
}

/// What is kept of a folder with files that are no segments.
fn cursors(count: u64) -> Cursors {
    let folder = TempDir::new().unwrap();
    for number in 0..count {
        fs::write(folder.path().join(format!("{number}.seg")), "not a segment").unwrap();
    }
    let looks = look_at(folder.path()).unwrap();
    let read = read_folder(folder.path()).unwrap();
    let seen = read.segments.iter().map(|segment| {
        let look = looks[&segment.file];
        (segment.file.clone(), SeenFile::new(look, segment))
    });
    seen.collect()
}

fn changes(latest_ms: i64, cursors: &Cursors, winners: &Winners) -> Changes {
    let mut changes = Changes::new(latest_ms);
    changes.set_cursors(cursors).unwrap();
    for (part, winners) in winners {
        changes.set_winners(part, winners).unwrap();
    }
    changes
}

fn build(path: &Path) -> (Cursors, Winners) {
    let (cursors, winners) = (cursors(30), many());
    rebuild(&LocalStorage, path, changes(NOW, &cursors, &winners)).unwrap();
    (cursors, winners)
}

fn open(path: &Path) -> Result<Reader, Unusable> {
    Reader::open(&LocalStorage, path)
}

/// What the index says of everything that `like` names.
fn everything(path: &Path, like: &Winners) -> Result<(Cursors, Winners), Unusable> {
    let reader = open(path)?;
    let parts = like.keys();
    let winners = parts.map(|part| Ok((part.clone(), reader.winners(part)?)));
    Ok((reader.cursors()?, winners.collect::<Result<_, Unusable>>()?))
}

#[test]
fn what_was_written_comes_back() {
    let folder = TempDir::new().unwrap();
    let path = path_in(&folder);
    let (cursors, winners) = build(&path);
    assert_eq!(winners.len(), 21);
    assert_eq!(everything(&path, &winners), Ok((cursors, winners)));
    let reader = open(&path).unwrap();
    assert_eq!(reader.winners(&Part::of(Some(b"elsewhere"))), Ok(vec![]));
    assert_eq!(reader.sheet().latest_ms, NOW);
}

#[cfg(unix)]
#[test]
fn the_file_is_for_its_owner_alone_and_nothing_is_left_beside_it() {
    use std::os::unix::fs::PermissionsExt;
    let folder = TempDir::new().unwrap();
    build(&path_in(&folder));
    build(&path_in(&folder));
    assert_eq!(
        fs::metadata(path_in(&folder)).unwrap().permissions().mode() & 0o777,
        0o600
    );
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn an_update_replaces_and_adds_in_one_step() {
    let folder = TempDir::new().unwrap();
    let path = path_in(&folder);
    let (_, mut expected) = build(&path);
    let sheet = open(&path).unwrap().sheet().clone();
    let news = winners(&[note("new", 1, "b"), note("ws-0000000000000003", 7, "other")]);
    let files = cursors(31);
    let change = || changes(NOW + 1, &files, &news);
    assert_eq!(update(&LocalStorage, &path, &sheet, change()), Ok(true));
    expected.extend(news.clone());
    assert_eq!(everything(&path, &expected), Ok((files.clone(), expected)));
    assert_eq!(open(&path).unwrap().sheet().latest_ms, NOW + 1);
    assert_eq!(
        update(&LocalStorage, &path, &sheet, change()),
        Ok(false),
        "made from an older state"
    );
}

#[test]
fn a_file_of_redb_that_holds_something_else_is_of_another_version() {
    let folder = TempDir::new().unwrap();
    let path = path_in(&folder);
    drop(redb::Database::create(&path).unwrap());
    assert_eq!(open(&path).err(), Some(Unusable::OtherVersion));
}

#[test]
fn an_index_that_is_absent_locked_or_no_index_says_so() {
    let folder = TempDir::new().unwrap();
    let path = path_in(&folder);
    assert_eq!(open(&path).err(), Some(Unusable::Absent));
    fs::create_dir(&path).unwrap();
    assert_eq!(open(&path).err(), Some(Unusable::Damaged));
    fs::remove_dir(&path).unwrap();
    for bytes in [&b""[..], b"{}", &[0; 4096], &[0xff; 100_000]] {
        fs::write(&path, bytes).unwrap();
        assert_eq!(
            open(&path).err(),
            Some(Unusable::Damaged),
            "{} bytes",
            bytes.len()
        );
    }
    let (_, winners) = build(&path);
    let writer = redb::Database::open(&path).unwrap();
    assert_eq!(open(&path).err(), Some(Unusable::Locked));
    drop(writer);
    let reader = open(&path).unwrap();
    assert_eq!(
        everything(&path, &winners).map(|_| ()),
        Ok(()),
        "readers do not exclude each other"
    );
    assert_eq!(
        update(&LocalStorage, &path, reader.sheet(), Changes::new(0)),
        Err(Unusable::Locked)
    );
}

/// A small generator, so that a failure replays from the seed it prints (SplitMix64).
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[test]
fn a_damaged_file_gives_nothing_or_what_was_written() {
    let folder = TempDir::new().unwrap();
    let path = path_in(&folder);
    let expected = build(&path);
    let whole = fs::read(&path).unwrap();
    let news = winners(&[note("new", 1, "b")]);
    let rounds: u64 =
        std::env::var("BATON_TEST_ROUNDS").map_or(200, |rounds| rounds.parse().unwrap());
    let first: u64 = std::env::var("BATON_TEST_SEED").map_or(1, |seed| seed.parse().unwrap());
    let mut refused = 0;
    for seed in first..first + rounds {
        let mut state = seed;
        let mut bytes = whole.clone();
        for _ in 0..1 + next(&mut state) % 4 {
            let start = (next(&mut state) % bytes.len() as u64) as usize;
            let length = 1 + (next(&mut state) % 64) as usize;
            for byte in bytes.iter_mut().skip(start).take(length) {
                *byte = next(&mut state) as u8;
            }
        }
        fs::write(&path, &bytes).unwrap();
        match everything(&path, &expected.1) {
            Ok(seen) => assert_eq!(seen, expected, "seed {seed}"),
            Err(_) => refused += 1,
        }
        if let Ok(reader) = open(&path) {
            let sheet: Sheet = reader.sheet().clone();
            drop(reader);
            let _ = update(
                &LocalStorage,
                &path,
                &sheet,
                changes(NOW, &Cursors::new(), &news),
            );
        }
    }
    assert!(
        refused > rounds / 20,
        "only {refused} of {rounds} damaged files were noticed"
    );
}

//! The storage of the index: what comes out is what went in, or nothing.
#![allow(missing_docs)]

use std::fs;
use std::path::{Path, PathBuf};

use baton_state::index::reader::{Entry, Reader};
use baton_state::index::sheet::group_prefix;
use baton_state::index::unusable::Unusable;
use baton_state::index::writer::{Changes, rebuild, update};
use tempfile::TempDir;

fn path_in(folder: &TempDir) -> PathBuf {
    folder.path().join("index.redb")
}

fn winner(workspace: &str, number: u32, value: &str) -> Entry {
    let key = [
        group_prefix(Some(workspace.as_bytes())),
        number.to_be_bytes().to_vec(),
    ]
    .concat();
    (key, value.repeat(20).into_bytes())
}

fn changes() -> Changes {
    let mut winners: Vec<Entry> = Vec::new();
    for workspace in 0..20 {
        for number in 0..100 {
            winners.push(winner(&format!("ws-{workspace:016x}"), number, "payload"));
        }
    }
    winners.sort();
    let cursors = (0..30u8).map(|n| (vec![n; 16], vec![n; 40])).collect();
    Changes {
        latest_ms: 1_790_000_000_000,
        cursors,
        winners,
    }
}

fn everything(path: &Path) -> Result<(Vec<Entry>, Vec<Entry>), Unusable> {
    let reader = Reader::open(path)?;
    let mut winners = Vec::new();
    for group in reader.sheet().groups.clone() {
        winners.extend(winners_of(&reader, &group.prefix)?);
    }
    Ok((reader.cursors()?, winners))
}

fn winners_of(reader: &Reader, prefix: &[u8]) -> Result<Vec<Entry>, Unusable> {
    reader.winners(prefix, |key, value| Ok((key.to_vec(), value.to_vec())))
}

#[test]
fn what_was_written_comes_back() {
    let folder = TempDir::new().unwrap();
    rebuild(&path_in(&folder), changes()).unwrap();
    let (cursors, winners) = everything(&path_in(&folder)).unwrap();
    assert_eq!(cursors, changes().cursors);
    assert_eq!(winners, changes().winners);
    let reader = Reader::open(&path_in(&folder)).unwrap();
    assert_eq!(
        winners_of(&reader, &group_prefix(Some(b"ws-0000000000000003")))
            .unwrap()
            .len(),
        100
    );
    assert_eq!(
        winners_of(&reader, &group_prefix(Some(b"elsewhere"))),
        Ok(vec![])
    );
    assert_eq!(reader.sheet().latest_ms, 1_790_000_000_000);
}

#[cfg(unix)]
#[test]
fn the_file_is_for_its_owner_alone_and_nothing_is_left_beside_it() {
    use std::os::unix::fs::PermissionsExt;
    let folder = TempDir::new().unwrap();
    rebuild(&path_in(&folder), changes()).unwrap();
    rebuild(&path_in(&folder), changes()).unwrap();
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
    rebuild(&path, changes()).unwrap();
    let sheet = Reader::open(&path).unwrap().sheet().clone();
    let change = || Changes {
        latest_ms: 1_790_000_000_001,
        cursors: vec![(vec![3; 16], vec![9; 8])],
        winners: vec![
            winner("new", 1, "b"),
            winner("ws-0000000000000003", 7, "other"),
        ],
    };
    assert_eq!(update(&path, &sheet, change()), Ok(true));
    let (cursors, winners) = everything(&path).unwrap();
    assert_eq!((cursors.len(), winners.len()), (30, 2001));
    assert!(cursors.contains(&(vec![3; 16], vec![9; 8])));
    assert!(winners.contains(&winner("new", 1, "b")));
    assert!(winners.contains(&winner("ws-0000000000000003", 7, "other")));
    assert_eq!(
        update(&path, &sheet, change()),
        Ok(false),
        "made from an older state"
    );
}

#[test]
fn an_index_that_is_absent_locked_or_no_index_says_so() {
    let folder = TempDir::new().unwrap();
    let path = path_in(&folder);
    assert_eq!(Reader::open(&path).err(), Some(Unusable::Absent));
    fs::create_dir(&path).unwrap();
    assert_eq!(Reader::open(&path).err(), Some(Unusable::Damaged));
    fs::remove_dir(&path).unwrap();
    for bytes in [&b""[..], b"{}", &[0; 4096], &[0xff; 100_000]] {
        fs::write(&path, bytes).unwrap();
        assert_eq!(
            Reader::open(&path).err(),
            Some(Unusable::Damaged),
            "{} bytes",
            bytes.len()
        );
    }
    rebuild(&path, changes()).unwrap();
    let writer = redb::Database::open(&path).unwrap();
    assert_eq!(Reader::open(&path).err(), Some(Unusable::Locked));
    drop(writer);
    let reader = Reader::open(&path).unwrap();
    assert_eq!(
        everything(&path).map(|_| ()),
        Ok(()),
        "readers do not exclude each other"
    );
    assert_eq!(
        update(&path, reader.sheet(), Changes::default()),
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
    rebuild(&path, changes()).unwrap();
    let whole = fs::read(&path).unwrap();
    let expected = everything(&path).unwrap();
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
        match everything(&path) {
            Ok(seen) => assert_eq!(seen, expected, "seed {seed}"),
            Err(_) => refused += 1,
        }
        let update_of_damaged = Reader::open(&path).map(|reader| reader.sheet().clone());
        if let Ok(sheet) = update_of_damaged {
            let _ = update(
                &path,
                &sheet,
                Changes {
                    winners: vec![winner("new", 1, "b")],
                    ..Changes::default()
                },
            );
        }
    }
    assert!(
        refused > rounds / 20,
        "only {refused} of {rounds} damaged files were noticed"
    );
}

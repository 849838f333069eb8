//! What is kept up to date is what is read anew, whatever happens to the folder.

mod build;

use std::collections::HashSet;
use std::fs;
use std::path::PathBuf;

use baton_state::index::live::Live;
use baton_state::index::load::load_everything;
use baton_state::index::loaded::Places;
use baton_state::index::storage::LocalStorage;
use baton_state::proto::state::v1::record::Kind;
use baton_state::proto::state::v1::{HandoffNote, Record, UsageEvent};
use build::{Segment, compacted, segment};
use prost::Message;
use tempfile::TempDir;

const NOW: i64 = 1_790_000_000_000;
const DAY: i64 = 86_400_000;
const NOTE: u32 = 19;
const USAGE: u32 = 23;

struct Folder {
    dir: TempDir,
    places: Places,
}

impl Folder {
    fn new() -> Folder {
        let dir = TempDir::new().unwrap();
        let segments = dir.path().join("segments");
        fs::create_dir(&segments).unwrap();
        let index = dir.path().join("index.redb");
        Folder {
            places: Places {
                segments,
                index,
                storage: LocalStorage,
            },
            dir,
        }
    }

    fn path(&self, id: u8) -> PathBuf {
        self.places.segments.join(format!("{id:02}.seg"))
    }

    fn write(&self, id: u8, segment: &Segment) {
        fs::write(self.path(id), &segment.bytes).unwrap();
    }

    fn live(&self) -> Live {
        Live::read(self.places.clone(), NOW).unwrap()
    }

    /// What is read anew.
    fn status(&self, now: i64) -> Vec<u8> {
        load_everything(&self.places, now).unwrap().status(&[])
    }
}

fn note(id: u64, at: i64) -> Vec<u8> {
    let note = HandoffNote {
        id: Some(format!("n-{:016x}", id % 7)),
        text: Some(format!("Note {id}")),
        category: None,
    };
    let record = Record {
        stamp: Some(((at as u64) << 16) + id),
        observed_at: Some(at),
        workspace: Some(format!("github.com/owner/{}", id % 3)),
        kind: Some(Kind::HandoffNote(note)),
        ..Record::default()
    };
    record.encode_to_vec()
}

fn usage(id: u64, at: i64) -> Vec<u8> {
    let event = UsageEvent {
        ts: Some(at as f64),
        model: Some(format!("m{}", id % 2)),
        total_tokens: Some(id % 5),
        ..UsageEvent::default()
    };
    let record = Record {
        stamp: Some((at as u64) << 16),
        observed_at: Some(at),
        kind: Some(Kind::UsageEvent(event)),
        ..Record::default()
    };
    record.encode_to_vec()
}

/// Marsaglia's xorshift: the same numbers for the same seed.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

#[test]
fn what_is_kept_up_to_date_is_what_is_read_anew() {
    for seed in 1..=20_u64 {
        println!("seed {seed}");
        let mut random = Random(0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(seed));
        let folder = Folder::new();
        let mut live = folder.live();
        let mut segments: Vec<(u8, Segment)> = Vec::new();
        let mut sealed: HashSet<u8> = HashSet::new();
        for step in 0..30 {
            let place = random.below(segments.len().max(1) as u64) as usize;
            let sealed_before = sealed.clone();
            let written = match (random.below(20), segments.get_mut(place)) {
                (0..=2, _) | (_, None) => {
                    let id = segments.len() as u8 + 1;
                    segments.push((id, segment(id, id)));
                    folder.write(id, &segments[segments.len() - 1].1);
                    id
                }
                (3, Some((id, segment))) => {
                    *segment = segment.clone().seal();
                    folder.write(*id, segment);
                    sealed.insert(*id);
                    *id
                }
                (4, Some((id, _))) => {
                    let _ = fs::remove_file(folder.path(*id));
                    *id
                }
                (5, Some((id, segment))) => {
                    folder.write(90 + *id, segment);
                    if sealed.contains(id) {
                        sealed.insert(90 + *id);
                    }
                    90 + *id
                }
                (6, Some((id, segment))) => {
                    // A tail that is not whole yet, which the next write of this segment ends.
                    let cut = segment.bytes.len() - 1 - random.below(9) as usize;
                    fs::write(folder.path(*id), &segment.bytes[..cut]).unwrap();
                    *id
                }
                (7, Some((id, segment))) => {
                    segment.bytes.extend([7; 30]);
                    folder.write(*id, segment);
                    *id
                }
                (8, Some((id, segment))) => {
                    let bytes = segment.bytes.len() as u64;
                    let id = *id;
                    let compacted = compacted(60 + id, 60 + id, &[(id, bytes)]);
                    folder.write(60 + id, &compacted.seal());
                    sealed.insert(60 + id);
                    60 + id
                }
                (what, Some((id, segment))) => {
                    for _ in 0..=random.below(3) {
                        let at = NOW - random.below(3 * DAY as u64) as i64;
                        let record = random.below(1000);
                        *segment = match what % 2 {
                            0 => segment.clone().record(NOTE, &note(record, at)),
                            _ => segment.clone().record(USAGE, &usage(record, at)),
                        };
                    }
                    folder.write(*id, segment);
                    *id
                }
            };
            let has_news = live.has_news();
            let came = live.refresh(NOW + step).unwrap();
            // A sealed file that somebody writes to is for `refresh` alone.
            assert!(
                has_news || !came || sealed_before.contains(&written),
                "seed {seed}, step {step}: not noticed"
            );
            assert_eq!(
                live.status(NOW + step, &[]),
                folder.status(NOW + step),
                "seed {seed}, step {step}"
            );
        }
    }
}

// Elsewhere the time of a folder cannot be set.
#[cfg(unix)]
#[test]
fn an_append_is_noticed_by_the_file_alone() {
    let folder = Folder::new();
    let mut growing = segment(1, 1).record(NOTE, &note(1, NOW));
    folder.write(1, &growing);
    folder.write(2, &segment(2, 2).record(NOTE, &note(2, NOW)).seal());
    // Long enough ago that no other change can have left the folder with the same time.
    let hour_ago = std::time::SystemTime::now() - std::time::Duration::from_secs(3600);
    let handle = fs::File::open(&folder.places.segments).unwrap();
    handle.set_modified(hour_ago).unwrap();
    let mut live = folder.live();
    assert!(!live.has_news());
    growing = growing.record(NOTE, &note(3, NOW));
    folder.write(1, &growing);
    assert!(live.has_news() && live.refresh(NOW).unwrap() && !live.has_news());
    assert_eq!(live.status(NOW, &[]), folder.status(NOW));
}

#[test]
fn records_from_the_future_come_in_when_their_time_has_come() {
    let folder = Folder::new();
    let ahead = segment(1, 1).record(NOTE, &note(1, NOW + DAY + 2 * 3_600_000));
    folder.write(1, &ahead);
    let mut live = folder.live();
    assert!(!live.refresh(NOW + 1).unwrap());
    let later = NOW + 3 * 3_600_000;
    assert!(live.refresh(later).unwrap());
    assert_eq!(live.status(later, &[]), folder.status(later));
    assert!(!live.refresh(later + 1).unwrap());
}

#[test]
fn a_folder_that_comes_later_is_noticed_and_one_that_cannot_be_read_changes_nothing() {
    let folder = Folder::new();
    folder.write(1, &segment(1, 1).record(NOTE, &note(1, NOW)));
    let aside = folder.dir.path().join("aside");
    fs::rename(&folder.places.segments, &aside).unwrap();
    let mut live = folder.live();
    assert!(!live.has_news());
    fs::rename(&aside, &folder.places.segments).unwrap();
    assert!(live.has_news() && live.refresh(NOW).unwrap());
    let status = live.status(NOW, &[]);
    assert_eq!(status, folder.status(NOW));
    fs::rename(&folder.places.segments, &aside).unwrap();
    fs::write(&folder.places.segments, "no folder").unwrap();
    assert!(live.has_news() && live.refresh(NOW).is_err());
    assert_eq!(live.status(NOW, &[]), status);
}

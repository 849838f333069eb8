//! A quarantine that is stopped behind any of its steps on the disk (SEG-082): nothing is lost, and nothing counts twice.

#[path = "../../../state/tests/build/mod.rs"]
mod build;

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::{Duration, SystemTime};

use baton_state::home::Home;
use baton_state::proto::state::v1::record::Kind;
use baton_state::proto::state::v1::{HandoffNote, NoteCategory, Record};
use baton_state::record::error::BatonError;
use baton_state::segment::disk::{Disk, DiskFile, LocalDisk, Moment};
use baton_state::segment::folder::read_folder;
use build::{Segment, compacted, segment};
use prost::Message as _;
use tempfile::TempDir;

use super::quarantine::{Init, Quarantined, quarantine};

const NOW: i64 = 1_790_000_000_000;
const NOTE: u32 = 19;

/// What all files of a disk know.
#[derive(Default)]
struct Steps {
    /// How many are still taken before the disk does nothing any more.
    left: Cell<usize>,
    names: RefCell<Vec<String>>,
    /// Run once, at the next sync of a file.
    at_sync: RefCell<Option<Box<dyn FnOnce()>>>,
    /// Run once, at the second sync of a file: that of its seal.
    at_seal: RefCell<Option<Box<dyn FnOnce()>>>,
}

impl Steps {
    fn take(&self, name: &str) -> io::Result<()> {
        let left = self.left.get().checked_sub(1);
        self.left
            .set(left.ok_or_else(|| io::Error::other("stopped"))?);
        self.names.borrow_mut().push(name.to_owned());
        Ok(())
    }
}

/// The machine's disk, up to a step.
struct StoppedDisk(LocalDisk, Rc<Steps>);
struct StoppedFile(File, Rc<Steps>);

fn disk(left: usize) -> StoppedDisk {
    let steps = Steps::default();
    steps.left.set(left);
    StoppedDisk(LocalDisk::default(), Rc::new(steps))
}

impl Disk for StoppedDisk {
    type File = StoppedFile;
    fn create_new(&mut self, path: &Path) -> io::Result<StoppedFile> {
        self.1.take("create")?;
        Ok(StoppedFile(self.0.create_new(path)?, self.1.clone()))
    }
    fn remove(&mut self, path: &Path) -> io::Result<()> {
        let name = path.file_name().unwrap().to_str().unwrap();
        self.1.take(&format!("remove {name}"))?;
        self.0.remove(path)
    }
    fn sync_file(&mut self, path: &Path) -> io::Result<()> {
        self.1.take("sync other")?;
        self.0.sync_file(path)
    }
    fn sync_folder(&mut self, dir: &Path) -> io::Result<()> {
        self.1.take("sync folder")?;
        self.0.sync_folder(dir)
    }
    fn now(&self) -> Moment {
        self.0.now()
    }
}

impl DiskFile for StoppedFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // The last write of all is torn.
        let part = if self.1.left.get() == 1 {
            &bytes[..bytes.len() / 2]
        } else {
            bytes
        };
        self.1.take("write")?;
        DiskFile::write(&mut self.0, part)
    }
    fn sync_data(&mut self) -> io::Result<()> {
        if let Some(run) = self.1.at_sync.take() {
            run();
        }
        if self.1.names.borrow().iter().any(|name| name == "sync")
            && let Some(run) = self.1.at_seal.take()
        {
            run();
        }
        self.1.take("sync")?;
        DiskFile::sync_data(&mut self.0)
    }
    fn truncate(&mut self, bytes: u64) -> io::Result<()> {
        self.1.take("truncate")?;
        DiskFile::truncate(&mut self.0, bytes)
    }
    fn has_name(&self) -> io::Result<bool> {
        self.0.has_name()
    }
}

fn token() -> String {
    let letters = (0..36_u8).map(|n| char::from(b'a' + n * 7 % 26));
    ["gh", "p_"].concat() + &letters.collect::<String>()
}

fn note(n: u64, text: &str) -> Vec<u8> {
    let note = HandoffNote {
        id: Some(format!("n-{n:016x}")),
        text: Some(text.to_owned()),
        category: Some(NoteCategory::Note.into()),
    };
    let record = Record {
        stamp: Some((NOW as u64 + n) << 16),
        observed_at: Some(NOW),
        workspace: Some("github.com/owner/repo".to_owned()),
        kind: Some(Kind::HandoffNote(note)),
        ..Record::default()
    };
    record.encode_to_vec()
}

fn clean(n: u64) -> Vec<u8> {
    note(n, &format!("The parser takes list {n}"))
}

fn secret(n: u64) -> Vec<u8> {
    note(n, &format!("It was {}", token()))
}

struct Place {
    dir: TempDir,
    home: Home,
}

/// A state directory of these segments, with a snapshot and an index that hold the token too.
fn place(segments: &[(&str, &Segment)]) -> Place {
    let dir = tempfile::tempdir().unwrap();
    let home = Home::open(Some(dir.path()), &|_| None).unwrap();
    home.create().unwrap();
    for (name, segment) in segments {
        fs::write(home.segments().join(format!("{name}.seg")), &segment.bytes).unwrap();
    }
    for cache in ["latest.json", "index.redb"] {
        fs::write(dir.path().join(cache), token()).unwrap();
    }
    Place { dir, home }
}

impl Place {
    fn run(&self, disk: &mut StoppedDisk) -> Result<Quarantined, BatonError> {
        let init = Init {
            home: &self.home,
            known: None,
            now: NOW,
        };
        quarantine(&init, disk, |_| {})
    }

    /// Lets as much time pass for the segments as makes a lease an old one.
    fn age(&self) {
        for entry in fs::read_dir(self.home.segments()).unwrap() {
            let file = File::options()
                .write(true)
                .open(entry.unwrap().path())
                .unwrap();
            file.set_modified(SystemTime::now() - Duration::from_secs(700))
                .unwrap();
        }
    }

    /// Writer, number and payload of all records that count, each once.
    fn records(&self) -> BTreeSet<(u8, u64, Vec<u8>)> {
        let folder = read_folder(&self.home.segments()).unwrap();
        let mut seen = BTreeSet::new();
        for record in folder.records() {
            let is_new = seen.insert((record.writer[0], record.seq, record.payload.to_vec()));
            assert!(
                is_new,
                "record {} of {} counts twice",
                record.seq, record.writer[0]
            );
        }
        seen
    }

    /// Names of the files that hold the token.
    fn holders(&self) -> Vec<String> {
        fn files(dir: &Path) -> Vec<PathBuf> {
            let paths = fs::read_dir(dir)
                .unwrap()
                .map(|entry| entry.unwrap().path());
            paths
                .flat_map(|path| {
                    if path.is_dir() {
                        files(&path)
                    } else {
                        vec![path]
                    }
                })
                .collect()
        }
        let token = token();
        let holds = |path: &PathBuf| {
            let bytes = fs::read(path).unwrap();
            bytes
                .windows(token.len())
                .any(|window| window == token.as_bytes())
        };
        let names = files(self.dir.path()).into_iter().filter(holds);
        let mut names: Vec<_> = names
            .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
            .collect();
        names.sort();
        names
    }
}

/// Of every kind: sealed ones of which one has a copy, a compacted one beside what it replaces, an open one, a clean one.
fn every_kind() -> Place {
    let plain = segment(1, 1)
        .record(NOTE, &clean(1))
        .record(NOTE, &secret(2))
        .record(NOTE, &clean(3))
        .seal();
    let replaced = segment(2, 2)
        .record(NOTE, &clean(4))
        .record(NOTE, &secret(5))
        .seal();
    let merged = compacted(3, 3, &[(2, replaced.len()), (90, 500)])
        .copy(2, 1, NOTE, &clean(4))
        .copy(2, 2, NOTE, &secret(5))
        .copy(90, 1, NOTE, &clean(6))
        .seal();
    let open = segment(4, 4)
        .record(NOTE, &note(7, "two\nlines"))
        .record(NOTE, &clean(8));
    let sound = segment(5, 5).record(NOTE, &clean(9)).seal();
    place(&[
        ("plain", &plain),
        ("plain, a copy", &plain),
        ("replaced", &replaced),
        ("merged", &merged),
        ("open", &open),
        ("sound", &sound),
    ])
}

#[test]
fn stopped_behind_any_step_nothing_is_lost_and_nothing_counts_twice_and_the_next_run_ends_it() {
    let before = every_kind().records();
    let token = token();
    let is_clean = |(_, _, payload): &(u8, u64, Vec<u8>)| {
        !payload
            .windows(token.len())
            .any(|window| window == token.as_bytes())
    };
    let sound: BTreeSet<_> = before
        .iter()
        .filter(|record| is_clean(record))
        .cloned()
        .collect();
    assert_eq!((before.len(), sound.len()), (9, 7));
    let mut stops = 0;
    for stop in 0.. {
        let place = every_kind();
        let mut disk = disk(stop);
        let done = place.run(&mut disk).unwrap();
        let records = place.records();
        assert!(
            records.is_subset(&before) && sound.is_subset(&records),
            "stopped behind {stop}"
        );
        let is_done = disk.1.left.get() > 0;
        if is_done {
            assert_eq!(
                (done.segments, done.frames, done.taken.findings_total > 0),
                (4, 3, true)
            );
            stops = stop;
        }
        place.age();
        place.run(&mut self::disk(usize::MAX)).unwrap();
        assert_eq!(place.records(), sound, "stopped behind {stop}");
        assert_eq!(
            place.holders(),
            Vec::<String>::new(),
            "stopped behind {stop}"
        );
        if is_done {
            break;
        }
    }
    assert!(stops > 20, "{stops}");
}

#[test]
fn the_old_file_goes_last_behind_the_seal_and_the_caches() {
    let old = segment(1, 1).record(NOTE, &secret(1)).seal();
    let place = place(&[("old", &old)]);
    let mut disk = disk(usize::MAX);
    place.run(&mut disk).unwrap();
    let expected = [
        "create",
        "write",
        "sync",
        "write",
        "sync",
        "sync folder",
        "remove latest.json",
        "remove index.redb",
        "remove old.seg",
        "sync folder",
    ];
    assert_eq!(*disk.1.names.borrow(), expected);
}

#[test]
fn who_lost_the_lease_does_not_seal_and_leaves_all_as_it_was() {
    let old = segment(1, 1).record(NOTE, &secret(1)).seal();
    let place = place(&[("old", &old)]);
    let other = place.dir.path().join("locks/gc.2");
    let mut disk = disk(usize::MAX);
    *disk.1.at_sync.borrow_mut() = Some(Box::new(move || fs::write(other, "another").unwrap()));
    assert_eq!(place.run(&mut disk).unwrap_err().code(), "BTN-S09");
    assert_eq!(place.records().len(), 1);
    assert_eq!(place.holders(), ["index.redb", "latest.json", "old.seg"]);
    let there = fs::read_dir(place.home.segments()).unwrap().count();
    assert_eq!(there, 1, "what was written is removed");
}

#[test]
fn who_slept_over_the_seal_deletes_nothing_although_its_file_was_deleted() {
    let old = segment(1, 1)
        .record(NOTE, &secret(1))
        .record(NOTE, &clean(2))
        .seal();
    let place = place(&[("old", &old)]);
    let before = place.records();
    let (other, segments) = (place.dir.path().join("locks/gc.2"), place.home.segments());
    let mut disk = disk(usize::MAX);
    // Behind the last look at the lease: another run took it over, and deleted what looked like a leftover.
    *disk.1.at_seal.borrow_mut() = Some(Box::new(move || {
        fs::write(other, "another").unwrap();
        for entry in fs::read_dir(segments).unwrap().flatten() {
            if entry.file_name() != "old.seg" {
                fs::remove_file(entry.path()).unwrap();
            }
        }
    }));
    assert_eq!(place.run(&mut disk).unwrap_err().code(), "BTN-S09");
    assert_eq!(place.records(), before);
}

#[test]
fn what_an_unfinished_merge_names_stays_because_that_one_would_count_without_it() {
    let old = segment(1, 1)
        .record(NOTE, &secret(1))
        .record(NOTE, &clean(2))
        .seal();
    let merge = compacted(2, 2, &[(1, old.len())]).copy(1, 1, NOTE, &secret(1));
    let place = place(&[("old", &old), ("merge", &merge)]);
    let done = place.run(&mut disk(usize::MAX)).unwrap();
    let files: Vec<_> = done.left.iter().map(|(file, _)| file.as_str()).collect();
    assert_eq!(files, ["segments/merge.seg", "segments/old.seg"]);
    assert_eq!(place.records().len(), 2);
    place.age();
    assert_eq!(place.run(&mut disk(usize::MAX)).unwrap().segments, 2);
    assert_eq!(place.records().len(), 1);
}

#[test]
fn files_of_one_segment_that_differ_stay_as_they_are() {
    let first = segment(1, 1).record(NOTE, &secret(1)).seal();
    let second = segment(1, 1)
        .record(NOTE, &clean(2))
        .record(NOTE, &clean(3))
        .seal();
    let place = place(&[("first", &first), ("second", &second)]);
    let before = place.records();
    let done = place.run(&mut disk(usize::MAX)).unwrap();
    assert_eq!((done.segments, done.left.len()), (0, 1));
    assert_eq!(place.records(), before);
}

#[test]
fn more_frames_than_findings_are_listed_all_go() {
    let count = super::found::MOST_LISTED as u64 * 2 + 1;
    let records = 0..count;
    let old = records.fold(segment(1, 1), |segment, n| {
        segment.record(NOTE, &note(n, "two\nlines"))
    });
    let place = place(&[("old", &old.record(NOTE, &clean(7)).seal())]);
    let done = place.run(&mut disk(usize::MAX)).unwrap();
    assert_eq!((done.segments, done.frames), (1, count));
    assert_eq!(place.records().len(), 1);
}

#[test]
fn every_reason_fits_into_its_field() {
    use super::reason::*;
    use baton_state::segment::quarantine::Unfit::*;
    let unfit = [Headless, Newer, Unsealed, Unfinished, Damaged, Full].map(reason_of);
    let others = [COPIES, NAMED, STILL_NEEDED, TOO_LARGE, UNCLEAN];
    for reason in unfit.into_iter().chain(others) {
        assert!(reason.len() <= 200, "{} bytes: {reason}", reason.len());
    }
}

//! Leases: one process at a time (SEG-055). `ts/test/home/lease.test.ts` has the same with the other language.

use std::fs::{self, File};
use std::path::Path;
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, SystemTime};

use baton_state::home::Lease;
use tempfile::TempDir;

fn take(dir: &TempDir) -> Option<Lease> {
    Lease::take(&locks(dir), "gc").unwrap()
}

fn locks(dir: &TempDir) -> std::path::PathBuf {
    dir.path().join("locks")
}

fn names(dir: &TempDir) -> Vec<String> {
    let entries = fs::read_dir(locks(dir)).unwrap().flatten();
    let mut names: Vec<_> = entries
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn age(path: &Path, minutes: i64) {
    let by = Duration::from_secs(60 * minutes.unsigned_abs());
    let now = SystemTime::now();
    let at = if minutes > 0 { now - by } else { now + by };
    let file = File::options().write(true).open(path).unwrap();
    file.set_modified(at).unwrap();
}

#[test]
fn a_lease_is_held_by_one_and_given_back_when_it_is_dropped() {
    let dir = tempfile::tempdir().unwrap();
    let lease = take(&dir).unwrap();
    assert!(lease.holds() && lease.touch().unwrap());
    assert!(take(&dir).is_none());
    assert!(Lease::take(&locks(&dir), "import").unwrap().is_some());
    assert_eq!(names(&dir), ["gc.1"]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o777;
        assert_eq!(mode(&locks(&dir)), 0o700);
        assert_eq!(mode(&locks(&dir).join("gc.1")), 0o600);
    }
    drop(lease);
    assert_eq!(names(&dir), Vec::<String>::new());
}

#[test]
fn one_that_was_not_touched_for_ten_minutes_is_taken_over_and_its_holder_sees_that() {
    let dir = tempfile::tempdir().unwrap();
    let asleep = take(&dir).unwrap();
    age(&locks(&dir).join("gc.1"), 9);
    assert!(take(&dir).is_none());
    assert!(asleep.touch().unwrap());
    for minutes in [11, -11] {
        age(&locks(&dir).join("gc.1"), minutes);
        let next = take(&dir).unwrap();
        assert!(next.holds() && !asleep.holds());
        assert!(!asleep.touch().unwrap());
        assert_eq!(names(&dir), ["gc.1", "gc.2"]);
        if minutes > 0 {
            // Who goes without a word leaves its file behind.
            std::mem::forget(next);
            fs::remove_file(locks(&dir).join("gc.2")).unwrap();
        } else {
            drop(next);
            assert_eq!(names(&dir), Vec::<String>::new());
        }
    }
    assert!(!asleep.holds());
    let other = take(&dir).unwrap();
    drop(asleep);
    assert!(other.holds(), "only the holder gives a lease back");
}

#[test]
fn what_is_called_otherwise_is_no_lease() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(locks(&dir)).unwrap();
    for name in [
        "gc",
        "gc.",
        "gc.x",
        "gc.1234567890123456",
        "xgc.1",
        "gc.1.tmp",
    ] {
        fs::write(locks(&dir).join(name), "").unwrap();
    }
    assert!(take(&dir).is_some());
}

#[test]
fn of_many_that_ask_at_once_at_most_one_holds_it_at_a_time() {
    let dir = tempfile::tempdir().unwrap();
    let (inside, taken) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let barrier = Barrier::new(8);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                barrier.wait();
                for _ in 0..40 {
                    let Some(_lease) = take(&dir) else { continue };
                    assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0);
                    taken.fetch_add(1, Ordering::SeqCst);
                    thread::yield_now();
                    inside.fetch_sub(1, Ordering::SeqCst);
                }
            });
        }
    });
    assert!(taken.into_inner() > 0);
    assert_eq!(names(&dir), Vec::<String>::new());
}

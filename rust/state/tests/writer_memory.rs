//! A writer keeps nothing of what it wrote, nor of what it could not write. Alone in its program, which it measures.
#![cfg(target_os = "linux")]

#[allow(dead_code)]
mod disk;

use std::cell::Cell;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use baton_state::segment::disk::{Disk, DiskFile, Moment};
use baton_state::segment::writer::Durability::{Durable, Written};
use baton_state::segment::writer::Writer;
use disk::{init, notes};

/// Bytes that the batches of one round hold together, about.
const ROUND: usize = 16 << 20;
/// Most KiB that the program may grow by meanwhile.
const MOST_GROWTH: u64 = 4 << 10;

/// A disk that forgets everything, and fails while it is told to.
#[derive(Clone, Default)]
struct Void(Rc<Cell<bool>>);

impl Void {
    fn answer<T>(&self, done: T) -> io::Result<T> {
        if self.0.get() {
            Err(ErrorKind::StorageFull.into())
        } else {
            Ok(done)
        }
    }
}

impl Disk for Void {
    type File = Void;

    fn create_new(&mut self, _path: &Path) -> io::Result<Void> {
        Ok(self.clone())
    }

    fn remove(&mut self, _path: &Path) -> io::Result<()> {
        Ok(())
    }

    fn sync_folder(&mut self, _dir: &Path) -> io::Result<()> {
        self.answer(())
    }

    fn now(&self) -> Moment {
        Moment {
            wall_ms: 1_700_000_000_000,
            ticks: Duration::ZERO,
        }
    }
}

impl DiskFile for Void {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.answer(bytes.len())
    }

    fn sync_data(&mut self) -> io::Result<()> {
        self.answer(())
    }

    fn truncate(&mut self, _bytes: u64) -> io::Result<()> {
        self.answer(())
    }

    fn has_name(&self) -> io::Result<bool> {
        Ok(true)
    }
}

/// Most KiB that this program ever held.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM:"))
        .unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
fn a_writer_holds_no_more_after_many_batches_than_after_a_few_whether_they_were_written_or_not() {
    let void = Void::default();
    let mut writer = Writer::open_on(void.clone(), init(Path::new("/segments"))).unwrap();
    let text = "word ".repeat(39);
    let batch = notes(&vec![text.trim(); 500]);
    let bytes: usize = batch.iter().map(|record| record.payload().len()).sum();
    let mut round = |count: usize, is_full: bool| {
        void.0.set(is_full);
        for number in 0..count {
            let durability = if number % 2 == 0 { Written } else { Durable };
            assert_eq!(writer.append(&batch, durability).is_err(), is_full);
        }
    };
    round(4, false);
    round(4, true);
    let before = peak();
    round(ROUND / bytes, false);
    let written = peak();
    round(ROUND / bytes, true);
    round(1, false);
    let refused = peak();
    println!(
        "{before} KiB before, {written} after {ROUND} bytes written, {refused} after as many refused"
    );
    assert!(written - before < MOST_GROWTH && refused - written < MOST_GROWTH);
}

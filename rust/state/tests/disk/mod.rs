//! A disk for tests that fails as its script says, and a writer on it.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use baton_state::guard::record::{GuardedRecord, guard_record};
use baton_state::proto::state::v1::{HandoffNote, Record, record::Kind};
use baton_state::segment::disk::{Disk, DiskFile, LocalDisk, Moment};
use baton_state::segment::folder::{Folder, read_folder};
use baton_state::segment::writer::{Writer, WriterInit};
use tempfile::TempDir;

/// What happens at a system call, instead of what should.
pub enum Fault {
    None,
    Short(usize),
    Fail(i32),
    /// The file loses its name, and so many seconds pass.
    #[cfg(unix)]
    Sleep(PathBuf, u64),
}

#[derive(Default)]
pub struct Script {
    pub writes: VecDeque<Fault>,
    pub syncs: VecDeque<Fault>,
    /// Seconds since the start, by the clock on the wall and by the other one.
    pub wall: u64,
    pub ticks: u64,
    pub synced_files: usize,
    pub synced_folders: usize,
}

pub struct TestDisk(Rc<RefCell<Script>>, LocalDisk);
pub struct TestFile(Rc<RefCell<Script>>, File);

impl Disk for TestDisk {
    type File = TestFile;
    fn create_new(&mut self, path: &Path) -> io::Result<TestFile> {
        Ok(TestFile(self.0.clone(), self.1.create_new(path)?))
    }
    fn remove(&mut self, path: &Path) -> io::Result<()> {
        self.1.remove(path)
    }
    fn sync_folder(&mut self, dir: &Path) -> io::Result<()> {
        self.0.borrow_mut().synced_folders += 1;
        self.1.sync_folder(dir)
    }
    fn now(&self) -> Moment {
        let script = self.0.borrow();
        Moment {
            wall_ms: 1_700_000_000_000 + script.wall * 1000,
            ticks: Duration::from_secs(script.ticks),
        }
    }
}

impl DiskFile for TestFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let fault = self
            .0
            .borrow_mut()
            .writes
            .pop_front()
            .unwrap_or(Fault::None);
        match fault {
            Fault::None => DiskFile::write(&mut self.1, bytes),
            Fault::Short(count) => DiskFile::write(&mut self.1, &bytes[..count.min(bytes.len())]),
            Fault::Fail(code) => Err(io::Error::from_raw_os_error(code)),
            #[cfg(unix)]
            Fault::Sleep(file, seconds) => {
                fs::remove_file(file)?;
                self.0.borrow_mut().ticks += seconds;
                DiskFile::write(&mut self.1, bytes)
            }
        }
    }
    fn sync_data(&mut self) -> io::Result<()> {
        let fault = self.0.borrow_mut().syncs.pop_front().unwrap_or(Fault::None);
        self.0.borrow_mut().synced_files += 1;
        match fault {
            Fault::Fail(code) => Err(io::Error::from_raw_os_error(code)),
            _ => DiskFile::sync_data(&mut self.1),
        }
    }
    fn truncate(&mut self, bytes: u64) -> io::Result<()> {
        self.1.truncate(bytes)
    }
    fn has_name(&self) -> io::Result<bool> {
        self.1.has_name()
    }
}

/// A writer on a disk with a script.
pub struct Scene {
    pub dir: TempDir,
    pub script: Rc<RefCell<Script>>,
    pub writer: Writer<TestDisk>,
}

/// A writer that has written nothing, and no script.
pub fn scene() -> Scene {
    let dir = tempfile::tempdir().unwrap();
    let script = Rc::new(RefCell::new(Script::default()));
    let disk = TestDisk(script.clone(), LocalDisk::default());
    let writer = Writer::open_on(disk, init(dir.path())).unwrap();
    Scene {
        dir,
        script,
        writer,
    }
}

/// What a writer in a folder needs.
pub fn init(dir: &Path) -> WriterInit {
    WriterInit {
        dir: dir.to_path_buf(),
        name: "test".to_owned(),
        version: "0".to_owned(),
        key_id: None,
    }
}

impl Scene {
    pub fn folder(&self) -> Folder {
        read_folder(self.dir.path()).unwrap()
    }

    pub fn seqs(&self) -> Vec<u64> {
        let mut seqs: Vec<u64> = self.folder().records().map(|record| record.seq).collect();
        seqs.sort_unstable();
        seqs
    }

    pub fn files(&self) -> Vec<PathBuf> {
        let files = fs::read_dir(self.dir.path()).unwrap();
        files.map(|file| file.unwrap().path()).collect()
    }

    pub fn next_writes(&self, faults: impl IntoIterator<Item = Fault>) {
        self.script.borrow_mut().writes.extend(faults);
    }
}

/// Guarded notes with these texts, of one stamp.
pub fn notes(texts: &[&str]) -> Vec<GuardedRecord> {
    let note = |text: &&str| Record {
        stamp: Some(5 << 16),
        kind: Some(Kind::HandoffNote(HandoffNote {
            text: Some((*text).to_owned()),
            ..Default::default()
        })),
        ..Default::default()
    };
    texts
        .iter()
        .map(|text| guard_record(&note(text)).unwrap())
        .collect()
}

//! The storage of redb with every operation counted, and a plan of what goes wrong at which.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};

use baton_state::index::storage::Storage;
use redb::{Builder, Database, DatabaseError, ReadOnlyDatabase, StorageBackend};

use crate::medium::{Damage, Medium};
use crate::random::Random;

/// What goes wrong at an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mishap {
    FailsOnce(ErrorKind),
    FailsFromThenOn(ErrorKind),
    /// The process is killed or the power goes: half of a write is out, and nothing happens any more.
    Dies,
    /// From then on the disk says that it syncs, and does not.
    Lies,
}

/// One storage for all files of an index.
#[derive(Debug, Clone, Default)]
pub struct Bench(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    plan: Option<(u64, Mishap)>,
    operations: u64,
    /// The file that was opened for writing last.
    medium: Medium,
}

enum Fate {
    Done,
    Half,
    Unsynced,
}

impl State {
    fn step(&mut self) -> io::Result<Fate> {
        self.operations += 1;
        match self.plan {
            Some((at, Mishap::FailsOnce(kind))) if self.operations == at => Err(kind.into()),
            Some((at, Mishap::FailsFromThenOn(kind))) if self.operations >= at => Err(kind.into()),
            Some((at, Mishap::Dies)) if self.operations == at => Ok(Fate::Half),
            Some((at, Mishap::Dies)) if self.operations > at => Err(ErrorKind::Other.into()),
            Some((at, Mishap::Lies)) if self.operations >= at => Ok(Fate::Unsynced),
            _ => Ok(Fate::Done),
        }
    }
}

impl Bench {
    /// A storage with which this goes wrong at the operation of this number, counted from 1.
    pub fn with(at: u64, mishap: Mishap) -> Bench {
        let bench = Bench::default();
        bench.state().plan = Some((at, mishap));
        bench
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Who panics between two operations leaves the state as it was.
        self.0
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    pub fn operations(&self) -> u64 {
        self.state().operations
    }

    /// Whether everything that was written is synced.
    pub fn is_synced(&self) -> bool {
        self.state().medium.is_synced()
    }

    /// What is left of the file that was opened for writing last, after a kill.
    pub fn after_kill(&self) -> Vec<u8> {
        self.state().medium.seen().to_vec()
    }

    /// The same after a power cut.
    pub fn after_cut(&self, damage: Damage, random: &mut Random) -> Vec<u8> {
        let state = self.state();
        let stale = state
            .medium
            .seen()
            .iter()
            .rev()
            .copied()
            .collect::<Vec<_>>();
        state.medium.after_cut(damage, random, &stale)
    }

    fn backend(&self, file: File, bytes: Vec<u8>) -> Backend {
        self.state().medium = Medium::of(bytes);
        Backend(self.clone(), file)
    }
}

impl Storage for Bench {
    fn create(&self, builder: &Builder, file: File) -> Result<Database, DatabaseError> {
        builder.create_with_backend(self.backend(file, Vec::new()))
    }

    fn open(&self, builder: &Builder, path: &Path) -> Result<Database, DatabaseError> {
        let file = File::options().read(true).write(true).open(path)?;
        builder.create_with_backend(self.backend(file, fs::read(path)?))
    }

    fn open_read_only(
        &self,
        builder: &Builder,
        path: &Path,
    ) -> Result<ReadOnlyDatabase, DatabaseError> {
        builder.open_read_only_with_backend(self.backend(File::open(path)?, fs::read(path)?))
    }
}

#[derive(Debug)]
struct Backend(Bench, File);

impl StorageBackend for Backend {
    fn len(&self) -> io::Result<u64> {
        let mut state = self.0.state();
        state.step()?;
        Ok(state.medium.seen().len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let mut state = self.0.state();
        state.step()?;
        let rest = state
            .medium
            .seen()
            .get(offset as usize..)
            .unwrap_or_default();
        out.copy_from_slice(rest.get(..out.len()).ok_or(ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut state = self.0.state();
        state.step()?;
        state.medium.set_len(len as usize);
        self.1.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut state = self.0.state();
        match state.step() {
            Ok(Fate::Done) => state.medium.sync(),
            Ok(Fate::Half | Fate::Unsynced) => {}
            Err(error) => {
                state.medium.fail_to_sync();
                return Err(error);
            }
        }
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut state = self.0.state();
        let data = match state.step()? {
            Fate::Half => &data[..data.len() / 2],
            Fate::Done | Fate::Unsynced => data,
        };
        state.medium.write(offset as usize, data);
        let mut file = &self.1;
        file.seek(SeekFrom::Start(offset))?;
        file.write_all(data)
    }
}

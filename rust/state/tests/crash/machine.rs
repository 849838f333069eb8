//! A machine in memory: files, names and clocks, every call counted, and a plan of what goes wrong at which.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::Duration;

use baton_state::segment::disk::Moment;

use crate::medium::{Damage, Medium};
use crate::random::Random;

/// The names and contents of the files that are left.
pub type Survivors = Vec<(PathBuf, Vec<u8>)>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    Create,
    Write,
    Sync,
    Truncate,
    HasName,
    Remove,
    SyncFolder,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Error {
    NoSpace,
    Quota,
    Io,
}

impl Error {
    pub const ALL: [Error; 3] = [Error::NoSpace, Error::Quota, Error::Io];

    fn error(self) -> io::Error {
        match self {
            Error::NoSpace => ErrorKind::StorageFull.into(),
            Error::Quota => ErrorKind::QuotaExceeded.into(),
            Error::Io => io::Error::from_raw_os_error(5),
        }
    }
}

/// Calls that fail.
#[derive(Debug, Clone, Copy)]
pub struct Fault {
    /// Number of the first one, from 1.
    pub at: u64,
    /// How many in a row.
    pub calls: u64,
    pub error: Error,
}

fn is_no_room(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded
    )
}

/// How much of a call takes place although it fails or never returns: quarters of it.
pub type Quarters = usize;
pub const WHOLE: Quarters = 4;

/// What goes wrong.
#[derive(Debug, Default)]
pub struct Plan {
    pub faults: Vec<Fault>,
    /// The only calls that fail; all where none is named.
    pub only: Option<Call>,
    /// How much of a call that fails takes place.
    pub part: Quarters,
    /// The call at which the process dies, and how much of it takes place.
    pub dies: Option<(u64, Quarters)>,
    /// Makes writes short and interrupts them.
    pub shorts: Option<Random>,
}

/// What becomes of a call.
enum Fate {
    Done,
    Fails(io::Error, Quarters),
}

#[derive(Default)]
pub struct Machine {
    pub plan: Plan,
    /// The calls so far.
    pub calls: Vec<Call>,
    /// Those that failed.
    pub failed: u64,
    pub is_dead: bool,
    pub wall_ms: u64,
    pub ticks: Duration,
    files: Vec<Medium>,
    /// File of each name, as processes see it.
    names: BTreeMap<PathBuf, usize>,
    /// What each name stood for since the folder was synced last, the present state left out.
    earlier: BTreeMap<PathBuf, Vec<Option<usize>>>,
}

impl Machine {
    /// A machine that was started again with these files.
    pub fn with(survivors: &Survivors) -> Machine {
        let files = survivors.iter().map(|(_, bytes)| Medium::of(bytes.clone()));
        let names = survivors.iter().enumerate();
        Machine {
            files: files.collect(),
            names: names
                .map(|(file, (path, _))| (path.clone(), file))
                .collect(),
            wall_ms: 1_700_000_000_000,
            ..Machine::default()
        }
    }

    pub fn now(&self) -> Moment {
        Moment {
            wall_ms: self.wall_ms,
            ticks: self.ticks,
        }
    }

    fn fate(&mut self, call: Call) -> Fate {
        if self.is_dead {
            return Fate::Fails(ErrorKind::Other.into(), 0);
        }
        self.calls.push(call);
        let number = self.calls.len() as u64;
        if let Some((_, part)) = self.plan.dies.filter(|(at, _)| *at == number) {
            self.is_dead = true;
            return Fate::Fails(ErrorKind::Other.into(), part);
        }
        let mut faults = self.plan.faults.iter();
        let fault = faults.find(|fault| number >= fault.at && number - fault.at < fault.calls);
        let fault = fault.filter(|_| self.plan.only.is_none_or(|only| only == call));
        match fault {
            Some(fault) => {
                self.failed += 1;
                Fate::Fails(fault.error.error(), self.plan.part)
            }
            None => Fate::Done,
        }
    }

    /// Does `whole` unless the call fails; then maybe all the same.
    fn all_or_nothing<T>(
        &mut self,
        call: Call,
        whole: impl FnOnce(&mut Machine) -> T,
    ) -> io::Result<T> {
        match self.fate(call) {
            Fate::Done => Ok(whole(self)),
            Fate::Fails(error, part) => {
                if part == WHOLE {
                    whole(self);
                }
                Err(error)
            }
        }
    }

    pub fn create(&mut self, path: &Path) -> io::Result<usize> {
        assert!(!self.names.contains_key(path), "ids are random");
        self.all_or_nothing(Call::Create, |machine| {
            machine.files.push(Medium::default());
            let file = machine.files.len() - 1;
            machine.name(path, Some(file));
            file
        })
    }

    pub fn remove(&mut self, path: &Path) -> io::Result<()> {
        self.all_or_nothing(Call::Remove, |machine| machine.name(path, None))
    }

    fn name(&mut self, path: &Path, file: Option<usize>) {
        let before = match file {
            Some(file) => self.names.insert(path.to_path_buf(), file),
            None => self.names.remove(path),
        };
        self.earlier
            .entry(path.to_path_buf())
            .or_default()
            .push(before);
    }

    pub fn write(&mut self, file: usize, bytes: &[u8]) -> io::Result<usize> {
        let (count, result) = match self.fate(Call::Write) {
            // POSIX, write(): where there is room for some bytes, these are written and counted, and it does not fail.
            Fate::Fails(error, _) if is_no_room(&error) => (0, Err(error)),
            Fate::Fails(error, part) => (bytes.len() * part / WHOLE, Err(error)),
            Fate::Done => match self
                .plan
                .shorts
                .as_mut()
                .map(|random| (random.below(8), random))
            {
                Some((0, _)) => (0, Err(ErrorKind::Interrupted.into())),
                Some((1..=3, random)) => {
                    let count = 1 + random.below(bytes.len());
                    (count, Ok(count))
                }
                _ => (bytes.len(), Ok(bytes.len())),
            },
        };
        let file = &mut self.files[file];
        file.write(file.seen().len(), &bytes[..count]);
        result
    }

    pub fn sync(&mut self, file: usize) -> io::Result<()> {
        let is_dead = self.is_dead;
        let result = self.all_or_nothing(Call::Sync, |machine| machine.files[file].sync());
        if result.is_err() && !is_dead {
            self.files[file].fail_to_sync();
        }
        result
    }

    pub fn truncate(&mut self, file: usize, length: u64) -> io::Result<()> {
        self.all_or_nothing(Call::Truncate, |machine| {
            machine.files[file].set_len(length as usize)
        })
    }

    pub fn has_name(&mut self, file: usize) -> io::Result<bool> {
        self.all_or_nothing(Call::HasName, |machine| {
            machine.names.values().any(|named| *named == file)
        })
    }

    pub fn sync_folder(&mut self) -> io::Result<()> {
        self.all_or_nothing(Call::SyncFolder, |machine| machine.earlier.clear())
    }

    /// Bytes of the file that was created last.
    pub fn seen(&self) -> u64 {
        self.files.last().map_or(0, |file| file.seen().len() as u64)
    }

    /// What is there after the process was killed.
    pub fn after_kill(&self) -> Survivors {
        let mut names: Vec<_> = self.names.iter().collect();
        names.sort_by_key(|(_, file)| **file);
        names
            .into_iter()
            .map(|(path, file)| (path.clone(), self.files[*file].seen().to_vec()))
            .collect()
    }

    /// What is there after a power cut that does `damage` to each file, or one of its own to each where there is none.
    pub fn after_cut(&self, damage: Option<Damage>, random: &mut Random) -> Survivors {
        let mut survivors = Survivors::new();
        let paths: BTreeSet<&PathBuf> = self.names.keys().chain(self.earlier.keys()).collect();
        let stands_for = |path: &PathBuf| {
            let mut stands_for = vec![self.names.get(path).copied()];
            stands_for.extend(self.earlier.get(path).into_iter().flatten());
            stands_for
        };
        // Names are random: only in the order of the files does the same seed come to the same.
        let mut paths: Vec<_> = paths
            .into_iter()
            .map(|path| (stands_for(path), path))
            .collect();
        paths.sort_by_key(|(stands_for, _)| stands_for.iter().copied().flatten().min());
        for (stands_for, path) in paths {
            if let Some(file) = random.pick(&stands_for) {
                let damage = damage.unwrap_or_else(|| random.pick(&Damage::ALL));
                let stale = random.below(self.files.len());
                let bytes = self.files[file].after_cut(damage, random, self.files[stale].seen());
                survivors.push((path.clone(), bytes));
            }
        }
        survivors
    }
}

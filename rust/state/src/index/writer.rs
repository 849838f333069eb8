//! The file `index.redb`, written: built anew beside the old one, or added to in one transaction.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, SystemTime};

use redb::{Builder, Database, ReadableTable, WriteTransaction};

use super::isolate::isolated;
use super::part::{Part, SHEET_KEY, Sheet, encoded};
use super::reader::PARTS;
use super::seen_file::SeenFile;
use super::storage::Storage;
use super::stored::StoredWinners;
use super::unusable::{Unusable, guarded};
use crate::segment::disk::{Disk as _, LocalDisk};

const CACHE: usize = 32 << 20;
const LOCK_TRIES: u32 = 20;
const LOCK_PAUSE: Duration = Duration::from_millis(10);
const LEFTOVER_AGE: Duration = Duration::from_secs(3600);

/// Parts to write.
#[derive(Debug, Default)]
pub struct Changes {
    /// Latest moment of the records behind the parts ([`Sheet::latest_ms`]).
    pub latest_ms: i64,
    /// The parts, encoded, under their keys.
    parts: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Changes {
    /// Nothing to write, of records up to this moment.
    pub fn new(latest_ms: i64) -> Changes {
        Changes {
            latest_ms,
            parts: Vec::new(),
        }
    }

    /// The cursors of all segment files.
    pub fn set_cursors(&mut self, cursors: &BTreeMap<String, SeenFile>) -> Result<(), Unusable> {
        self.parts.push((Part::Cursors.key(), encoded(cursors)?));
        Ok(())
    }

    /// All winners of a part, in byte order of their identity keys.
    pub fn set_winners(&mut self, part: &Part, winners: &StoredWinners) -> Result<(), Unusable> {
        self.parts.push((part.key(), encoded(winners)?));
        Ok(())
    }
}

/// Builds the index anew: one transaction into a new file of mode 0600, synced, then renamed over `path`.
///
/// A crash leaves the old index and a file that the next rebuild deletes after an hour. Refuses what the operating
/// system refuses.
pub fn rebuild(storage: &impl Storage, path: &Path, changes: Changes) -> Result<(), Unusable> {
    let fresh = fresh_path(path)?;
    let result = write_fresh(storage, &fresh, changes).and_then(|()| {
        replace(&fresh, path)?;
        let folder = path.parent().unwrap_or(Path::new("."));
        Ok(LocalDisk::default().sync_folder(folder)?)
    });
    if result.is_err() {
        let _ = fs::remove_file(&fresh);
    }
    result
}

fn write_fresh(storage: &impl Storage, fresh: &Path, changes: Changes) -> Result<(), Unusable> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(fresh)?;
    let synced = file.try_clone()?;
    guarded(|| {
        let database = storage.create(&builder(), file)?;
        let transaction = database.begin_write()?;
        write_parts(&transaction, Sheet::new(changes.latest_ms), &changes)?;
        transaction.commit()?;
        database.close()?;
        Ok(())
    })?;
    Ok(synced.sync_all()?)
}

/// Gives the fresh file the name of the old one. Windows refuses that while somebody has the old one open, so readers there
/// get the time to leave that `open_for_writing` gives them.
fn replace(fresh: &Path, path: &Path) -> io::Result<()> {
    for _ in 1..LOCK_TRIES {
        match fs::rename(fresh, path) {
            Err(error) if cfg!(windows) && error.kind() == ErrorKind::PermissionDenied => {
                sleep(LOCK_PAUSE);
            }
            result => return result,
        }
    }
    fs::rename(fresh, path)
}

/// Changes the index in one transaction: parts that are there are replaced.
///
/// Takes the sheet that the changes were made from. Gives whether they were written: not where another process has
/// written since. Refuses an index that does not prove; then it must be built anew. Waits at most 200 ms for readers
/// and writers to leave the file.
pub fn update(
    storage: &impl Storage,
    path: &Path,
    based_on: &Sheet,
    changes: Changes,
) -> Result<bool, Unusable> {
    let database = open_for_writing(storage, path)?;
    let written = guarded(|| {
        let transaction = database.begin_write()?;
        let mut sheet = sheet_of(&transaction)?;
        if sheet != *based_on {
            transaction.abort()?;
            return Ok(false);
        }
        sheet.latest_ms = sheet.latest_ms.max(changes.latest_ms);
        write_parts(&transaction, sheet, &changes)?;
        transaction.commit()?;
        Ok(true)
    });
    let closed = isolated(move || drop(database)).map_err(|_| Unusable::Damaged);
    written.and_then(|written| closed.map(|()| written))
}

fn open_for_writing(storage: &impl Storage, path: &Path) -> Result<Database, Unusable> {
    if !fs::metadata(path)?.is_file() {
        return Err(Unusable::Damaged);
    }
    for _ in 1..LOCK_TRIES {
        match try_open(storage, path) {
            Err(Unusable::Locked) => sleep(LOCK_PAUSE),
            result => return result,
        }
    }
    try_open(storage, path)
}

fn try_open(storage: &impl Storage, path: &Path) -> Result<Database, Unusable> {
    isolated(|| storage.open(&builder(), path))
        .map_err(|_| Unusable::Damaged)?
        .map_err(Unusable::from)
}

fn builder() -> Builder {
    let mut builder = Builder::new();
    builder.set_cache_size(CACHE);
    builder
}

fn sheet_of(transaction: &WriteTransaction) -> Result<Sheet, redb::Error> {
    let parts = transaction.open_table(PARTS)?;
    let stored = parts.get(SHEET_KEY)?.ok_or_else(|| corrupted("no sheet"))?;
    Sheet::unseal(stored.value()).map_err(corrupted)
}

fn write_parts(
    transaction: &WriteTransaction,
    mut sheet: Sheet,
    changes: &Changes,
) -> Result<(), redb::Error> {
    let mut parts = transaction.open_table(PARTS)?;
    for (key, value) in &changes.parts {
        sheet.list(key, value);
        parts.insert(key.as_slice(), value.as_slice())?;
    }
    let stored = sheet.seal().map_err(corrupted)?;
    parts.insert(SHEET_KEY, stored.as_slice())?;
    Ok(())
}

fn corrupted(what: impl ToString) -> redb::Error {
    redb::Error::Corrupted(what.to_string())
}

/// A name beside `path` that is not in use; leftovers of rebuilds that were killed over an hour ago are deleted.
fn fresh_path(path: &Path) -> Result<PathBuf, Unusable> {
    let (Some(folder), Some(name)) = (
        path.parent(),
        path.file_name().and_then(|name| name.to_str()),
    ) else {
        return Err(Unusable::Io(ErrorKind::InvalidInput));
    };
    let mark = format!("{name}.new-");
    for entry in fs::read_dir(folder)?.flatten() {
        let is_leftover = entry
            .file_name()
            .to_str()
            .is_some_and(|name| name.starts_with(&mark));
        if is_leftover
            && entry
                .metadata()
                .is_ok_and(|leftover| is_older(leftover.modified(), LEFTOVER_AGE))
        {
            let _ = fs::remove_file(entry.path());
        }
    }
    let mut random = [0u8; 8];
    getrandom::fill(&mut random).map_err(|_| Unusable::Io(ErrorKind::Other))?;
    Ok(folder.join(format!("{mark}{:016x}", u64::from_le_bytes(random))))
}

fn is_older(modified: io::Result<SystemTime>, age: Duration) -> bool {
    modified.is_ok_and(|at| {
        SystemTime::now()
            .duration_since(at)
            .is_ok_and(|old| old > age)
    })
}

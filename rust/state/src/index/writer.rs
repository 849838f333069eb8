//! The file `index.redb`, written: built anew beside the old one, or added to in one transaction.

use std::fs::{self, File, OpenOptions};
use std::io::ErrorKind;
use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, SystemTime};

use prost::Message as _;
use redb::backends::FileBackend;
use redb::{Builder, Database, ReadableTable, WriteTransaction};

use super::entry::{Table, Tally, seal, unseal};
use super::isolate::isolated;
use super::reader::{Entry, SHEET_KEY, definition, proven_sheet};
use super::sheet::{Sheet, VERSION, group_of};
use super::unusable::{Unusable, guarded};
use crate::r#gen::tables::SCHEMA_FINGERPRINT;

const CACHE: usize = 32 << 20;
const LOCK_TRIES: u32 = 20;
const LOCK_PAUSE: Duration = Duration::from_millis(10);
const LEFTOVER_AGE: Duration = Duration::from_secs(3600);

/// Entries to write, each table in strictly rising byte order of its keys.
#[derive(Debug, Default)]
pub struct Changes {
    /// Latest moment of the records behind the entries ([`Sheet::latest_ms`]).
    pub latest_ms: i64,
    /// Cursors.
    pub cursors: Vec<Entry>,
    /// Winners.
    pub winners: Vec<Entry>,
}

/// Builds the index anew: one sorted transaction into a new file of mode 0600, synced, then renamed over `path`.
///
/// A crash leaves the old index and a file that the next rebuild deletes after an hour. Refuses what the operating
/// system refuses, and winners whose key is none, as [`Unusable::Damaged`].
pub fn rebuild(path: &Path, changes: Changes) -> Result<(), Unusable> {
    let fresh = fresh_path(path)?;
    let result = write_fresh(&fresh, changes).and_then(|()| {
        fs::rename(&fresh, path)?;
        sync_folder(path)
    });
    if result.is_err() {
        let _ = fs::remove_file(&fresh);
    }
    result
}

fn write_fresh(fresh: &Path, changes: Changes) -> Result<(), Unusable> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(fresh)?;
    let synced = file.try_clone()?;
    let mut sheet = Sheet {
        version: VERSION,
        schema: SCHEMA_FINGERPRINT.to_vec(),
        latest_ms: changes.latest_ms,
        ..Sheet::default()
    };
    guarded(|| {
        let database = Builder::new()
            .set_cache_size(CACHE)
            .create_with_backend(FileBackend::new(file)?)?;
        let transaction = database.begin_write()?;
        for (table, entries) in [
            (Table::Cursors, changes.cursors),
            (Table::Winners, changes.winners),
        ] {
            let mut opened = transaction.open_table(definition(table))?;
            let mut cursor = opened.upper_bound_mut(Bound::<&[u8]>::Unbounded)?;
            for (key, value) in entries {
                let (stored, crc) = seal(table, &key, &value);
                tally_of(&mut sheet, table, &key)?.add(crc);
                cursor
                    .insert_before(key.as_slice(), stored.as_slice())
                    .map_err(corrupted)?;
            }
            cursor.close()?;
        }
        write_sheet(&transaction, &sheet)?;
        transaction.commit()?;
        database.close()?;
        Ok(())
    })?;
    Ok(synced.sync_all()?)
}

/// Adds to the index in one transaction: cursors and winners that are there are replaced.
///
/// Takes the sheet that the changes were made from. Gives whether they were written: not where another process has
/// written since. Refuses an index that does not prove; then it must be built anew. Waits at most 200 ms for readers
/// and writers to leave the file.
pub fn update(path: &Path, based_on: &Sheet, changes: Changes) -> Result<bool, Unusable> {
    let database = open_for_writing(path)?;
    let written = guarded(|| {
        let transaction = database.begin_write()?;
        let mut sheet = {
            let opened = transaction.open_table(definition(Table::Sheet))?;
            let stored = opened
                .get(SHEET_KEY)?
                .ok_or_else(|| corrupted("no sheet"))?;
            let (value, _) = unseal(Table::Sheet, SHEET_KEY, stored.value())
                .ok_or_else(|| corrupted("damaged sheet"))?;
            proven_sheet(value).map_err(corrupted)?
        };
        if sheet != *based_on {
            transaction.abort()?;
            return Ok(false);
        }
        sheet.latest_ms = sheet.latest_ms.max(changes.latest_ms);
        for (table, entries) in [
            (Table::Cursors, changes.cursors),
            (Table::Winners, changes.winners),
        ] {
            let mut opened = transaction.open_table(definition(table))?;
            for (key, value) in entries {
                let (stored, crc) = seal(table, &key, &value);
                if let Some(old) = opened.insert(key.as_slice(), stored.as_slice())? {
                    let (_, old) = unseal(table, &key, old.value())
                        .ok_or_else(|| corrupted("damaged entry"))?;
                    tally_of(&mut sheet, table, &key)?.remove(old);
                }
                tally_of(&mut sheet, table, &key)?.add(crc);
            }
        }
        write_sheet(&transaction, &sheet)?;
        transaction.commit()?;
        Ok(true)
    });
    let closed = isolated(move || drop(database)).map_err(|_| Unusable::Damaged);
    written.and_then(|written| closed.map(|()| written))
}

fn open_for_writing(path: &Path) -> Result<Database, Unusable> {
    if !fs::metadata(path)?.is_file() {
        return Err(Unusable::Damaged);
    }
    for _ in 1..LOCK_TRIES {
        match try_open(path) {
            Err(Unusable::Locked) => sleep(LOCK_PAUSE),
            result => return result,
        }
    }
    try_open(path)
}

fn try_open(path: &Path) -> Result<Database, Unusable> {
    isolated(|| Builder::new().set_cache_size(CACHE).open(path))
        .map_err(|_| Unusable::Damaged)?
        .map_err(Unusable::from)
}

fn write_sheet(transaction: &WriteTransaction, sheet: &Sheet) -> Result<(), redb::Error> {
    let (stored, _) = seal(Table::Sheet, SHEET_KEY, &sheet.encode_to_vec());
    transaction
        .open_table(definition(Table::Sheet))?
        .insert(SHEET_KEY, stored.as_slice())?;
    Ok(())
}

fn tally_of<'a>(
    sheet: &'a mut Sheet,
    table: Table,
    key: &[u8],
) -> Result<&'a mut Tally, redb::Error> {
    match table {
        Table::Winners => {
            Ok(sheet.tally_mut(group_of(key).ok_or_else(|| corrupted("not the key of a winner"))?))
        }
        _ => Ok(&mut sheet.cursors),
    }
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

fn is_older(modified: std::io::Result<SystemTime>, age: Duration) -> bool {
    modified.is_ok_and(|at| {
        SystemTime::now()
            .duration_since(at)
            .is_ok_and(|old| old > age)
    })
}

#[cfg(unix)]
fn sync_folder(path: &Path) -> Result<(), Unusable> {
    match path.parent() {
        Some(folder) => Ok(File::open(folder)?.sync_all()?),
        None => Ok(()),
    }
}

#[cfg(not(unix))]
fn sync_folder(_path: &Path) -> Result<(), Unusable> {
    Ok(())
}

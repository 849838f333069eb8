//! `export --sqlite`: all tables in a new file.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::Path;

use baton_native::failure::Failure;
use baton_state::r#gen::tables::ERROR_EXPORT_FILE;
use baton_state::home::Home;
use baton_state::record::error::BatonError;
use rusqlite::Connection;
use tempfile::Builder;

use super::fill::{Unfilled, fill};
use super::table::{Table, tables};

/// Writes all tables, with what is true at `now`, in milliseconds since 1970, into a file of mode 0600 that was not there
/// before, and gives the number of rows. Nobody sees half of it: it is written beside its place, synced and renamed.
/// Refuses a place that is taken, lies in the state directory or cannot be written (EXPORT_FILE), and what `read_folder` and
/// `Home::config` refuse.
pub fn write(home: &Home, now: i64, file: &Path) -> Result<u64, Failure> {
    let unwritable = |error: io::Error| refused(&error.kind().to_string());
    let folder = match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let folder = folder.canonicalize().map_err(unwritable)?;
    let of_state = home.dir().canonicalize();
    if of_state.is_ok_and(|of_state| folder.starts_with(of_state)) {
        return Err(refused("it would lie in the state directory").into());
    }
    if fs::symlink_metadata(file).is_ok() {
        return Err(refused(&io::ErrorKind::AlreadyExists.to_string()).into());
    }
    let fresh = Builder::new().prefix(".baton-export-").tempfile_in(folder);
    let fresh = fresh.map_err(unwritable)?.into_temp_path();
    let rows = fill_file(&fresh, home, now).map_err(|unfilled| match unfilled {
        Unfilled::Home(error) => error,
        Unfilled::Sqlite(error) => refused(words(&error)),
    })?;
    let written = OpenOptions::new().write(true).open(&fresh);
    written
        .and_then(|written| written.sync_all())
        .map_err(unwritable)?;
    fresh
        .persist_noclobber(file)
        .map_err(|error| unwritable(error.error))?;
    Ok(rows)
}

fn fill_file(file: &Path, home: &Home, now: i64) -> Result<u64, Unfilled> {
    let connection = Connection::open(file)?;
    // Until the file is renamed, whatever goes wrong throws it away.
    connection.execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF")?;
    let tables = tables();
    for table in &tables {
        connection.execute_batch(&table.create())?;
    }
    let all: Vec<&Table> = tables.iter().collect();
    let rows = fill(&connection, &all, home, now)?;
    connection.close().map_err(|(_, error)| error)?;
    Ok(rows)
}

fn refused(why: &str) -> BatonError {
    BatonError::new(&ERROR_EXPORT_FILE).at(why)
}

fn words(error: &rusqlite::Error) -> &'static str {
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::DiskFull) => "no space left",
        _ => "SQLite cannot write it",
    }
}

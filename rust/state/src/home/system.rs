//! What the state directory asks of the system: the environment, and why a file could not be had.

use std::ffi::OsString;
use std::io::{self, ErrorKind};

use crate::r#gen::tables::ERROR_HOME_UNUSABLE;
use crate::record::error::BatonError;
use crate::record::schema::ErrorTable;

/// Gives the value of an environment variable; `std::env::var_os` in programs.
pub type Env<'a> = &'a dyn Fn(&str) -> Option<OsString>;

/// The error of a code; its place is the kind of the system's error, without the path.
pub fn refusal(table: &'static ErrorTable, error: &io::Error) -> BatonError {
    BatonError::new(table).at(error.kind().to_string())
}

/// The error of a file of the state directory that cannot be read: that of its own code, but HOME_UNUSABLE where the state
/// directory is a file itself.
pub fn unreadable(table: &'static ErrorTable, error: &io::Error) -> BatonError {
    match error.kind() {
        ErrorKind::NotADirectory => refusal(&ERROR_HOME_UNUSABLE, error),
        _ => refusal(table, error),
    }
}

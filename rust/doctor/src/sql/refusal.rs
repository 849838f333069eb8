//! What SQLite refuses, in the words of this program: of the statement what SQLite says of it, of what is stored nothing.

use baton_native::failure::Failure;
use baton_state::r#gen::tables::{ERROR_SQL, ERROR_SQL_READS};
use baton_state::record::error::BatonError;
use rusqlite::{Error, ErrorCode};

use super::table::Table;
use crate::nearest::nearest;

/// A statement that SQLite did not prepare (SQL, SQL_READS): its message, which speaks of the statement alone, the place
/// there, and the name that may have been meant.
pub fn of_statement(error: &Error, sql: &str, tables: &[Table]) -> Failure {
    let (code, message, offset) = match error {
        Error::SqlInputError {
            error,
            msg,
            sql: part,
            offset,
        } if part.len() == sql.len() => (error.code, msg.as_str(), usize::try_from(*offset).ok()),
        // SQLite reads a text statement by statement, and this is about a later one.
        Error::MultipleStatement | Error::SqlInputError { .. } => {
            return reads_only("more than one statement");
        }
        Error::Empty => return reads_only("no statement"),
        Error::SqliteFailure(error, message) => {
            (error.code, message.as_deref().unwrap_or_default(), None)
        }
        _ => return BatonError::new(&ERROR_SQL).into(),
    };
    let is_denied = code == ErrorCode::AuthorizationForStatementDenied;
    if is_denied || message.starts_with("not authorized") {
        return reads_only("it does more than read");
    }
    let place = offset.and_then(|offset| place(sql, offset));
    let place = place.map_or_else(|| message.to_owned(), |place| format!("{message}, {place}"));
    let error = BatonError::new(&ERROR_SQL).at(place);
    match meant(message, tables) {
        Some(meant) => Failure::Advised(error, format!("did you mean {meant}?")),
        None => error.into(),
    }
}

/// A statement that is not one that only reads (SQL_READS).
pub fn reads_only(why: &str) -> Failure {
    BatonError::new(&ERROR_SQL_READS).at(why).into()
}

/// A statement that failed while it ran (SQL): of SQLite's message only what stands before a colon or a quotation mark,
/// because what follows may be a value.
pub fn of_run(error: &Error) -> Failure {
    let message = match error {
        Error::SqliteFailure(_, Some(message)) => message.as_str(),
        _ => "",
    };
    let words = message.split([':', '"', '\'']).next().unwrap_or_default();
    let error = BatonError::new(&ERROR_SQL);
    match words.trim() {
        "" => error.into(),
        words => error.at(words).into(),
    }
}

/// Where in the statement: the character, and of several lines the line.
fn place(sql: &str, offset: usize) -> Option<String> {
    let before = sql.get(..offset)?;
    let line = before.matches('\n').count() + 1;
    let of_line = before.rsplit('\n').next().unwrap_or_default();
    let character = of_line.chars().count() + 1;
    Some(if sql.trim_end().contains('\n') {
        format!("line {line}, character {character}")
    } else {
        format!("character {character}")
    })
}

/// The name of a table or column that may have been meant.
fn meant<'t>(message: &str, tables: &'t [Table]) -> Option<&'t str> {
    let (what, name) = message.split_once(": ")?;
    // SQLite goes on after a name in quotation marks: ` - should this be a string literal in single-quotes?`.
    let name = name.split(" - ").next()?.trim_matches('"');
    let name = name.rsplit('.').next()?;
    match what {
        "no such table" => nearest(name, tables.iter().map(|table| table.name)),
        "no such column" => {
            let columns = tables.iter().flat_map(|table| &table.columns);
            nearest(name, columns.map(|column| column.name.as_str()))
        }
        _ => None,
    }
}

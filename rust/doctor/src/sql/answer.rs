//! What a statement answers: as a table for people, as JSON, as CSV.

use std::borrow::Cow;
use std::collections::HashSet;
use std::io::{IsTerminal, stdout};

use baton_native::failure::Failure;
use baton_native::output::{Output, shown};
use baton_state::segment::hex;
use rusqlite::Statement;
use rusqlite::types::ValueRef;

use super::refusal::of_run;
use crate::table::Rows;

/// The largest whole number that readers of JSON tell from its neighbours (RFC 7493).
const MAX_SAFE: u64 = (1 << 53) - 1;

/// How the rows are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Columns for people.
    Table,
    /// One array of objects.
    Json,
    /// RFC 4180.
    Csv,
}

/// Runs a statement and prints its rows as they come, but for a table, which has to know them all. Gives how many there
/// were. Refuses what fails while it runs (SQL).
pub fn print(out: &mut Output, statement: &mut Statement<'_>, form: Form) -> Result<u64, Failure> {
    let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
    match form {
        Form::Table => print_table(out, statement, &names),
        Form::Json => print_json(out, statement, &names),
        Form::Csv => print_csv(out, statement, &names),
    }
}

/// Calls for the values of each row.
fn each_row(
    statement: &mut Statement<'_>,
    columns: usize,
    mut take: impl FnMut(&[ValueRef<'_>]) -> Result<(), Failure>,
) -> Result<u64, Failure> {
    let mut rows = statement.raw_query();
    let mut count = 0;
    while let Some(row) = rows.next().map_err(|error| of_run(&error))? {
        let values = (0..columns).map(|column| row.get_ref(column));
        let values: Result<Vec<ValueRef<'_>>, _> = values.collect();
        take(&values.map_err(|error| of_run(&error))?)?;
        count += 1;
    }
    Ok(count)
}

fn print_table(
    out: &mut Output,
    statement: &mut Statement<'_>,
    names: &[String],
) -> Result<u64, Failure> {
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut are_numbers = vec![true; names.len()];
    let count = each_row(statement, names.len(), |values| {
        for (is_number, value) in are_numbers.iter_mut().zip(values) {
            *is_number &= !matches!(value, ValueRef::Text(_) | ValueRef::Blob(_));
        }
        rows.push(
            values
                .iter()
                .map(|value| text(*value).into_owned())
                .collect(),
        );
        Ok(())
    })?;
    let titles = names.iter().zip(&are_numbers).map(|(name, is_number)| {
        let mark = if *is_number { "#" } else { "" };
        format!("{mark}{}", shown(name))
    });
    let titles: Vec<String> = titles.collect();
    let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
    let mut table = Rows::new(out, &titles);
    for row in rows {
        table.add(row);
    }
    table.print(out)?;
    Ok(count)
}

/// One array of objects, a row on each line; the keys in the order of the columns. A name that stands there before gets a
/// number, `name:1`, so that no reader loses a value.
fn print_json(
    out: &mut Output,
    statement: &mut Statement<'_>,
    names: &[String],
) -> Result<u64, Failure> {
    let keys: Vec<String> = distinct(names).iter().map(|name| json_text(name)).collect();
    out.data("[")?;
    let mut separator = "";
    let count = each_row(statement, names.len(), |values| {
        out.data(separator)?;
        separator = ",\n";
        let pairs = keys.iter().zip(values);
        let pairs = pairs.map(|(key, value)| format!("{key}:{}", json_value(*value)));
        out.data(format!("{{{}}}", pairs.collect::<Vec<_>>().join(",")))
    })?;
    out.line("]")?;
    Ok(count)
}

fn distinct(names: &[String]) -> Vec<Cow<'_, str>> {
    let mut taken = HashSet::new();
    let mut distinct = Vec::with_capacity(names.len());
    for name in names {
        let numbered = (1..).map(|number| Cow::Owned(format!("{name}:{number}")));
        let mut free = std::iter::once(Cow::Borrowed(name.as_str())).chain(numbered);
        // The numbers never end, so there is one.
        distinct.extend(free.find(|name| taken.insert(name.clone())));
    }
    distinct
}

fn json_value(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "null".to_owned(),
        ValueRef::Integer(number) if number.unsigned_abs() <= MAX_SAFE => number.to_string(),
        ValueRef::Real(number) if number.is_finite() => digits(number),
        value => json_text(&text(value)),
    }
}

fn json_text(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A line of names, then the rows, each ended by CR and LF. A text in quotation marks is one that is empty, or that holds a
/// comma, a quotation mark or the end of a line; NULL is nothing at all.
fn print_csv(
    out: &mut Output,
    statement: &mut Statement<'_>,
    names: &[String],
) -> Result<u64, Failure> {
    let escapes = stdout().is_terminal();
    let titles: Vec<String> = names.iter().map(|name| csv_text(name, escapes)).collect();
    out.data(format!("{}\r\n", titles.join(",")))?;
    each_row(statement, names.len(), |values| {
        let fields = values.iter().map(|value| match value {
            ValueRef::Null => String::new(),
            value => csv_text(&text(*value), escapes),
        });
        out.data(format!("{}\r\n", fields.collect::<Vec<_>>().join(",")))
    })
}

fn csv_text(text: &str, escapes: bool) -> String {
    let text = if escapes { shown(text) } else { text.into() };
    if text.is_empty() || text.contains([',', '"', '\r', '\n']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.into_owned()
    }
}

/// A value as text; a blob in hexadecimal, nothing for NULL.
fn text(value: ValueRef<'_>) -> Cow<'_, str> {
    match value {
        ValueRef::Null => Cow::Borrowed(""),
        ValueRef::Integer(number) => Cow::Owned(number.to_string()),
        ValueRef::Real(number) if number.is_infinite() => Cow::Borrowed(if number > 0.0 {
            "Infinity"
        } else {
            "-Infinity"
        }),
        ValueRef::Real(number) => Cow::Owned(digits(number)),
        ValueRef::Text(text) => String::from_utf8_lossy(text),
        ValueRef::Blob(bytes) => Cow::Owned(hex(bytes)),
    }
}

/// A number as short as it can be read back, with an exponent where it would be long without.
fn digits(number: f64) -> String {
    let size = number.abs();
    if size >= 1e21 || (size < 1e-6 && size > 0.0) {
        format!("{number:e}")
    } else {
        number.to_string()
    }
}

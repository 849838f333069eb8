//! Values of records as SQLite keeps them.

use std::borrow::Cow;

use baton_state::record::schema::{FieldTable, FieldType};
use baton_state::record::wire::Value;
use baton_state::segment::hex;
use rusqlite::ToSql;
use rusqlite::types::{ToSqlOutput, ValueRef};

/// One value of a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell<'a> {
    /// Absent.
    Null,
    /// A whole number.
    Integer(i64),
    /// Another number.
    Real(f64),
    /// A text.
    Text(Cow<'a, str>),
}

impl ToSql for Cell<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Cell::Null => ValueRef::Null,
            Cell::Integer(number) => ValueRef::Integer(*number),
            Cell::Real(number) => ValueRef::Real(*number),
            Cell::Text(text) => ValueRef::Text(text.as_bytes()),
        }))
    }
}

impl<'a> Cell<'a> {
    /// A text.
    pub fn text(text: impl Into<Cow<'a, str>>) -> Cell<'a> {
        Cell::Text(text.into())
    }

    /// A text, or nothing.
    pub fn text_or_null(text: Option<impl Into<Cow<'a, str>>>) -> Cell<'a> {
        text.map_or(Cell::Null, Cell::text)
    }

    /// A number that has no sign: its digits as text where SQLite's integers, which end at 2^63 - 1, cannot hold it.
    pub fn unsigned(number: u64) -> Cell<'a> {
        i64::try_from(number).map_or_else(|_| Cell::text(number.to_string()), Cell::Integer)
    }

    /// A number of JavaScript: an integer where it is a whole one that JavaScript tells from its neighbours. SQLite has no
    /// NaN and would keep NULL, so that is a text.
    pub fn number(number: f64) -> Cell<'a> {
        if number.fract() == 0.0 && number.abs() < MAX_SAFE {
            Cell::Integer(number as i64)
        } else {
            Cell::real(number)
        }
    }

    fn real(number: f64) -> Cell<'a> {
        if number.is_nan() {
            Cell::text("NaN")
        } else {
            Cell::Real(number)
        }
    }

    /// The value of a field that is neither a list nor a message, whose bytes have been checked: bytes as hexadecimal text,
    /// an enum value by its short name, or as its number where the schema has none.
    pub fn of(field: &FieldTable, value: Value<'a>) -> Cell<'a> {
        match (field.ty, value) {
            (FieldType::Bytes, Value::Len(bytes)) => Cell::text(hex(bytes)),
            (_, Value::Len(bytes)) => Cell::Text(String::from_utf8_lossy(bytes)),
            (FieldType::Enum, Value::Varint(number)) => {
                let number = number as i32;
                let named = field.values.iter().find(|(_, value)| *value == number);
                named.map_or_else(
                    || Cell::text(number.to_string()),
                    |(name, _)| Cell::text(*name),
                )
            }
            (FieldType::Bool, Value::Varint(number)) => Cell::Integer(i64::from(number != 0)),
            (FieldType::Int32, Value::Varint(number)) => Cell::Integer(i64::from(number as i32)),
            (FieldType::Int64, Value::Varint(number)) => Cell::Integer(number as i64),
            (FieldType::Uint32, Value::Varint(number)) => Cell::Integer(i64::from(number as u32)),
            (FieldType::Double, Value::I64(bits)) => Cell::real(f64::from_bits(bits)),
            (_, Value::Varint(number) | Value::I64(number)) => Cell::unsigned(number),
            (_, Value::I32(number)) => Cell::Integer(i64::from(number)),
        }
    }
}

/// One above the largest whole number that JavaScript tells from its neighbours.
const MAX_SAFE: f64 = 9_007_199_254_740_992.0;

/// What a column of a field is declared as. Numbers beyond 2^63 - 1 are texts, which a column without a type leaves as they
/// are.
pub fn affinity(field: &FieldTable) -> &'static str {
    if field.repeated {
        return "TEXT";
    }
    match field.ty {
        FieldType::String | FieldType::Bytes | FieldType::Enum | FieldType::Message => "TEXT",
        FieldType::Double => "REAL",
        FieldType::Uint64 | FieldType::Fixed64 => "",
        FieldType::Bool
        | FieldType::Int32
        | FieldType::Uint32
        | FieldType::Int64
        | FieldType::Fixed32 => "INTEGER",
    }
}

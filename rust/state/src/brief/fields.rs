//! Looks into decoded values that both languages take alike.

use crate::record::schema::MessageTable;

const MOST_INTEGER: i64 = 1_000_000_000_000_000;

/// An integer, or 10^15 with its sign where it is beyond that, so that every language reckons exactly with it (BRF-023).
#[must_use]
pub fn bounded(value: i64) -> i64 {
    value.clamp(-MOST_INTEGER, MOST_INTEGER)
}

/// The same for unsigned integers.
#[must_use]
pub fn bounded_unsigned(value: u64) -> i64 {
    i64::try_from(value).map_or(MOST_INTEGER, bounded)
}

/// Short name of an enum field's value, such as "open": "" where it is absent or 0, None where this program does not
/// know it.
#[must_use]
pub fn enum_of(table: &MessageTable, name: &str, value: Option<i32>) -> Option<&'static str> {
    let value = value.unwrap_or(0);
    if value == 0 {
        return Some("");
    }
    let values = table.field_named(name)?.values;
    let known = values.iter().find(|(_, number)| *number == value);
    known.map(|(short, _)| *short)
}

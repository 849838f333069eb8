//! The kinds that this program knows.

use super::schema::KindTable;
use crate::r#gen::tables::KINDS;

/// The kind of a number; None for one that a newer program wrote.
#[inline]
#[must_use]
pub fn kind_numbered(number: u32) -> Option<&'static KindTable> {
    KINDS.iter().find(|kind| kind.number == number)
}

/// The kind of a name, snake_case.
#[must_use]
pub fn kind_named(name: &str) -> Option<&'static KindTable> {
    KINDS.iter().find(|kind| kind.name == name)
}

//! The records as tables of SQLite (docs/sql.md): the tables come from the schema, so a new kind is a new table.

pub mod answer;
mod cell;
pub mod database;
pub mod file;
mod fill;
mod refusal;
mod row;
mod table;
mod usage;

#[cfg(test)]
mod tests;

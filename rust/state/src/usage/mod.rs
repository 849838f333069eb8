//! The proxy's usage.jsonl: lines and records to events, events to upstream's summary. `docs/usage.md` is normative.

pub mod calendar;
mod clean;
mod json;
pub mod line;
pub mod path;
pub mod print;
mod raw_line;
pub mod stored;
pub mod summary;
pub mod totals;
mod value;

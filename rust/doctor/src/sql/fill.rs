//! Filling tables from the segments: what is not asked for is not made.

use std::collections::HashMap;

use baton_state::fold::state::{retention_days, state_of};
use baton_state::fold::{create_fold, fold_record};
use baton_state::r#gen::tables::{SEGMENT_FINDING, SEGMENT_SEGMENT_REPORT};
use baton_state::home::Home;
use baton_state::proto::state::v1::RetentionOverride;
use baton_state::record::error::BatonError;
use baton_state::record::kind::{kind_named, kind_numbered};
use baton_state::segment::export::in_export_order;
use baton_state::segment::folder::{Folder, read_folder};
use baton_state::segment::verify::verify_report;
use baton_state::usage::stored::events_of_folder;
use baton_state::usage::summary::{SummaryOptions, UsageSummary, summarize_usage};
use jiff::tz::TimeZone;
use prost::Message;
use rusqlite::{Connection, Statement};

use super::cell::Cell;
use super::row::{at, not_understood, of_kind, of_message};
use super::table::{Source, Table};
use super::usage;

/// The most days that a summary lists, as for `usage --days`.
const MOST_DAYS: u32 = 3660;

/// Why tables could not be filled.
#[derive(Debug, thiserror::Error)]
pub enum Unfilled {
    /// The state directory cannot be read.
    #[error(transparent)]
    Home(#[from] BatonError),
    /// SQLite refused.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
}

/// Fills tables that are there and empty with what is true at `now`, in milliseconds since 1970, in one transaction. Gives
/// the number of rows. Refuses what `read_folder` and `Home::config` refuse.
pub fn fill(
    connection: &Connection,
    tables: &[&Table],
    home: &Home,
    now: i64,
) -> Result<u64, Unfilled> {
    let transaction = connection.unchecked_transaction()?;
    let mut rows = 0;
    let (of_instant, of_folder): (Vec<&Table>, Vec<&Table>) = tables
        .iter()
        .partition(|table| matches!(table.source, Source::Instant));
    if !of_folder.is_empty() {
        let stock = Stock {
            folder: read_folder(&home.segments())?,
            retention: home.config()?.retention,
            now,
        };
        rows += stock.fill_records(connection, &of_folder)?;
        rows += stock.fill_state(connection, &of_folder)?;
        rows += stock.fill_usage(connection, &of_folder)?;
        rows += stock.fill_segments(connection, &of_folder)?;
    }
    for table in of_instant {
        rows += add_all(connection, table, [instant(now)])?;
    }
    transaction.commit()?;
    Ok(rows)
}

/// What all tables are filled from.
struct Stock {
    folder: Folder,
    retention: Vec<RetentionOverride>,
    now: i64,
}

impl Stock {
    /// The tables of records, in the order of `export --jsonl`.
    fn fill_records(&self, connection: &Connection, tables: &[&Table]) -> Result<u64, Unfilled> {
        let mut of_kinds = HashMap::new();
        let mut of_others = None;
        for table in tables {
            match table.source {
                Source::Records(kind) => {
                    of_kinds.insert(kind.number, Insert::into(connection, table)?);
                }
                Source::NotUnderstood => of_others = Some(Insert::into(connection, table)?),
                _ => {}
            }
        }
        if of_kinds.is_empty() && of_others.is_none() {
            return Ok(0);
        }
        let mut rows = 0;
        for record in in_export_order(&self.folder) {
            let insert = of_kinds.get_mut(&record.kind);
            if insert.is_none() && of_others.is_none() {
                continue;
            }
            let (insert, row) = match kind_numbered(record.kind).map(|kind| of_kind(kind, &record))
            {
                Some(Ok(row)) => (insert, row),
                Some(Err(_)) => (of_others.as_mut(), not_understood(&record, "malformed")),
                None => (of_others.as_mut(), not_understood(&record, "newer_than_me")),
            };
            if let Some(insert) = insert {
                insert.add(&row)?;
                rows += 1;
            }
        }
        Ok(rows)
    }

    /// The tables of what holds, in the order of `status --json`.
    fn fill_state(&self, connection: &Connection, tables: &[&Table]) -> Result<u64, Unfilled> {
        if !tables
            .iter()
            .any(|table| matches!(table.source, Source::State(_)))
        {
            return Ok(0);
        }
        let mut fold = create_fold(self.now, None);
        for record in self.folder.records() {
            fold_record(&mut fold, record);
        }
        let state = state_of(&fold, &self.retention);
        let mut rows = 0;
        for table in tables {
            if let Source::State(kind) = table.source {
                let winners = state.winners.iter().map(|(_, winner)| winner);
                let winners = winners.filter(|winner| winner.kind.number == kind.number);
                let of_table = winners.filter_map(|winner| of_kind(kind, &winner.record).ok());
                rows += add_all(connection, table, of_table)?;
            }
        }
        Ok(rows)
    }

    /// The tables of usage.
    fn fill_usage(&self, connection: &Connection, tables: &[&Table]) -> Result<u64, Unfilled> {
        let is_usage = |table: &&Table| {
            matches!(
                table.source,
                Source::Days | Source::Models | Source::LastDay
            )
        };
        if !tables.iter().any(is_usage) {
            return Ok(0);
        }
        let summary = self.summary();
        let mut rows = 0;
        for table in tables {
            rows += match table.source {
                Source::Days => add_all(connection, table, usage::days(&summary))?,
                Source::Models => add_all(connection, table, usage::models(&summary))?,
                Source::LastDay => add_all(connection, table, usage::last_day(&summary))?,
                _ => 0,
            };
        }
        Ok(rows)
    }

    /// Usage of all days that usage is shown for.
    fn summary(&self) -> UsageSummary {
        let kept =
            kind_named("usage_event").map_or(0, |kind| retention_days(kind, &self.retention));
        let options = SummaryOptions {
            now: self.now,
            days: kept.saturating_add(1).min(MOST_DAYS),
            models: &[],
            time_zone: &TimeZone::system(),
            enabled: true,
            path: "",
            retention_days: kept,
        };
        let mut summary = summarize_usage(events_of_folder(&self.folder, kept, self.now), &options);
        // A day that its zone skipped stands there twice.
        summary.by_day.dedup_by_key(|day| day.day);
        summary
    }

    /// The tables of files.
    fn fill_segments(&self, connection: &Connection, tables: &[&Table]) -> Result<u64, Unfilled> {
        let is_files = |table: &&Table| matches!(table.source, Source::Segments | Source::Findings);
        if !tables.iter().any(is_files) {
            return Ok(0);
        }
        let report = verify_report(&self.folder);
        let messages: Vec<Vec<u8>> = report.segments.iter().map(Message::encode_to_vec).collect();
        let segments = report
            .segments
            .iter()
            .zip(&messages)
            .map(|(segment, message)| {
                let mut row = of_message(&SEGMENT_SEGMENT_REPORT, message);
                row.push(Cell::unsigned(segment.findings.len() as u64));
                row
            });
        let findings = report.segments.iter().flat_map(|segment| {
            let found = segment.findings.iter();
            found.map(|finding| (segment.file(), finding.encode_to_vec()))
        });
        let findings: Vec<(&str, Vec<u8>)> = findings.collect();
        let findings = findings.iter().map(|(file, finding)| {
            let mut row = vec![Cell::text(*file)];
            row.extend(of_message(&SEGMENT_FINDING, finding));
            row
        });
        let mut rows = 0;
        for table in tables {
            rows += match table.source {
                Source::Segments => add_all(connection, table, segments.clone())?,
                Source::Findings => add_all(connection, table, findings.clone())?,
                _ => 0,
            };
        }
        Ok(rows)
    }
}

/// Adds rows to a table, and gives how many.
fn add_all<'a>(
    connection: &Connection,
    table: &Table,
    rows: impl IntoIterator<Item = Vec<Cell<'a>>>,
) -> Result<u64, Unfilled> {
    let mut insert = Insert::into(connection, table)?;
    let mut count = 0;
    for row in rows {
        insert.add(&row)?;
        count += 1;
    }
    Ok(count)
}

/// A statement that adds rows to a table.
struct Insert<'c>(Statement<'c>);

impl<'c> Insert<'c> {
    fn into(connection: &'c Connection, table: &Table) -> rusqlite::Result<Insert<'c>> {
        connection.prepare(&table.insert()).map(Insert)
    }

    fn add(&mut self, row: &[Cell<'_>]) -> rusqlite::Result<()> {
        for (number, cell) in (1..).zip(row) {
            self.0.raw_bind_parameter(number, cell)?;
        }
        self.0.raw_execute().map(|_| ())
    }
}

/// The one row of the instant.
fn instant(now: i64) -> Vec<Cell<'static>> {
    vec![
        Cell::Integer(now),
        at(now),
        Cell::text_or_null(TimeZone::system().iana_name().map(str::to_owned)),
        Cell::text(env!("CARGO_PKG_VERSION")),
    ]
}

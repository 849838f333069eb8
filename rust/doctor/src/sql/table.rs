//! The tables and their columns, from the tables of the schema.

use baton_state::r#gen::tables::{
    KINDS, MACHINE_STATE, RECORD, SEGMENT_FINDING, SEGMENT_SEGMENT_REPORT, WORKSPACE_STATE,
};
use baton_state::record::schema::{FieldTable, FieldType, KindTable, MessageTable, Scope};

use super::cell::affinity;
use super::usage::TOTALS;

/// One column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What it is declared as; empty for any value as it is.
    pub affinity: &'static str,
}

/// What the rows of a table are.
#[derive(Debug, Clone, Copy)]
pub enum Source {
    /// All records of a kind that count.
    Records(&'static KindTable),
    /// Those of them that hold at the instant.
    State(&'static KindTable),
    /// Records that this program does not understand.
    NotUnderstood,
    /// Usage of each local day.
    Days,
    /// Usage of each local day and model.
    Models,
    /// Usage of each model in the last 24 hours.
    LastDay,
    /// The files of the segments folder.
    Segments,
    /// What was found in them besides records.
    Findings,
    /// The instant that all of it is true at.
    Instant,
}

/// A table.
#[derive(Debug, Clone)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// What its rows are.
    pub what: String,
    /// Its columns.
    pub columns: Vec<Column>,
    /// Where its rows come from.
    pub source: Source,
}

impl Table {
    /// The statement that makes it, with what its rows are as a comment.
    pub fn create(&self) -> String {
        let columns: Vec<String> = self
            .columns
            .iter()
            .map(|column| format!("  {} {}", quoted(&column.name), column.affinity))
            .map(|line| line.trim_end().to_owned())
            .collect();
        let name = quoted(self.name);
        format!(
            "CREATE TABLE {name} ( -- {}\n{}\n)",
            self.what,
            columns.join(",\n")
        )
    }

    /// The statement that adds a row to it.
    pub fn insert(&self) -> String {
        let values = vec!["?"; self.columns.len()].join(", ");
        format!("INSERT INTO {} VALUES ({values})", quoted(self.name))
    }
}

/// A name as SQL takes it, whatever it is.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// All tables: of each kind its records and its state, then usage, then what all of it was read from.
pub fn tables() -> Vec<Table> {
    let mut tables = Vec::new();
    for kind in KINDS {
        tables.push(Table {
            name: kind.name,
            what: format!("every {} that was recorded", kind.name),
            columns: kind_columns(kind),
            source: Source::Records(kind),
        });
        if let Some(list) = list_name(kind) {
            tables.push(Table {
                name: list,
                what: format!("each {} that holds now, as in `status`", kind.name),
                columns: kind_columns(kind),
                source: Source::State(kind),
            });
        }
    }
    let mut add = |name, what: &str, columns: Vec<Column>, source| {
        let what = what.to_owned();
        tables.push(Table {
            name,
            what,
            columns,
            source,
        });
    };
    add(
        "not_understood",
        "records newer than this program, and such as are not well-formed",
        columns(&[
            ("kind", "TEXT"),
            ("why", "TEXT"),
            ("at", "TEXT"),
            ("workspace", "TEXT"),
            ("raw", "TEXT"),
            ("writer", "TEXT"),
            ("seq", ""),
            ("segment", "TEXT"),
        ]),
        Source::NotUnderstood,
    );
    let usage = [
        (
            "usage_per_day",
            "requests of each local day, as in `usage`",
            &["day"][..],
            Source::Days,
        ),
        (
            "usage_per_model",
            "requests of each local day and model",
            &["day", "model"],
            Source::Models,
        ),
        (
            "usage_24h",
            "requests of each model in the last 24 hours",
            &["model"],
            Source::LastDay,
        ),
    ];
    for (name, what, of, source) in usage {
        let of = of.iter().map(|name| column(name, "TEXT"));
        let totals = TOTALS
            .iter()
            .map(|(name, affinity, _)| column(name, affinity));
        add(name, what, of.chain(totals).collect(), source);
    }
    let mut of_segment = message_columns(&SEGMENT_SEGMENT_REPORT);
    of_segment.push(column("findings", "INTEGER"));
    add(
        "segments",
        "every file of the segments folder, as in `verify`",
        of_segment,
        Source::Segments,
    );
    let mut of_finding = columns(&[("file", "TEXT")]);
    of_finding.extend(message_columns(&SEGMENT_FINDING));
    add(
        "findings",
        "what else than records lies in segments, damage included",
        of_finding,
        Source::Findings,
    );
    add(
        "instant",
        "the one row that says when all of it was true, and whose days are meant",
        columns(&[
            ("now", "INTEGER"),
            ("at", "TEXT"),
            ("time_zone", "TEXT"),
            ("version", "TEXT"),
        ]),
        Source::Instant,
    );
    tables
}

/// Name of the list in which `status` shows the winners of a kind; None for logs.
fn list_name(kind: &KindTable) -> Option<&'static str> {
    let state = match kind.scope {
        Scope::Workspace => &WORKSPACE_STATE,
        Scope::Machine => &MACHINE_STATE,
    };
    let mut fields = state.fields.iter();
    let list = fields.find(|field| field.number == kind.list);
    list.map(|field| field.name)
}

/// Fields of the envelope that come first: whose record it is.
pub fn leading() -> impl Iterator<Item = &'static FieldTable> + Clone {
    let envelope = RECORD.fields.iter();
    envelope.filter(|field| field.ty != FieldType::Message && !is_trailing(field))
}

/// Fields of the envelope that come last: what programs go by.
pub fn trailing() -> impl Iterator<Item = &'static FieldTable> + Clone {
    RECORD.fields.iter().filter(|field| is_trailing(field))
}

fn is_trailing(field: &FieldTable) -> bool {
    matches!(field.name, "observed_at" | "stamp")
}

/// The columns of a kind. A field that is named like a column of the envelope gets the name of its kind in front.
pub fn kind_columns(kind: &KindTable) -> Vec<Column> {
    let mut all = columns(&[("at", "TEXT")]);
    all.extend(leading().map(of_field));
    let end: Vec<Column> = trailing()
        .map(of_field)
        .chain(columns(&[
            ("writer", "TEXT"),
            ("seq", ""),
            ("segment", "TEXT"),
        ]))
        .collect();
    let of_kind: Vec<Column> = kind.message.fields.iter().map(of_field).collect();
    for mut column in of_kind {
        if all
            .iter()
            .chain(&end)
            .any(|taken| taken.name == column.name)
        {
            column.name = format!("{}_{}", kind.name, column.name);
        }
        all.push(column);
    }
    all.extend(end);
    all
}

/// A column for each field that is neither a list nor a message.
fn message_columns(message: &MessageTable) -> Vec<Column> {
    plain_fields(message).map(of_field).collect()
}

/// The fields that are neither a list nor a message.
pub fn plain_fields(
    message: &MessageTable,
) -> impl Iterator<Item = &'static FieldTable> + Clone + use<> {
    let fields = message.fields.iter();
    fields.filter(|field| !field.repeated && field.ty != FieldType::Message)
}

fn of_field(field: &FieldTable) -> Column {
    column(field.name, affinity(field))
}

fn columns(list: &[(&str, &'static str)]) -> Vec<Column> {
    list.iter()
        .map(|(name, affinity)| column(name, affinity))
        .collect()
}

fn column(name: &str, affinity: &'static str) -> Column {
    Column {
        name: name.to_owned(),
        affinity,
    }
}

use baton_state::r#gen::tables::{KINDS, SEGMENT_SEGMENT_REPORT};
use baton_state::proto::segment::v1::{Finding, FindingType, SegmentReport};
use baton_state::proto::state::v1::{Client, Record};
use baton_state::record::kind::kind_named;
use baton_state::record::schema::KindTable;
use baton_state::record::varint::push_varint;
use baton_state::record::wire::push_length_delimited;
use baton_state::segment::folder::PlacedRecord;
use prost::Message;
use rusqlite::Connection;
use rusqlite::types::Value;

use super::cell::Cell;
use super::row::of_kind;
use super::table::{Source, Table, kind_columns, tables};

const AT: i64 = 1_790_000_000_000;

/// A kind that no schema has: a session mark whose message has a field of nearly every type, and one that is named like a
/// column of the envelope.
fn probe() -> &'static KindTable {
    let kind = kind_named("session_mark").unwrap();
    Box::leak(Box::new(KindTable {
        name: "probe",
        message: &SEGMENT_SEGMENT_REPORT,
        key: &[],
        ..*kind
    }))
}

fn payload(kind: &KindTable, message: &[u8]) -> Vec<u8> {
    let envelope = Record {
        stamp: Some(u64::MAX),
        observed_at: Some(AT),
        workspace: Some("github.com/owner/here".to_owned()),
        client: Some(Client::Codex.into()),
        ..Record::default()
    };
    let mut payload = envelope.encode_to_vec();
    push_length_delimited(&mut payload, kind.number, message);
    payload
}

/// The row as SQLite gives it back.
fn stored(kind: &'static KindTable, payload: &[u8]) -> Vec<(String, Value)> {
    let record = PlacedRecord {
        segment: &[0xab; 16],
        offset: 0,
        length: 0,
        writer: [0xcd; 16],
        seq: 1 << 63,
        kind: kind.number,
        payload,
    };
    let table = Table {
        name: kind.name,
        what: String::new(),
        columns: kind_columns(kind),
        source: Source::Records(kind),
    };
    let row = of_kind(kind, &record).unwrap();
    assert_eq!(row.len(), table.columns.len());
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch(&table.create()).unwrap();
    connection
        .execute(&table.insert(), rusqlite::params_from_iter(row))
        .unwrap();
    let names = table.columns.into_iter().map(|column| column.name);
    let values = connection.query_row("SELECT * FROM probe", [], |row| {
        (0..names.len()).map(|n| row.get::<_, Value>(n)).collect()
    });
    let values: Vec<Value> = values.unwrap();
    names.zip(values).collect()
}

#[test]
fn a_kind_that_is_new_has_its_table_without_a_line_of_code() {
    let kind = probe();
    let report = SegmentReport {
        file: Some("a\u{1b}b".to_owned()),
        segment: Some("00ff".to_owned()),
        bytes: Some(u64::MAX),
        records: Some(7),
        sealed: Some(true),
        standing: Some(77),
        findings: vec![Finding {
            r#type: Some(FindingType::CorruptRange.into()),
            offset: Some(5),
            ..Finding::default()
        }],
        ..SegmentReport::default()
    };
    let mut message = report.encode_to_vec();
    // A field that is newer than this program changes nothing.
    push_varint(&mut message, 900 << 3);
    push_varint(&mut message, 1);
    let row = stored(kind, &payload(kind, &message));
    let text = |text: &str| Value::Text(text.to_owned());
    let expected = [
        ("at", text("2026-09-21T14:13:20.000Z")),
        ("workspace", text("github.com/owner/here")),
        ("client", text("codex")),
        ("session", Value::Null),
        ("file", text("a\u{1b}b")),
        ("probe_segment", text("00ff")),
        ("bytes", text("18446744073709551615")),
        ("records", Value::Integer(7)),
        ("newer_than_me", Value::Null),
        ("sealed", Value::Integer(1)),
        ("standing", text("77")),
        (
            "findings",
            text(r#"[{"offset":"5","type":"FINDING_TYPE_CORRUPT_RANGE"}]"#),
        ),
        ("stamp", text("18446744073709551615")),
        ("observed_at", Value::Integer(AT)),
        ("writer", text(&"cd".repeat(16))),
        ("seq", text("9223372036854775808")),
        ("segment", text(&"ab".repeat(16))),
    ];
    let expected = expected.map(|(name, value)| (name.to_owned(), value));
    assert_eq!(row, expected);
}

#[test]
fn of_a_field_that_stands_twice_the_last_counts_and_what_is_malformed_is_refused() {
    let kind = probe();
    let mut message = Vec::new();
    for file in ["first", "last"] {
        push_length_delimited(&mut message, 1, file.as_bytes());
    }
    let row = stored(kind, &payload(kind, &message));
    assert!(row.contains(&("file".to_owned(), Value::Text("last".to_owned()))));
    let bad = payload(kind, &[0x0a, 2, b'x']);
    let record = PlacedRecord {
        segment: &[0; 16],
        offset: 0,
        length: 0,
        writer: [0; 16],
        seq: 1,
        kind: kind.number,
        payload: &bad,
    };
    assert!(of_kind(kind, &record).is_err());
}

#[test]
fn every_name_of_a_table_and_of_a_column_is_one_of_its_own() {
    let tables = tables();
    let mut names: Vec<&str> = tables.iter().map(|table| table.name).collect();
    for kind in KINDS {
        assert!(names.contains(&kind.name), "{}", kind.name);
    }
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), tables.len());
    for table in &tables {
        let mut columns: Vec<&str> = table.columns.iter().map(|c| c.name.as_str()).collect();
        columns.sort_unstable();
        columns.dedup();
        assert_eq!(columns.len(), table.columns.len(), "{}", table.name);
    }
}

#[test]
fn numbers_of_javascript_lose_nothing() {
    assert_eq!(Cell::number(3.0), Cell::Integer(3));
    assert_eq!(Cell::number(0.25), Cell::Real(0.25));
    assert_eq!(Cell::number(1e300), Cell::Real(1e300));
    assert_eq!(Cell::number(f64::NAN), Cell::text("NaN"));
    assert_eq!(Cell::unsigned(i64::MAX as u64), Cell::Integer(i64::MAX));
}

//! Records as rows, field by field by the tables of the schema; nothing else knows a kind.

use baton_state::fold::view::read_envelope;
use baton_state::json::json_of_bytes;
use baton_state::record::schema::{FieldTable, FieldType, KindTable, MessageTable};
use baton_state::record::wire::{Malformed, Value, check_message, fields_of};
use baton_state::segment::export::{decoded, kind_name};
use baton_state::segment::folder::PlacedRecord;
use baton_state::segment::hex;
use jiff::Timestamp;

use super::cell::Cell;
use super::table::{leading, plain_fields, trailing};

/// The row of a record in the table of its kind. Refuses what the fold refuses (FLD-002), and a message of the kind that is
/// not well-formed.
pub fn of_kind<'a>(
    kind: &KindTable,
    record: &PlacedRecord<'a>,
) -> Result<Vec<Cell<'a>>, Malformed> {
    let envelope = read_envelope(kind, record.payload, &mut Vec::new())?;
    check_message(kind.message, envelope.message)?;
    let mut row = Vec::with_capacity(kind.message.fields.len() + 9);
    row.push(at(envelope.observed_at));
    push_fields(leading(), record.payload, &mut row);
    let start = row.len();
    push_fields(kind.message.fields.iter(), envelope.message, &mut row);
    let cells = kind.message.fields.iter().zip(row.iter_mut().skip(start));
    for (field, cell) in cells.filter(|(field, _)| is_nested(field)) {
        *cell = nested(kind.message, field, envelope.message);
    }
    push_fields(trailing(), record.payload, &mut row);
    push_place(record, &mut row);
    Ok(row)
}

/// The row of a record that this program does not understand.
pub fn not_understood<'a>(record: &PlacedRecord<'a>, why: &'static str) -> Vec<Cell<'a>> {
    let decoded = decoded(record.payload);
    let observed_at = decoded.as_ref().and_then(|record| record.observed_at);
    let mut row = vec![
        Cell::text(kind_name(record)),
        Cell::text(why),
        observed_at.map_or(Cell::Null, at),
        Cell::text_or_null(decoded.and_then(|record| record.workspace)),
        Cell::text(hex(record.payload)),
    ];
    push_place(record, &mut row);
    row
}

/// The fields of a message that are neither lists nor messages.
pub fn of_message<'a>(table: &MessageTable, message: &'a [u8]) -> Vec<Cell<'a>> {
    let mut row = Vec::new();
    push_fields(plain_fields(table), message, &mut row);
    row
}

/// An instant in milliseconds since 1970 as RFC 3339 in UTC, which sorts like the instant; nothing outside the calendar.
pub fn at<'a>(ms: i64) -> Cell<'a> {
    let at = Timestamp::from_millisecond(ms);
    Cell::text_or_null(at.ok().map(|at| format!("{at:.3}")))
}

/// Appends a cell for each of the fields; of one that stands more than once the last counts, one that is absent is NULL.
fn push_fields<'a>(
    fields: impl Iterator<Item = &'static FieldTable> + Clone,
    message: &'a [u8],
    row: &mut Vec<Cell<'a>>,
) {
    let start = row.len();
    row.extend(fields.clone().map(|_| Cell::Null));
    for found in fields_of(message).flatten() {
        let known = fields.clone().zip(row.iter_mut().skip(start));
        if let Some((field, cell)) = known
            .into_iter()
            .find(|(field, _)| field.number == found.number)
        {
            *cell = match found.value {
                Value::Len(_) if is_nested(field) => Cell::Null,
                value => Cell::of(field, value),
            };
        }
    }
}

fn is_nested(field: &FieldTable) -> bool {
    field.repeated || field.ty == FieldType::Message
}

/// A list or a message of a message as its proto3 JSON.
fn nested<'a>(table: &MessageTable, field: &FieldTable, message: &[u8]) -> Cell<'a> {
    let json = json_of_bytes(table.name, message).ok();
    let json: Option<serde_json::Value> = json.and_then(|json| serde_json::from_str(&json).ok());
    let value = json.as_ref().and_then(|json| json.get(field.json_name));
    Cell::text_or_null(value.map(ToString::to_string))
}

fn push_place<'a>(record: &PlacedRecord<'_>, row: &mut Vec<Cell<'a>>) {
    row.push(Cell::text(hex(&record.writer)));
    row.push(Cell::unsigned(record.seq));
    row.push(Cell::text(hex(record.segment)));
}

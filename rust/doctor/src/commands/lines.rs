//! A record as one line: for people, and as `export --jsonl` prints it. Both know kinds from the generated tables alone.

use baton_state::r#gen::tables::{KINDS, RECORD};
use baton_state::json::json_of_bytes;
use baton_state::proto::segment::v1::ExportLine;
use baton_state::proto::state::v1::Record;
use baton_state::record::error::BatonError;
use baton_state::record::schema::{FieldTable, FieldType, KindTable, MessageTable};
use baton_state::record::wire::{Value, field_of, fields_of, push_length_delimited};
use baton_state::segment::folder::PlacedRecord;
use baton_state::segment::hex;
use prost::Message;

/// Number of ExportLine.record.
const RECORD_FIELD: u32 = 6;

/// The kind of a record, where this program knows it.
pub fn kind_of(record: &PlacedRecord<'_>) -> Option<&'static KindTable> {
    KINDS.iter().find(|kind| kind.number == record.kind)
}

/// Name of the kind of a record, or its number.
pub fn kind_name(record: &PlacedRecord<'_>) -> String {
    kind_of(record).map_or_else(|| record.kind.to_string(), |kind| kind.name.to_owned())
}

/// The line of a record in `export --jsonl`, with its newline. What this program's schema does not know, and a payload
/// that is no record at all, stands in it as raw bytes.
pub fn export_line(record: &PlacedRecord<'_>) -> Result<String, BatonError> {
    let decoded = Record::decode(record.payload).ok();
    let is_newer = kind_of(record).is_none() || has_newer(&RECORD, record.payload);
    let line = ExportLine {
        segment: Some(hex(record.segment)),
        writer: Some(hex(&record.writer)),
        seq: Some(record.seq),
        stamp: decoded.as_ref().map(Record::stamp),
        kind: Some(kind_name(record)),
        record: None,
        raw: (is_newer || decoded.is_none()).then(|| record.payload.to_vec()),
    };
    let mut bytes = line.encode_to_vec();
    if decoded.is_some() {
        push_length_delimited(&mut bytes, RECORD_FIELD, record.payload);
    }
    json_of_bytes("baton.segment.v1.ExportLine", &bytes)
}

/// Whether a message holds a field that the schema does not have, at any depth.
fn has_newer(table: &MessageTable, bytes: &[u8]) -> bool {
    fields_of(bytes)
        .flatten()
        .any(|field| match (field_of(table, field.number), field.value) {
            (None, _) => true,
            (
                Some(FieldTable {
                    message: Some(inner),
                    ..
                }),
                Value::Len(bytes),
            ) => has_newer(inner, bytes),
            _ => false,
        })
}

/// What the message of a kind says, as `name=value` with spaces between, in the order of the bytes. Not escaped.
pub fn fields_text(kind: &KindTable, payload: &[u8]) -> String {
    let messages = fields_of(payload)
        .flatten()
        .filter(|field| field.number == kind.number);
    let texts = messages.filter_map(|field| match field.value {
        Value::Len(message) => Some(message_text(kind.message, message)),
        _ => None,
    });
    texts.collect::<Vec<_>>().join(" ")
}

fn message_text(table: &MessageTable, message: &[u8]) -> String {
    let mut texts = Vec::new();
    for field in fields_of(message).flatten() {
        texts.push(match field_of(table, field.number) {
            Some(known) => format!("{}={}", known.name, value_text(known, field.value)),
            None => format!("{}=?", field.number),
        });
    }
    texts.join(" ")
}

fn value_text(known: &FieldTable, value: Value<'_>) -> String {
    match (known.ty, value) {
        (FieldType::Message, Value::Len(bytes)) => match known.message {
            Some(table) => format!("({})", message_text(table, bytes)),
            None => "?".to_owned(),
        },
        (FieldType::Bytes, Value::Len(bytes)) => hex(bytes),
        (_, Value::Len(bytes)) => String::from_utf8_lossy(bytes).into_owned(),
        (FieldType::Enum, Value::Varint(number)) => {
            let named = known
                .values
                .iter()
                .find(|(_, value)| *value == number as i32);
            named.map_or_else(|| number.to_string(), |(name, _)| (*name).to_owned())
        }
        (FieldType::Bool, Value::Varint(number)) => (number != 0).to_string(),
        (FieldType::Int32 | FieldType::Int64, Value::Varint(number)) => (number as i64).to_string(),
        (FieldType::Double, Value::I64(bits)) => f64::from_bits(bits).to_string(),
        (_, Value::Varint(number) | Value::I64(number)) => number.to_string(),
        (_, Value::I32(number)) => number.to_string(),
    }
}

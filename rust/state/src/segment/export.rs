//! Records as lines of JSON, baton.segment.v1.ExportLine. `ts/src/cli/jsonl.ts` prints the same bytes.

use prost::Message;

use super::folder::{Folder, PlacedRecord};
use super::hex;
use crate::r#gen::tables::RECORD;
use crate::json::json_of_bytes;
use crate::proto::segment::v1::ExportLine;
use crate::proto::state::v1::Record;
use crate::record::error::BatonError;
use crate::record::kind::kind_numbered;
use crate::record::schema::{FieldTable, MessageTable};
use crate::record::wire::{Value, check_message, field_of, fields_of, push_length_delimited};

/// Number of ExportLine.record.
const RECORD_FIELD: u32 = 6;

/// The records that count, in the order of origin writer and sequence number; ties by kind and payload.
#[must_use]
pub fn in_export_order(folder: &Folder) -> Vec<PlacedRecord<'_>> {
    let mut records: Vec<_> = folder.records().collect();
    records.sort_by(|a, b| {
        (a.writer, a.seq, a.kind, a.payload).cmp(&(b.writer, b.seq, b.kind, b.payload))
    });
    records
}

/// Name of the kind of a record, or its number.
#[must_use]
pub fn kind_name(record: &PlacedRecord<'_>) -> String {
    kind_numbered(record.kind).map_or_else(|| record.kind.to_string(), |kind| kind.name.to_owned())
}

/// The record that a payload holds, whatever its kind; None where the payload is not well-formed.
#[must_use]
pub fn decoded(payload: &[u8]) -> Option<Record> {
    check_message(&RECORD, payload).ok()?;
    Record::decode(payload).ok()
}

/// One line, with its newline. What this program's schema does not have is added as raw bytes (SEG-008); a payload that
/// is no record at all stands there as raw bytes alone.
pub fn export_line(placed: &PlacedRecord<'_>) -> Result<String, BatonError> {
    let record = decoded(placed.payload);
    let is_newer = kind_numbered(placed.kind).is_none() || has_newer(&RECORD, placed.payload);
    let line = ExportLine {
        segment: Some(hex(placed.segment)),
        writer: Some(hex(&placed.writer)),
        seq: Some(placed.seq),
        stamp: record.as_ref().map(Record::stamp),
        kind: Some(kind_name(placed)),
        record: None,
        raw: (is_newer || record.is_none()).then(|| placed.payload.to_vec()),
    };
    let mut bytes = line.encode_to_vec();
    if record.is_some() {
        push_length_delimited(&mut bytes, RECORD_FIELD, placed.payload);
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

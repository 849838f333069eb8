//! The one choke point: a record reaches its bytes only through here. The walk over the generated tables refuses what the
//! schema does not have, hands every text to the guard, and encodes (`docs/privacy.md`).

use prost::Message;

use super::finding::{Action, Finding, Judgement};
use super::judge::judge_by;
use super::known::Known;
use super::neighbours::Neighbours;
use super::verdict::refusal;
use crate::r#gen::tables::{ERROR_RECORD_SHAPE, ERROR_RECORD_SIZE, RECORD};
use crate::proto::state::v1::Record;
use crate::record::error::BatonError;
use crate::record::kind::kind_numbered;
use crate::record::schema::{FieldTable, FieldType, MessageTable};
use crate::record::varint::{push_varint, read_varint};
use crate::record::wire::{Field, Value, field_of, fields_of, push_length_delimited};

/// Most bytes of an encoded record (RECORD_SIZE).
pub const MAX_RECORD_SIZE: usize = 4096;

/// A record whose every text the guard has judged, encoded. Only `guard_record` makes one, and segment writers take nothing
/// else: so nothing unguarded can be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuardedRecord {
    kind: u32,
    payload: Vec<u8>,
    stamp: u64,
}

impl GuardedRecord {
    /// Kind number of the frame.
    #[must_use]
    pub fn kind(&self) -> u32 {
        self.kind
    }

    /// baton.state.v1.Record, at most `MAX_RECORD_SIZE` bytes.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// Its stamp; 0 where it has none.
    #[must_use]
    pub fn stamp(&self) -> u64 {
        self.stamp
    }
}

/// Judges and encodes a record. What the guard redacts is stored in its redacted form. Refuses with RECORD_SHAPE a record
/// without a kind, enum values that the schema does not have and doubles that are not finite; with GUARD_REFUSED, field and
/// rule a text, or with the kind and the rule `split` texts that make a secret together; with RECORD_SIZE what is above
/// 4096 bytes.
pub fn guard_record(record: &Record) -> Result<GuardedRecord, BatonError> {
    guard_record_by(record, None)
}

/// As `guard_record`; `known` is what only this process knows.
pub fn guard_record_by(
    record: &Record,
    known: Option<&Known>,
) -> Result<GuardedRecord, BatonError> {
    let mut payload = Vec::with_capacity(record.encoded_len());
    let mut guard = Guard {
        known,
        neighbours: Neighbours::default(),
    };
    guard.fields(&RECORD, &record.encode_to_vec(), "", &mut payload)?;
    let kind = fields_of(&payload)
        .filter_map(Result::ok)
        .find_map(|field| kind_numbered(field.number));
    let kind = kind.ok_or_else(|| misfit("kind"))?;
    if guard.neighbours.is_split_secret(known) {
        let judgement = Judgement {
            action: Action::Reject,
            findings: vec![Finding::new("split")],
            output: None,
        };
        return Err(refusal(&judgement, Some(kind.name)));
    }
    Ok(GuardedRecord {
        kind: kind.number,
        payload,
        stamp: record.stamp.unwrap_or(0),
    })
}

/// Judges the texts of one record.
struct Guard<'a> {
    known: Option<&'a Known>,
    neighbours: Neighbours,
}

impl Guard<'_> {
    fn fields(
        &mut self,
        table: &MessageTable,
        message: &[u8],
        path: &str,
        out: &mut Vec<u8>,
    ) -> Result<(), BatonError> {
        for field in fields_of(message) {
            let field = field?;
            let known = field_of(table, field.number)
                .ok_or_else(|| misfit(if path.is_empty() { "record" } else { path }))?;
            let place = match path {
                "" => known.name.to_owned(),
                path => format!("{path}.{}", known.name),
            };
            self.field(known, field, &place, out)?;
            if out.len() > MAX_RECORD_SIZE {
                return Err(BatonError::new(&ERROR_RECORD_SIZE));
            }
        }
        Ok(())
    }

    fn field(
        &mut self,
        known: &FieldTable,
        field: Field<'_>,
        place: &str,
        out: &mut Vec<u8>,
    ) -> Result<(), BatonError> {
        let mut push_tag = |wire_type| push_varint(out, u64::from(field.number) << 3 | wire_type);
        match (known.ty, field.value) {
            (FieldType::String | FieldType::Bytes, Value::Len(text)) => {
                let policy = known.text.as_ref().ok_or_else(|| misfit(place))?;
                let judgement = judge_by(policy, text, self.known);
                let stored = match (judgement.action, &judgement.output) {
                    (Action::Allow, _) => text,
                    (Action::Redact, Some(output)) => output.as_bytes(),
                    _ => return Err(refusal(&judgement, Some(place))),
                };
                self.neighbours.add(policy, stored);
                push_length_delimited(out, field.number, stored);
            }
            (FieldType::Message, Value::Len(message)) => {
                let table = known.message.ok_or_else(|| misfit(place))?;
                let mut guarded = Vec::with_capacity(message.len());
                self.fields(table, message, place, &mut guarded)?;
                push_length_delimited(out, field.number, &guarded);
            }
            (_, Value::Len(packed)) => {
                check_packed(known, packed).ok_or_else(|| misfit(place))?;
                push_length_delimited(out, field.number, packed);
            }
            (_, value) if !is_value(known, value) => return Err(misfit(place)),
            (_, Value::Varint(value)) => {
                push_tag(0);
                push_varint(out, value);
            }
            (_, Value::I64(value)) => {
                push_tag(1);
                out.extend_from_slice(&value.to_le_bytes());
            }
            (_, Value::I32(value)) => {
                push_tag(5);
                out.extend_from_slice(&value.to_le_bytes());
            }
        }
        Ok(())
    }
}

/// Whether the schema has the value: enums by their table, doubles where they are finite.
fn is_value(known: &FieldTable, value: Value<'_>) -> bool {
    match (known.ty, value) {
        (FieldType::Enum, Value::Varint(number)) => {
            number == 0
                || known
                    .values
                    .iter()
                    .any(|(_, value)| u64::try_from(*value) == Ok(number))
        }
        (FieldType::Double, Value::I64(bits)) => f64::from_bits(bits).is_finite(),
        _ => true,
    }
}

/// None where a list of numbers holds one that the schema does not have.
fn check_packed(known: &FieldTable, packed: &[u8]) -> Option<()> {
    let mut rest = packed;
    while !rest.is_empty() {
        let value;
        (value, rest) = match known.ty {
            FieldType::Double | FieldType::Fixed64 => {
                let (bytes, rest) = rest.split_first_chunk()?;
                (Value::I64(u64::from_le_bytes(*bytes)), rest)
            }
            FieldType::Fixed32 => {
                let (bytes, rest) = rest.split_first_chunk()?;
                (Value::I32(u32::from_le_bytes(*bytes)), rest)
            }
            _ => {
                let (value, rest) = read_varint(rest)?;
                (Value::Varint(value), rest)
            }
        };
        if !is_value(known, value) {
            return None;
        }
    }
    Some(())
}

fn misfit(place: &str) -> BatonError {
    BatonError::new(&ERROR_RECORD_SHAPE)
        .at(place)
        .in_field(place)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::state::v1::{HandoffNote, NextAction, UsageEvent, Validation, record::Kind};

    fn record(kind: Kind) -> Record {
        Record {
            stamp: Some(7 << 16),
            observed_at: Some(1_700_000_000_000),
            workspace: Some("github.com/owner/repo".to_owned()),
            client: Some(1),
            kind: Some(kind),
            ..Default::default()
        }
    }

    fn note(text: &str) -> Record {
        record(Kind::HandoffNote(HandoffNote {
            text: Some(text.to_owned()),
            ..Default::default()
        }))
    }

    fn refused(record: &Record) -> (&'static str, Option<String>) {
        let error = guard_record(record).unwrap_err();
        (error.code(), error.field)
    }

    #[test]
    fn what_may_be_stored_is_encoded_as_it_is() {
        let record = note("the parser test fails on an empty line");
        let guarded = guard_record(&record).unwrap();
        assert_eq!(guarded.payload(), record.encode_to_vec());
        assert_eq!((guarded.kind(), guarded.stamp()), (19, 7 << 16));
    }

    #[test]
    fn a_text_is_refused_with_its_field_wherever_it_stands() {
        assert_eq!(
            refused(&note("two\nlines")),
            ("BTN-G01", Some("handoff_note.text".to_owned()))
        );
        let mut elsewhere = note("fine");
        elsewhere.workspace = Some("/home/somebody/repo".to_owned());
        assert_eq!(
            refused(&elsewhere),
            ("BTN-G01", Some("workspace".to_owned()))
        );
        assert!(
            !guard_record(&note("two\nlines"))
                .unwrap_err()
                .to_string()
                .contains("two")
        );
    }

    #[test]
    fn a_record_without_a_kind_or_with_values_that_the_schema_lacks_is_refused() {
        let mut bare = note("fine");
        bare.kind = None;
        assert_eq!(refused(&bare), ("BTN-R02", Some("kind".to_owned())));
        let state = record(Kind::NextAction(NextAction {
            state: Some(9),
            ..Default::default()
        }));
        assert_eq!(
            refused(&state),
            ("BTN-R02", Some("next_action.state".to_owned()))
        );
        let ts = record(Kind::UsageEvent(UsageEvent {
            ts: Some(f64::NAN),
            ..Default::default()
        }));
        assert_eq!(refused(&ts), ("BTN-R02", Some("usage_event.ts".to_owned())));
        let negative = record(Kind::Validation(Validation {
            exit_code: Some(-1),
            ..Default::default()
        }));
        assert!(guard_record(&negative).is_ok());
    }
}

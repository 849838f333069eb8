//! What records and findings say, as words for people. Kinds are known from the generated tables alone.

use baton_state::record::schema::{FieldTable, FieldType, KindTable, MessageTable};
use baton_state::record::wire::{Value, field_of, fields_of};
use baton_state::segment::hex;

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

/// An enum name as people read it: FINDING_TYPE_CORRUPT_RANGE becomes "corrupt range".
pub fn words(name: &str, prefix: &str) -> String {
    name.strip_prefix(prefix)
        .unwrap_or(name)
        .replace('_', " ")
        .to_lowercase()
}

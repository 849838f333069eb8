//! Identity keys as bytes: injective, and in the order of what they encode (FLD-010 … FLD-013).

use crate::record::schema::FieldType;
use crate::record::wire::Value;

const ABSENT: u8 = 0;
const PRESENT: u8 = 1;
const SIGN: u64 = 1 << 63;

/// Appends one part of a key; absent parts are `00`, present ones start with `01`. A value in another wire type than
/// its type's counts as absent; readers refuse it before.
pub fn push_part(key: &mut Vec<u8>, ty: FieldType, value: Option<Value<'_>>) {
    match (ty, value) {
        (FieldType::Bool, Some(Value::Varint(value))) => push_word(key, u64::from(value != 0)),
        (FieldType::Uint32, Some(Value::Varint(value))) => {
            push_word(key, u64::from(value as u32));
        }
        (FieldType::Uint64, Some(Value::Varint(value))) => push_word(key, value),
        (FieldType::Enum | FieldType::Int32, Some(Value::Varint(value))) => {
            push_word(key, i64::from(value as i32) as u64 ^ SIGN);
        }
        (FieldType::Int64, Some(Value::Varint(value))) => push_word(key, value ^ SIGN),
        (FieldType::Double, Some(Value::I64(bits))) => {
            push_word(key, if bits & SIGN == 0 { bits ^ SIGN } else { !bits });
        }
        (_, Some(Value::I64(value))) => push_word(key, value),
        (_, Some(Value::I32(value))) => push_word(key, u64::from(value)),
        (_, Some(Value::Len(text))) => push_text(key, text),
        (_, Some(Value::Varint(_)) | None) => key.push(ABSENT),
    }
}

/// Appends a text. 00 inside becomes 00 FF and 00 ends it: the next part starts with 00 or 01, so no text is the start
/// of another's key.
pub fn push_text(key: &mut Vec<u8>, text: &[u8]) {
    key.push(PRESENT);
    for byte in text {
        key.push(*byte);
        if *byte == 0 {
            key.push(0xff);
        }
    }
    key.push(0);
}

fn push_word(key: &mut Vec<u8>, value: u64) {
    key.push(PRESENT);
    key.extend_from_slice(&value.to_be_bytes());
}

//! Protobuf messages as raw fields. `ts/src/record/wire.ts` walks the same way; both refuse the same bytes.
//!
//! Well-formed means: tags of field numbers 1 to 2^29-1 and wire types 0, 1, 2, 5; varints of at most 64 bits; lengths
//! inside their message; known fields in the wire type of their type (lists of numbers also packed); strings in UTF-8.
//! Unknown fields are skipped. Of a single field that stands more than once the last counts; messages are merged.

use super::error::BatonError;
use super::schema::{FieldTable, FieldType, MessageTable};
use super::varint::{push_varint, read_varint};
use crate::r#gen::tables::ERROR_RECORD_SHAPE;

/// Bytes that are no well-formed message; as an error that programs print it is RECORD_SHAPE.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a well-formed message")]
pub struct Malformed;

impl From<Malformed> for BatonError {
    fn from(_: Malformed) -> Self {
        Self::new(&ERROR_RECORD_SHAPE)
    }
}

/// Value of a field as it lies in the bytes, named by its wire type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value<'a> {
    /// Wire type 0.
    Varint(u64),
    /// Wire type 1.
    I64(u64),
    /// Wire type 2.
    Len(&'a [u8]),
    /// Wire type 5.
    I32(u32),
}

/// A field as it lies in the bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field<'a> {
    /// Field number.
    pub number: u32,
    /// Its value.
    pub value: Value<'a>,
}

/// The fields of a message, known or not, in their order. After an error it ends.
#[derive(Debug, Clone)]
pub struct Fields<'a> {
    rest: &'a [u8],
}

/// Walks the fields of a message.
#[must_use]
pub fn fields_of(bytes: &[u8]) -> Fields<'_> {
    Fields { rest: bytes }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<Field<'a>, Malformed>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let read = read_field(self.rest);
        self.rest = match read {
            Some((_, rest)) => rest,
            None => &[],
        };
        Some(read.map(|(field, _)| field).ok_or(Malformed))
    }
}

#[inline]
fn read_field(bytes: &[u8]) -> Option<(Field<'_>, &[u8])> {
    let (tag, rest) = read_varint(bytes)?;
    let tag = u32::try_from(tag).ok()?;
    let number = tag >> 3;
    if number == 0 {
        return None;
    }
    let (value, rest) = match tag & 7 {
        0 => {
            let (value, rest) = read_varint(rest)?;
            (Value::Varint(value), rest)
        }
        1 => {
            let (value, rest) = rest.split_first_chunk()?;
            (Value::I64(u64::from_le_bytes(*value)), rest)
        }
        2 => {
            let (length, rest) = read_varint(rest)?;
            let (value, rest) = rest.split_at_checked(usize::try_from(length).ok()?)?;
            (Value::Len(value), rest)
        }
        5 => {
            let (value, rest) = rest.split_first_chunk()?;
            (Value::I32(u32::from_le_bytes(*value)), rest)
        }
        _ => return None,
    };
    Some((Field { number, value }, rest))
}

/// Appends a length-delimited field: tag, length, bytes.
pub fn push_length_delimited(out: &mut Vec<u8>, number: u32, bytes: &[u8]) {
    push_varint(out, u64::from(number) << 3 | 2);
    push_varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// Refuses a message that is not well-formed; decodes nothing.
#[inline]
pub fn check_message(table: &MessageTable, bytes: &[u8]) -> Result<(), Malformed> {
    for field in fields_of(bytes) {
        let field = field?;
        if let Some(known) = field_of(table, field.number) {
            check_field(known, field.value)?;
        }
    }
    Ok(())
}

/// Refuses a raw value that does not fit its field.
#[inline]
pub fn check_field(known: &FieldTable, value: Value<'_>) -> Result<(), Malformed> {
    match (known.ty, value) {
        (FieldType::String, Value::Len(bytes)) => std::str::from_utf8(bytes)
            .map(|_| ())
            .map_err(|_| Malformed),
        (FieldType::Message, Value::Len(bytes)) => match known.message {
            Some(table) => check_message(table, bytes),
            None => Ok(()),
        },
        (FieldType::Bytes, Value::Len(_))
        | (FieldType::Fixed32, Value::I32(_))
        | (FieldType::Fixed64 | FieldType::Double, Value::I64(_)) => Ok(()),
        (ty, Value::Varint(_)) if is_varint(ty) => Ok(()),
        (ty, Value::Len(bytes)) if known.repeated => check_packed(ty, bytes),
        _ => Err(Malformed),
    }
}

/// The field of a number.
#[inline]
#[must_use]
pub fn field_of(table: &MessageTable, number: u32) -> Option<&'static FieldTable> {
    // Most messages number their fields from 1 without a gap.
    let guess = table.fields.get((number as usize).wrapping_sub(1));
    match guess {
        Some(field) if field.number == number => Some(field),
        _ => {
            let index = table
                .fields
                .binary_search_by_key(&number, |field| field.number);
            index.ok().and_then(|index| table.fields.get(index))
        }
    }
}

fn is_varint(ty: FieldType) -> bool {
    matches!(
        ty,
        FieldType::Bool
            | FieldType::Enum
            | FieldType::Int32
            | FieldType::Uint32
            | FieldType::Int64
            | FieldType::Uint64
    )
}

fn check_packed(ty: FieldType, bytes: &[u8]) -> Result<(), Malformed> {
    let whole = |size: usize| {
        if bytes.len().is_multiple_of(size) {
            Ok(())
        } else {
            Err(Malformed)
        }
    };
    match ty {
        FieldType::Fixed32 => whole(4),
        FieldType::Fixed64 | FieldType::Double => whole(8),
        _ => {
            let mut rest = bytes;
            while !rest.is_empty() {
                (_, rest) = read_varint(rest).ok_or(Malformed)?;
            }
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use prost::Message;

    use super::*;
    use crate::r#gen::tables::{RECORD, SEGMENT_HEADER, USAGE_EVENT};
    use crate::proto::state::v1::{Record, UsageEvent, record::Kind};

    #[test]
    fn what_prost_encodes_is_walked_field_by_field() {
        let record = Record {
            stamp: Some(7 << 16),
            observed_at: Some(-1),
            workspace: Some("github.com/a/b".to_owned()),
            kind: Some(Kind::UsageEvent(UsageEvent {
                v: Some(1),
                ts: Some(0.5),
                ..Default::default()
            })),
            ..Default::default()
        };
        let bytes = record.encode_to_vec();
        let fields: Vec<_> = fields_of(&bytes).map(|field| field.unwrap()).collect();
        assert_eq!(
            fields.iter().map(|field| field.number).collect::<Vec<_>>(),
            [1, 2, 3, 23]
        );
        assert_eq!(fields[0].value, Value::I64(7 << 16));
        assert_eq!(fields[1].value, Value::Varint(u64::MAX));
        assert_eq!(fields[2].value, Value::Len(b"github.com/a/b"));
        assert_eq!(check_message(&RECORD, &bytes), Ok(()));
        assert_eq!(
            check_message(&USAGE_EVENT, &bytes),
            Err(Malformed),
            "stamp is no varint"
        );
    }

    #[test]
    fn unknown_fields_are_skipped_and_groups_refused() {
        let unknown = [0xf8, 0x3f, 5, 0xfa, 0x3f, 2, 0xff, 0xff];
        assert_eq!(check_message(&RECORD, &unknown), Ok(()));
        for wire_type in [3, 4, 6, 7] {
            assert_eq!(
                check_message(&RECORD, &[100 << 3 & 0x7f | 0x80 | wire_type, 6]),
                Err(Malformed)
            );
        }
        assert_eq!(check_message(&RECORD, &[0, 0]), Err(Malformed));
    }

    #[test]
    fn a_string_that_is_not_utf8_is_malformed() {
        assert_eq!(check_message(&RECORD, &[0x1a, 1, b'a']), Ok(()));
        assert_eq!(check_message(&RECORD, &[0x1a, 1, 0xff]), Err(Malformed));
        assert_eq!(check_message(&SEGMENT_HEADER, &[0x1a, 1, 0xff]), Ok(()));
    }

    proptest! {
        #[test]
        fn whatever_is_well_formed_prost_decodes(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            if check_message(&RECORD, &bytes).is_ok() {
                prop_assert!(Record::decode(bytes.as_slice()).is_ok());
            }
        }
    }
}

//! What the fold reads of a payload, by the generated tables: nothing is decoded, nothing copied.

use serde::{Deserialize, Serialize};

use super::key::{push_part, push_text};
use crate::r#gen::tables::RECORD;
use crate::record::schema::{FieldType, KindTable, Scope};
use crate::record::wire::{Malformed, Value, check_field, field_of, fields_of};

/// Parts of an identity key as they lie in a payload, in the order of the kind's table.
pub type KeyParts<'a> = Vec<Option<Value<'a>>>;

/// The envelope of a payload, and the message of its kind.
#[derive(Debug, Clone, Copy)]
pub struct Envelope<'a> {
    /// 0 where absent.
    pub stamp: u64,
    /// Milliseconds since 1970, 0 where absent.
    pub observed_at: i64,
    /// Workspace, UTF-8.
    pub workspace: Option<&'a [u8]>,
    /// The message of the kind, encoded.
    pub message: &'a [u8],
}

/// What decides between records of one key, read from the message of the kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rank {
    /// Whether the state is terminal.
    pub terminal: bool,
    /// 0 where absent, or where the kind has no generations.
    pub generation: u32,
}

/// Reads the envelope of a payload and looks no further into it; `parts` takes the parts of the key that the envelope
/// holds. Refuses a payload that is not well-formed, does not hold the message of the kind once and no other kind's, or
/// lacks the workspace that the kind's scope asks for.
#[inline]
pub fn read_envelope<'a>(
    kind: &KindTable,
    payload: &'a [u8],
    parts: &mut KeyParts<'a>,
) -> Result<Envelope<'a>, Malformed> {
    let (mut stamp, mut observed_at, mut workspace, mut message) = (0, 0, None, None);
    parts.clear();
    parts.resize(kind.key.len(), None);
    for field in fields_of(payload) {
        let field = field?;
        let Some(known) = field_of(&RECORD, field.number) else {
            continue;
        };
        if known.ty == FieldType::Message {
            let Value::Len(bytes) = field.value else {
                return Err(Malformed);
            };
            if known.number != kind.number || message.replace(bytes).is_some() {
                return Err(Malformed);
            }
            continue;
        }
        check_field(known, field.value)?;
        match (known.name, field.value) {
            ("stamp", Value::I64(value)) => stamp = value,
            ("observed_at", Value::Varint(value)) => observed_at = value as i64,
            ("workspace", Value::Len(bytes)) => workspace = Some(bytes),
            _ => {}
        }
        keep(kind, true, field.number, field.value, parts);
    }
    if kind.scope == Scope::Workspace && workspace.is_none_or(<[u8]>::is_empty) {
        return Err(Malformed);
    }
    Ok(Envelope {
        stamp,
        observed_at,
        workspace,
        message: message.ok_or(Malformed)?,
    })
}

/// Reads the message of the kind and fills in the rest of the key. Refuses one that is not well-formed.
#[inline]
pub fn read_rank<'a>(
    kind: &KindTable,
    message: &'a [u8],
    parts: &mut KeyParts<'a>,
) -> Result<Rank, Malformed> {
    let mut rank = Rank {
        terminal: false,
        generation: 0,
    };
    for field in fields_of(message) {
        let field = field?;
        let Some(known) = field_of(kind.message, field.number) else {
            continue;
        };
        check_field(known, field.value)?;
        keep(kind, false, field.number, field.value, parts);
        if let (Some(terminal), Value::Varint(value)) = (kind.terminal, field.value) {
            if terminal.field == field.number {
                rank.terminal = terminal.values.contains(&(value as i32));
            } else if terminal.generation == field.number {
                rank.generation = value as u32;
            }
        }
    }
    Ok(rank)
}

/// Writes the identity key of a payload whose envelope and rank have been read.
pub fn write_key(
    kind: &KindTable,
    envelope: &Envelope<'_>,
    parts: &[Option<Value<'_>>],
    key: &mut Vec<u8>,
) {
    key.clear();
    key.extend_from_slice(&kind.number.to_be_bytes());
    if kind.scope == Scope::Workspace {
        push_text(key, envelope.workspace.unwrap_or_default());
    }
    for (part, value) in kind.key.iter().zip(parts) {
        push_part(key, part.ty, *value);
    }
}

fn keep<'a>(
    kind: &KindTable,
    envelope: bool,
    number: u32,
    value: Value<'a>,
    parts: &mut KeyParts<'a>,
) {
    for (part, slot) in kind.key.iter().zip(parts) {
        if part.field == number && part.envelope == envelope {
            *slot = Some(value);
        }
    }
}

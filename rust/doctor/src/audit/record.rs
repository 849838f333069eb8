//! The texts of a message, judged one by one along the tables of the schema.

use baton_state::guard::{Action, Finding, judge};
use baton_state::record::schema::{FieldType, MessageTable, TextClass};
use baton_state::record::wire::{Value, field_of, fields_of};

/// A text that is judged.
pub struct Judged<'a> {
    /// Its path, such as handoff_note.text.
    pub path: &'a [&'static str],
    /// Its class.
    pub class: TextClass,
    /// It itself, as a part of the message.
    pub text: &'a [u8],
    /// Why the guard would not store it as it is; empty where it would.
    pub findings: Vec<Finding>,
}

/// Judges every text of a message under the policy of its field, as far as the bytes are fields. Gives how many bytes of
/// the values of other fields there are, which the schema does not have. `path` is the path of the message.
pub fn judge_texts(
    table: &MessageTable,
    message: &[u8],
    path: &mut Vec<&'static str>,
    judged: &mut impl FnMut(Judged<'_>),
) -> u64 {
    let mut unknown = 0;
    for field in fields_of(message).map_while(Result::ok) {
        let Value::Len(value) = field.value else {
            continue;
        };
        let Some(known) = field_of(table, field.number) else {
            unknown += value.len() as u64;
            continue;
        };
        path.push(known.name);
        match (known.ty, known.message, &known.text) {
            (FieldType::Message, Some(inner), _) => {
                unknown += judge_texts(inner, value, path, judged);
            }
            (FieldType::String | FieldType::Bytes, _, Some(policy)) => {
                let judgement = judge(policy, value);
                let is_allowed = judgement.action == Action::Allow;
                judged(Judged {
                    path,
                    class: policy.class,
                    text: value,
                    findings: if is_allowed {
                        Vec::new()
                    } else {
                        judgement.findings
                    },
                });
            }
            // Lists of numbers.
            _ => {}
        }
        path.pop();
    }
    unknown
}

/// Path of the innermost field that holds a byte of a message, and the offset of the field's first byte in the message. A
/// field that the schema does not have is named by its number. None where the byte belongs to no length-delimited field.
pub fn field_at(table: &MessageTable, message: &[u8], at: usize) -> Option<(String, usize)> {
    for field in fields_of(message).map_while(Result::ok) {
        let Value::Len(value) = field.value else {
            continue;
        };
        let start = offset_in(message, value);
        if !(start..start + value.len()).contains(&at) {
            continue;
        }
        let known = field_of(table, field.number);
        let name = known.map_or_else(|| field.number.to_string(), |known| known.name.to_owned());
        let inner = known.and_then(|known| field_at(known.message?, value, at - start));
        return Some(match inner {
            Some((path, inner)) => (format!("{name}.{path}"), start + inner),
            None => (name, start),
        });
    }
    None
}

/// Where a part of some bytes starts in them.
pub fn offset_in(whole: &[u8], part: &[u8]) -> usize {
    part.as_ptr().addr() - whole.as_ptr().addr()
}

#[cfg(test)]
mod tests {
    use baton_state::r#gen::tables::RECORD;
    use baton_state::record::wire::push_length_delimited;

    use super::*;

    #[test]
    fn a_byte_is_in_the_innermost_field_known_or_not() {
        let mut note = Vec::new();
        push_length_delimited(&mut note, 2, b"text");
        push_length_delimited(&mut note, 90, b"newer");
        let mut record = Vec::new();
        push_length_delimited(&mut record, 3, b"host/a/b");
        push_length_delimited(&mut record, 19, &note);
        push_length_delimited(&mut record, 77, b"newest");
        let at = |text: &str| {
            let at = record
                .windows(text.len())
                .position(|window| window == text.as_bytes());
            let at = at.unwrap();
            let (path, start) = field_at(&RECORD, &record, at + 1).unwrap();
            assert_eq!(start, at);
            path
        };
        assert_eq!(at("host/a/b"), "workspace");
        assert_eq!(at("text"), "handoff_note.text");
        assert_eq!(at("newer"), "handoff_note.90");
        assert_eq!(at("newest"), "77");
        assert_eq!(field_at(&RECORD, &record, 0), None);
    }
}

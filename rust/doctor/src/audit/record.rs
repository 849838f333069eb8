//! A message taken apart along the tables of the schema, and its texts judged one by one.

use baton_state::guard::{Action, Finding, Known, judge_by};
use baton_state::record::schema::{FieldTable, MessageTable, TextPolicy};
use baton_state::record::wire::{Value, field_of, fields_of};

/// A value of bytes in a message, at any depth: a text, or what the schema does not have.
pub struct Leaf<'a> {
    /// Names of the fields that lead to it, itself included where the schema has it.
    pub path: &'a [&'static str],
    /// Number of its field where the schema does not have it.
    pub unknown: Option<u32>,
    /// The bytes, as a part of the message.
    pub bytes: &'a [u8],
    /// Its policy where it is a text, and why the guard would not store it as it is: nothing where it would.
    pub judged: Option<(&'static TextPolicy<'static>, Vec<Finding>)>,
}

impl Leaf<'_> {
    /// Its path as text, such as handoff_note.text, or handoff_note.90 for a field that the schema does not have.
    pub fn name(&self) -> String {
        let known = self.path.join(".");
        match self.unknown {
            None => known,
            Some(number) if known.is_empty() => number.to_string(),
            Some(number) => format!("{known}.{number}"),
        }
    }
}

/// Hands on every value of bytes in a message, in the order of their offsets, as far as the bytes are fields. Texts are
/// judged under the policies of their fields; `known` is what only this process knows. `path` is the path of the message.
pub fn take_apart(
    table: &MessageTable,
    message: &[u8],
    known: Option<&Known>,
    path: &mut Vec<&'static str>,
    leaf: &mut impl FnMut(Leaf<'_>),
) {
    for field in fields_of(message).map_while(Result::ok) {
        let Value::Len(bytes) = field.value else {
            continue;
        };
        let Some(table) = field_of(table, field.number) else {
            leaf(Leaf {
                path,
                unknown: Some(field.number),
                bytes,
                judged: None,
            });
            continue;
        };
        path.push(table.name);
        match table.message {
            Some(inner) => take_apart(inner, bytes, known, path, leaf),
            None => leaf(Leaf {
                path,
                unknown: None,
                bytes,
                judged: judged(table, bytes, known),
            }),
        }
        path.pop();
    }
}

/// None for lists of numbers.
fn judged(
    table: &'static FieldTable,
    text: &[u8],
    known: Option<&Known>,
) -> Option<(&'static TextPolicy<'static>, Vec<Finding>)> {
    let policy = table.text.as_ref()?;
    let judgement = judge_by(policy, text, known);
    let findings = match judgement.action {
        Action::Allow => Vec::new(),
        Action::Redact | Action::Reject => judgement.findings,
    };
    Some((policy, findings))
}

#[cfg(test)]
mod tests {
    use baton_state::r#gen::tables::RECORD;
    use baton_state::record::schema::TextClass;
    use baton_state::record::wire::push_length_delimited;

    use super::*;

    #[test]
    fn every_value_of_bytes_has_its_path_known_or_not() {
        let mut note = Vec::new();
        push_length_delimited(&mut note, 2, b"text");
        push_length_delimited(&mut note, 90, b"newer");
        let mut record = Vec::new();
        push_length_delimited(&mut record, 3, b"host/a/b");
        push_length_delimited(&mut record, 19, &note);
        push_length_delimited(&mut record, 77, b"newest");
        // A length that goes beyond the end.
        record.extend([0x1a, 99, b'x']);
        let mut leaves = Vec::new();
        take_apart(&RECORD, &record, None, &mut Vec::new(), &mut |leaf| {
            let class = leaf.judged.as_ref().map(|(policy, _)| policy.class);
            leaves.push((leaf.name(), leaf.bytes.to_vec(), class));
        });
        let leaf = |name: &str, text: &str, class| (name.to_owned(), text.into(), class);
        assert_eq!(
            leaves,
            [
                leaf("workspace", "host/a/b", Some(TextClass::Ident)),
                leaf("handoff_note.text", "text", Some(TextClass::Note)),
                leaf("handoff_note.90", "newer", None),
                leaf("77", "newest", None),
            ]
        );
    }
}

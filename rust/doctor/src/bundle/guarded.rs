//! The one way into a bundle: every text is judged under the policy of its field, and what is refused is replaced by the
//! rule that refuses it.

use baton_state::r#gen::tables::{ERROR_RECORD_SHAPE, SUPPORT_BUNDLE};
use baton_state::guard::{Action, judge};
use baton_state::json::json_of_bytes;
use baton_state::proto::support::v1::Bundle;
use baton_state::record::error::BatonError;
use baton_state::record::schema::{MessageTable, TextClass, TextPolicy};
use prost::Message as _;
use serde_json::Value;

use super::known::{Known, left_out};

/// Rules of the form of a text alone, which leaving things out of it may mend.
const FORM_RULES: [&str; 3] = ["too-long", "words", "email"];

/// The bundle as text: JSON with a line per value, so that a person can read all of it, and a newline. `leftOut` in it
/// counts what was refused.
pub fn print(bundle: &Bundle, known: &Known) -> Result<String, BatonError> {
    let shape = || BatonError::new(&ERROR_RECORD_SHAPE).at(SUPPORT_BUNDLE.name);
    let json = json_of_bytes(SUPPORT_BUNDLE.name, &bundle.encode_to_vec())?;
    let mut json: Value = serde_json::from_str(&json).map_err(|_| shape())?;
    let left_out = guard_fields(&SUPPORT_BUNDLE, &mut json, known);
    json["leftOut"] = left_out.into();
    let mut text = serde_json::to_string_pretty(&json).map_err(|_| shape())?;
    text.push('\n');
    Ok(text)
}

/// Judges all texts of a message, and drops what the schema does not have. Gives how many texts it left out.
fn guard_fields(table: &MessageTable, message: &mut Value, known: &Known) -> u32 {
    let Value::Object(fields) = message else {
        return 0;
    };
    let mut left_out = 0;
    fields.retain(|name, _| table.fields.iter().any(|field| field.json_name == name));
    for field in table.fields {
        let Some(value) = fields.get_mut(field.json_name) else {
            continue;
        };
        for value in one_or_many(value) {
            match (field.message, &field.text) {
                (Some(inner), _) => left_out += guard_fields(inner, value, known),
                (None, Some(policy)) => left_out += guard_text(policy, value, known),
                // Numbers, and names of enum values, which the schema gives.
                (None, None) => {}
            }
        }
    }
    left_out
}

fn guard_text(policy: &TextPolicy<'_>, value: &mut Value, known: &Known) -> u32 {
    let text = value.as_str().unwrap_or_default();
    let (guarded, count) = guarded(policy, text, known);
    *value = guarded.into();
    count
}

/// The text that may stand in a bundle, and how many things were left out of it. Of a sentence the rest stays.
fn guarded(policy: &TextPolicy<'_>, text: &str, known: &Known) -> (String, u32) {
    let (masked, count) = match known.masked(text) {
        (masked, count) if count == 0 || policy.class == TextClass::Note => (masked, count),
        _ => return (left_out("name"), 1),
    };
    if policy.class == TextClass::Opaque {
        return (left_out("class"), 1);
    }
    let refused = |text: &str| {
        let judgement = judge(policy, text.as_bytes());
        let rule = judgement.findings.first().map(|first| first.rule);
        (judgement.action != Action::Allow).then_some(rule.unwrap_or("input"))
    };
    // A secret that something known is a part of is one still.
    match refused(text)
        .filter(|rule| !FORM_RULES.contains(rule))
        .or_else(|| refused(&masked))
    {
        Some(rule) => (left_out(rule), 1),
        None => (masked, count),
    }
}

fn one_or_many(value: &mut Value) -> &mut [Value] {
    match value {
        Value::Array(values) => values,
        one => std::slice::from_mut(one),
    }
}

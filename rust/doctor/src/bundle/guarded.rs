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

use super::known::Known;

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
    let rule = match value.as_str() {
        Some(text) => refusal(policy, text, known),
        None => Some("input"),
    };
    let Some(rule) = rule else { return 0 };
    *value = format!("[left out: {rule}]").into();
    1
}

/// The rule that refuses a text.
fn refusal(policy: &TextPolicy<'_>, text: &str, known: &Known) -> Option<&'static str> {
    if policy.class == TextClass::Opaque {
        return Some("class");
    }
    known.rule_in(text).or_else(|| {
        let judgement = judge(policy, text.as_bytes());
        let rule = judgement
            .findings
            .first()
            .map_or("input", |first| first.rule);
        (judgement.action != Action::Allow).then_some(rule)
    })
}

fn one_or_many(value: &mut Value) -> &mut [Value] {
    match value {
        Value::Array(values) => values,
        one => std::slice::from_mut(one),
    }
}

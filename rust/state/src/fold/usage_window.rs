//! Usage of the last 24 hours by model, counted from the log of usage events (FLD-060 … FLD-063).

use std::collections::{BTreeMap, HashSet};

use super::DAY_MS;
use super::key::{push_part, push_text};
use super::view::{KeyParts, read_envelope};
use crate::r#gen::tables::USAGE_EVENT;
use crate::proto::state::v1::ModelUsage;
use crate::record::kind::kind_named;
use crate::record::schema::{FieldType, KindTable};
use crate::record::wire::{Malformed, Value, check_field, fields_of};
use crate::segment::folder::PlacedRecord;

/// Upstream's prune writes these two anew.
const VOLATILE: [&str; 2] = ["day", "error_class"];

/// Bits of the double -0.
const MINUS_ZERO: u64 = 1 << 63;

/// A count in progress: make one with `create_usage_window`, feed it with `count_usage`.
#[derive(Debug, Clone)]
pub struct UsageWindow<'a> {
    now: i64,
    /// The kind of usage events.
    kind: Option<&'static KindTable>,
    /// Number of the field `ts`.
    ts: u32,
    seen: HashSet<Vec<u8>>,
    models: BTreeMap<&'a [u8], ModelUsage>,
    parts: KeyParts<'a>,
}

/// An empty count of the 24 hours before an instant, in milliseconds since 1970.
#[must_use]
pub fn create_usage_window<'a>(now: i64) -> UsageWindow<'a> {
    let ts = USAGE_EVENT.field_named("ts");
    UsageWindow {
        now,
        kind: kind_named("usage_event"),
        ts: ts.map_or(0, |field| field.number),
        seen: HashSet::new(),
        models: BTreeMap::new(),
        parts: Vec::new(),
    }
}

/// Counts a record if it is a usage event of the window that was not counted before, and gives whether it was. A
/// malformed one counts nothing.
pub fn count_usage<'a>(window: &mut UsageWindow<'a>, record: PlacedRecord<'a>) -> bool {
    let Some(kind) = window.kind.filter(|kind| kind.number == record.kind) else {
        return false;
    };
    let Ok(envelope) = read_envelope(kind, record.payload, &mut window.parts) else {
        return false;
    };
    // A malformed event has left no trace in the window when it is found out.
    count_event(window, envelope.message, envelope.observed_at).unwrap_or(false)
}

/// The sums, in byte order of the models.
#[must_use]
pub fn usage_of(window: &UsageWindow<'_>) -> Vec<ModelUsage> {
    window.models.values().cloned().collect()
}

fn count_event<'a>(
    window: &mut UsageWindow<'a>,
    message: &'a [u8],
    observed_at: i64,
) -> Result<bool, Malformed> {
    // Nearly all events are outside of the window, so their time is looked for before anything is checked.
    let mut ts = observed_at as f64;
    for field in fields_of(message) {
        let field = field?;
        if let (true, Value::I64(bits)) = (field.number == window.ts, field.value) {
            ts = f64::from_bits(bits);
        }
    }
    let from = window.now.saturating_sub(DAY_MS) as f64;
    let until = window.now.saturating_add(60_000) as f64;
    if !(from..=until).contains(&ts) {
        return Ok(false);
    }
    // The last raw value of each field, in the order of the table.
    let values = &mut window.parts;
    values.clear();
    values.resize(USAGE_EVENT.fields.len(), None);
    for field in fields_of(message) {
        let field = field?;
        let known = USAGE_EVENT.fields.iter().zip(values.iter_mut());
        if let Some((known, value)) = known
            .into_iter()
            .find(|(known, _)| known.number == field.number)
        {
            check_field(known, field.value)?;
            *value = Some(field.value);
        }
    }
    let is_new = window.seen.insert(identity_of(values));
    if is_new {
        add(&mut window.models, values);
    }
    Ok(is_new)
}

fn identity_of(values: &[Option<Value<'_>>]) -> Vec<u8> {
    let mut identity = Vec::with_capacity(256);
    for (known, value) in USAGE_EVENT.fields.iter().zip(values) {
        if VOLATILE.contains(&known.name) {
            continue;
        }
        // An absent field counts as its zero, but only a double may be null; -0 is 0.
        match (known.ty, *value) {
            (FieldType::String, None) => push_text(&mut identity, b""),
            (FieldType::Double, Some(Value::I64(MINUS_ZERO))) => {
                push_part(&mut identity, known.ty, Some(Value::I64(0)));
            }
            (ty, None) if ty != FieldType::Double => {
                let default = u64::from(known.name == "v");
                push_part(&mut identity, ty, Some(Value::Varint(default)));
            }
            (ty, value) => push_part(&mut identity, ty, value),
        }
    }
    identity
}

fn add<'a>(models: &mut BTreeMap<&'a [u8], ModelUsage>, values: &[Option<Value<'a>>]) {
    let is = |name| matches!(value_of(values, name), Some(Value::Varint(value)) if value != 0);
    let model = match value_of(values, "model") {
        Some(Value::Len(model)) if !model.is_empty() => model,
        _ => b"unknown",
    };
    let tokens = match value_of(values, "total_tokens") {
        Some(Value::Varint(tokens)) => tokens,
        _ => 0,
    };
    let sum = models.entry(model).or_insert_with(|| ModelUsage {
        model: Some(String::from_utf8_lossy(model).into_owned()),
        ..Default::default()
    });
    let reported = is("usage_reported");
    let add_to = |field: &mut Option<u64>, more: u64| {
        *field = Some(field.unwrap_or(0).saturating_add(more));
    };
    add_to(&mut sum.requests, 1);
    add_to(&mut sum.failures, u64::from(!is("ok")));
    add_to(&mut sum.rate_limited, u64::from(is("rate_limited")));
    add_to(&mut sum.reported_tokens, if reported { tokens } else { 0 });
    let estimated = !reported && is("usage_estimated");
    add_to(
        &mut sum.estimated_tokens,
        if estimated { tokens } else { 0 },
    );
}

fn value_of<'a>(values: &[Option<Value<'a>>], name: &str) -> Option<Value<'a>> {
    let mut known = USAGE_EVENT.fields.iter().zip(values);
    known
        .find(|(known, _)| known.name == name)
        .and_then(|(_, value)| *value)
}

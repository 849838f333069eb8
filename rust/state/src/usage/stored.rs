//! Usage events as they lie in records. `ts/src/usage/stored.ts` and `export.ts` read them the same way.

use std::borrow::Cow;
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hasher};

use prost::Message;

use super::line::UsageEvent;
use crate::proto::state::v1 as proto;
use crate::proto::state::v1::record::Kind;
use crate::record::kind::kind_named;
use crate::record::stamp::DAY_MS;
use crate::segment::folder::Folder;

/// What makes two usage events the same (USE-020): 128 bits of hash over every field but `day` and `error_class`, and
/// the ordinal.
#[derive(PartialEq, Eq, Hash)]
struct Identity(u64, u64);

fn identity(event: &proto::UsageEvent) -> Identity {
    Identity(hash(event, 1), hash(event, 2))
}

/// A recorded event.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordedEvent {
    /// The stamp of its record, 0 where absent.
    pub stamp: u64,
    /// When the request ended, else when it was observed: milliseconds since 1970.
    pub ts: f64,
    /// The event as it is recorded.
    pub event: proto::UsageEvent,
}

/// Every recorded event once, in the order given, from the payloads of the usage records that count. Payloads that are no
/// usage record, and events from before `not_before` (milliseconds since 1970), are left out.
pub fn recorded_events<'a>(
    payloads: impl IntoIterator<Item = &'a [u8]>,
    not_before: i64,
) -> impl Iterator<Item = RecordedEvent> {
    let mut seen = HashSet::new();
    payloads.into_iter().filter_map(move |payload| {
        let record = proto::Record::decode(payload).ok()?;
        let Some(Kind::UsageEvent(event)) = record.kind else {
            return None;
        };
        let ts = event.ts.unwrap_or(record.observed_at.unwrap_or(0) as f64);
        let is_new = ts >= not_before as f64 && seen.insert(identity(&event));
        is_new.then_some(RecordedEvent {
            stamp: record.stamp.unwrap_or(0),
            ts,
            event,
        })
    })
}

/// What a summary needs of `recorded_events`, in the order of recording (stamp, then the order given).
pub fn events_of_records<'a>(
    payloads: impl IntoIterator<Item = &'a [u8]>,
    not_before: i64,
) -> Vec<UsageEvent> {
    let mut stamped: Vec<_> = recorded_events(payloads, not_before)
        .map(|recorded| (recorded.stamp, event_of(recorded.event, recorded.ts)))
        .collect();
    stamped.sort_by_key(|(stamp, _)| *stamp);
    stamped.into_iter().map(|(_, event)| event).collect()
}

/// Every recorded event of a folder once, as `events_of_records` gives them, but for those that are older at `now`, in
/// milliseconds since 1970, than these days.
pub fn events_of_folder(folder: &Folder, retention_days: u32, now: i64) -> Vec<UsageEvent> {
    let number = kind_named("usage_event").map(|kind| kind.number);
    let records = folder
        .records()
        .filter(|record| Some(record.kind) == number);
    let kept = i64::from(retention_days) * DAY_MS;
    events_of_records(
        records.map(|record| record.payload),
        now.saturating_sub(kept),
    )
}

fn event_of(event: proto::UsageEvent, ts: f64) -> UsageEvent {
    UsageEvent {
        ts,
        model: match event.model {
            Some(model) if !model.is_empty() => Cow::Owned(model.into_bytes()),
            _ => Cow::Borrowed(b"unknown"),
        },
        ok: event.ok.unwrap_or(false),
        latency_ms: event.latency_ms.unwrap_or(0) as f64,
        total_tokens: event.total_tokens.unwrap_or(0) as f64,
        prompt_tokens: event.prompt_tokens.unwrap_or(0) as f64,
        completion_tokens: event.completion_tokens.unwrap_or(0) as f64,
        usage_reported: event.usage_reported.unwrap_or(false),
        usage_estimated: event.usage_estimated.unwrap_or(false),
        cost: event.cost.unwrap_or(0.0),
        rate_limited: event.rate_limited.unwrap_or(false),
    }
}

fn hash(event: &proto::UsageEvent, salt: u8) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write_u8(salt);
    for number in [
        Some(f64::from(event.v.unwrap_or(1))),
        event.ts,
        event.cost,
        event.retry_after_seconds,
        event.limit_reset_at_ts,
        event.rate_limit_remaining,
        event.rate_limit_limit,
    ] {
        match number {
            None => hasher.write_u8(0),
            // Adding 0 makes -0 the 0 that it prints as.
            Some(number) => {
                hasher.write_u8(1);
                hasher.write_u64((number + 0.0).to_bits());
            }
        }
    }
    for text in [
        &event.model,
        &event.returned_model,
        &event.usage_source,
        &event.limit_reset_at,
        &event.limit_source,
    ] {
        let text = text.as_deref().unwrap_or_default();
        hasher.write_usize(text.len());
        hasher.write(text.as_bytes());
    }
    for count in [
        u64::from(event.status.unwrap_or(0)),
        event.latency_ms.unwrap_or(0),
        event.total_tokens.unwrap_or(0),
        event.prompt_tokens.unwrap_or(0),
        event.completion_tokens.unwrap_or(0),
        u64::from(event.ordinal.unwrap_or(0)),
    ] {
        hasher.write_u64(count);
    }
    for truth in [
        event.ok,
        event.usage_reported,
        event.usage_estimated,
        event.rate_limited,
    ] {
        hasher.write_u8(u8::from(truth.unwrap_or(false)));
    }
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::r#gen::tables::USAGE_EVENT;
    use crate::record::schema::FieldType;
    use crate::record::varint::push_varint;
    use crate::record::wire::push_length_delimited;

    fn payload(stamp: u64, ordinal: u32, day: &str) -> Vec<u8> {
        let event = proto::UsageEvent {
            ts: Some(5.0),
            day: Some(day.to_owned()),
            model: Some("m1".to_owned()),
            ordinal: Some(ordinal),
            ..Default::default()
        };
        proto::Record {
            stamp: Some(stamp),
            kind: Some(Kind::UsageEvent(event)),
            ..Default::default()
        }
        .encode_to_vec()
    }

    #[test]
    fn an_event_counts_once_and_a_twin_counts_too() {
        let payloads = [
            payload(3, 0, "2026-11-22"),
            payload(2, 0, "2026-11-23"),
            payload(1, 1, "2026-11-22"),
            b"\xff".to_vec(),
        ];
        let slices = || payloads.iter().map(Vec::as_slice);
        assert_eq!(events_of_records(slices(), 0).len(), 2);
        assert_eq!(events_of_records(slices(), 6).len(), 0);
    }

    #[test]
    fn every_field_but_two_tells_events_apart() {
        let plain = identity(&proto::UsageEvent::default());
        for field in USAGE_EVENT.fields {
            let mut bytes = Vec::new();
            match field.ty {
                FieldType::String => push_length_delimited(&mut bytes, field.number, b"x"),
                FieldType::Double => {
                    push_varint(&mut bytes, u64::from(field.number) << 3 | 1);
                    bytes.extend(5_f64.to_le_bytes());
                }
                // 2, because `v` is 1 where it is absent.
                _ => {
                    let value = if field.ty == FieldType::Bool { 1 } else { 2 };
                    push_varint(&mut bytes, u64::from(field.number) << 3);
                    push_varint(&mut bytes, value);
                }
            }
            let event = proto::UsageEvent::decode(bytes.as_slice()).unwrap();
            assert_ne!(event, proto::UsageEvent::default(), "{}", field.name);
            let is_same = identity(&event) == plain;
            assert_eq!(
                is_same,
                ["day", "error_class"].contains(&field.name),
                "{}",
                field.name
            );
        }
    }
}

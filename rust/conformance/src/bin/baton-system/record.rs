//! Records with a name of their own, which the judge finds again in whatever reads them.

use std::time::{SystemTime, UNIX_EPOCH};

use baton_state::guard::record::{GuardedRecord, guard_record};
use baton_state::proto::state::v1::record::Kind;
use baton_state::proto::state::v1::{Client, HandoffNote, Record, UsageEvent};
use baton_state::record::error::BatonError;

/// Milliseconds of a day.
pub const DAY: i64 = 86_400_000;
/// How long ago what gc may let go was observed, in days: above the retention of every kind that is written.
const OLD_DAYS: i64 = 120;

/// Which process writes.
#[derive(Debug, Clone, Copy)]
pub struct Who {
    /// Its place among those that write at once.
    pub slot: u32,
    /// How many were started in this place before.
    pub start: u32,
}

/// Milliseconds since 1970.
pub fn now_ms() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0, |now| now.as_millis() as i64)
}

/// Name of the record of a number; one that gc may let go says so.
pub fn name_of(who: Who, number: u64, is_old: bool) -> String {
    let class = if is_old { "old" } else { "keep" };
    format!("{class}-{number}-{}-{}", who.slot, who.start)
}

/// The record of a name, guarded: a note for even numbers, an event of usage for odd ones.
pub fn record_of(
    who: Who,
    number: u64,
    name: &str,
    stamp: u64,
) -> Result<GuardedRecord, BatonError> {
    let age = if name.starts_with("old") {
        OLD_DAYS * DAY
    } else {
        0
    };
    let kind = if number.is_multiple_of(2) {
        Kind::HandoffNote(HandoffNote {
            id: Some(format!(
                "n-{:02x}{:06x}{number:08x}",
                who.slot & 0xff,
                who.start & 0xff_ffff
            )),
            text: Some(name.to_owned()),
            ..HandoffNote::default()
        })
    } else {
        Kind::UsageEvent(UsageEvent {
            model: Some(name.to_owned()),
            ..UsageEvent::default()
        })
    };
    let workspace =
        matches!(kind, Kind::HandoffNote(_)).then(|| "github.com/acme/proxy".to_owned());
    guard_record(&Record {
        stamp: Some(stamp),
        observed_at: Some(now_ms() - age),
        workspace,
        client: Some(Client::Cli.into()),
        kind: Some(kind),
        ..Record::default()
    })
}

/// The name that a stored record has; None for records of others.
pub fn name_in(record: &Record) -> Option<&str> {
    match record.kind.as_ref()? {
        Kind::HandoffNote(note) => note.text.as_deref(),
        Kind::UsageEvent(event) => event.model.as_deref(),
        Kind::NextAction(action) => action.text.as_deref(),
        Kind::ConfigFact(fact) => fact.value.as_deref(),
        _ => None,
    }
}

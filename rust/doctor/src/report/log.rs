//! What only the segments tell: every request, check, note and model state that was recorded, not the last ones alone.

use baton_state::proto::state::v1::Record;
use baton_state::proto::state::v1::record::Kind;
use baton_state::record::kind::kind_named;
use baton_state::segment::folder::Folder;
use baton_state::usage::stored::{RecordedEvent, recorded_events};
use prost::Message;

use super::period::Period;

/// Kinds that are told one by one.
const TOLD: [&str; 3] = ["validation", "handoff_note", "model_health"];

/// Something that was recorded.
#[derive(Debug, Clone)]
pub struct Told {
    /// Kind number.
    pub number: u32,
    /// What it says.
    pub kind: Kind,
    /// When it was true: milliseconds since 1970.
    pub at: i64,
    /// Its stamp, 0 where absent.
    pub stamp: u64,
    /// Its workspace, empty where it has none.
    pub workspace: String,
}

/// What was recorded in a period.
#[derive(Debug, Clone, Default)]
pub struct Log {
    /// Requests, each once.
    pub events: Vec<RecordedEvent>,
    /// Checks, notes and states of models.
    pub told: Vec<Told>,
}

impl Log {
    /// What the records of a folder tell of a period; `usage_from` is before when requests are not shown any more, in
    /// milliseconds since 1970.
    pub fn of(folder: &Folder, period: &Period, usage_from: i64) -> Log {
        let (from, until) = period.bounds();
        let usage = kind_named("usage_event").map(|kind| kind.number);
        let told = TOLD.map(|name| kind_named(name).map(|kind| kind.number));
        let payloads = folder.records();
        let payloads = payloads.filter(|record| Some(record.kind) == usage);
        let payloads = payloads.map(|record| record.payload);
        let told = folder.records().filter_map(|placed| {
            if !told.contains(&Some(placed.kind)) {
                return None;
            }
            let record = Record::decode(placed.payload).ok()?;
            let at = record.observed_at();
            (from..until).contains(&at).then_some(Told {
                number: placed.kind,
                at,
                stamp: record.stamp(),
                kind: record.kind?,
                workspace: record.workspace.unwrap_or_default(),
            })
        });
        Log {
            told: told.collect(),
            events: recorded_events(payloads, from.max(usage_from)).collect(),
        }
    }
}

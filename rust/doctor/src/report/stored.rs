//! What lies in the state directory, kind by kind, and for how long it is shown.

use std::collections::BTreeMap;

use baton_state::fold::state::retention_days;
use baton_state::fold::view::{KeyParts, read_envelope};
use baton_state::r#gen::tables::KINDS;
use baton_state::proto::state::v1::RetentionOverride;
use baton_state::record::kind::kind_numbered;
use baton_state::record::schema::KindTable;
use baton_state::segment::folder::Folder;

/// What lies there of one kind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stored {
    /// Records that count.
    pub records: u64,
    /// Bytes of their frames.
    pub bytes: u64,
    /// When the oldest was true: milliseconds since 1970; None where there is none, or none tells.
    pub oldest: Option<i64>,
}

impl Stored {
    fn add(&mut self, bytes: u64, at: Option<i64>) {
        self.records += 1;
        self.bytes += bytes;
        self.oldest = match (self.oldest, at) {
            (Some(oldest), Some(at)) => Some(oldest.min(at)),
            (oldest, at) => oldest.or(at),
        };
    }
}

/// What lies there, by kind number in the order of the schema, with all kinds that it has.
pub fn stored_of(folder: &Folder) -> BTreeMap<u32, Stored> {
    let kinds = KINDS.iter().map(|kind| (kind.number, Stored::default()));
    let mut stored: BTreeMap<u32, Stored> = kinds.collect();
    let mut parts = KeyParts::new();
    for record in folder.records() {
        let envelope = kind_numbered(record.kind)
            .and_then(|kind| read_envelope(kind, record.payload, &mut parts).ok());
        let at = envelope.map(|envelope| envelope.observed_at);
        let at = at.filter(|at| *at > 0);
        let kind = stored.entry(record.kind).or_default();
        kind.add(record.length, at);
    }
    stored
}

/// For how long records of a kind are shown, in words (FLD-040 … FLD-044).
pub fn shown_for(kind: &KindTable, retention: &[RetentionOverride]) -> String {
    let days = retention_days(kind, retention);
    let days = match days {
        1 => "1 day".to_owned(),
        days => format!("{days} days"),
    };
    if kind.keep_latest {
        "the last one always".to_owned()
    } else if kind.terminal.is_some() {
        format!("always; {days} once finished")
    } else {
        days
    }
}

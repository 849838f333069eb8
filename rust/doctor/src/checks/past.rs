//! The check of what retention lets go: about what `baton gc` would give back (SEG-071).

use std::collections::HashSet;

use baton_state::fold::state::is_within;
use baton_state::fold::view::{KeyParts, read_envelope};
use baton_state::record::kind::kind_numbered;
use baton_state::record::schema::Fold;
use baton_state::record::stamp::DAY_MS;
use baton_state::segment::folder::PlacedRecord;

use super::ground::Ground;
use super::seen::{Seen, ok, warn};

/// So many are read in a few milliseconds.
const MOST_PAST: usize = 10_000;
/// Below a quarter of all, giving their space back is not worth rewriting the rest.
const MOST_OF_ALL: usize = 4;

/// Records that are past the days of their kind and shown by nobody.
struct Past {
    records: usize,
    bytes: u64,
    all: usize,
}

impl Past {
    fn is_much(&self) -> bool {
        self.records > MOST_PAST && self.records > self.all / MOST_OF_ALL
    }
}

/// How much of what is stored only waits for `baton gc`.
pub fn little(ground: &Ground) -> Result<Seen, Seen> {
    let past = past(ground)?;
    let Past { records, all, .. } = past;
    let kib = past.bytes.div_ceil(1024);
    let told = format!("{records} of {all} records are past their days: about {kib} KiB");
    Ok(match records {
        0 => ok("no record is past its days"),
        _ if past.is_much() => warn(
            told,
            "opencode-proxy-doctor check --fix, or baton gc; baton gc --dry-run says how much",
        ),
        _ => ok(told),
    })
}

/// Whether the check would warn.
pub fn is_gc_due(ground: &Ground) -> bool {
    past(ground).is_ok_and(|past| past.is_much())
}

fn past(ground: &Ground) -> Result<Past, Seen> {
    let folder = ground.folder()?;
    let config = ground.home.config().unwrap_or_default();
    let fold = ground.fold()?;
    // As gc counts: a clock that jumped ahead makes nothing old.
    let now = ground.now.min(fold.latest().saturating_add(DAY_MS));
    let winners: HashSet<_> = fold
        .winners()
        .iter()
        .map(|(_, winner)| (winner.record.segment, winner.record.offset))
        .collect();
    let mut past = Past {
        records: 0,
        bytes: 0,
        all: 0,
    };
    let mut parts = KeyParts::new();
    let mut is_past = |record: &PlacedRecord<'static>| {
        let kind = kind_numbered(record.kind)?;
        let observed_at = read_envelope(kind, record.payload, &mut parts)
            .ok()?
            .observed_at;
        let is_young = is_within(kind, observed_at, now, &config.retention)
            || (kind.fold == Fold::Log && now <= observed_at.saturating_add(DAY_MS));
        let is_winner = winners.contains(&(record.segment, record.offset));
        (!is_young && !is_winner).then_some(())
    };
    for record in folder.records() {
        past.all += 1;
        if is_past(&record).is_some() {
            past.records += 1;
            past.bytes += record.length;
        }
    }
    Ok(past)
}

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
#[derive(Default)]
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
    let config = ground.home.config().unwrap_or_default();
    let winners: HashSet<_> = ground
        .fold()?
        .winners()
        .iter()
        .map(|(_, winner)| (*winner.record.segment, winner.record.offset))
        .collect();
    let latest = ground.state()?.latest();
    // As gc counts: a clock that jumped ahead makes nothing old.
    let now = ground.now.min(latest.saturating_add(DAY_MS));
    let is_young = |record: &PlacedRecord<'_>| {
        let kind = kind_numbered(record.kind)?;
        let envelope = read_envelope(kind, record.payload, &mut KeyParts::new()).ok()?;
        let observed_at = envelope.observed_at;
        let is_counted = kind.fold == Fold::Log && now <= observed_at.saturating_add(DAY_MS);
        Some(is_counted || is_within(kind, observed_at, now, &config.retention))
    };
    let parts = ground.each_record(Past::default, |past, record| {
        past.all += 1;
        let is_winner = || winners.contains(&(*record.segment, record.offset));
        if is_young(record) == Some(false) && !is_winner() {
            past.records += 1;
            past.bytes += record.length;
        }
    })?;
    Ok(parts.iter().fold(Past::default(), |sum, part| Past {
        records: sum.records + part.records,
        bytes: sum.bytes + part.bytes,
        all: sum.all + part.all,
    }))
}

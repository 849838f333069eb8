//! The fold: of all records of one identity key the highest is the state (`docs/fold-and-brief.md`, FLD-…). It knows
//! kinds from the generated tables alone. The winners do not depend on the order in which records are folded.

pub mod key;
pub mod state;
pub mod status;
pub mod usage_window;
pub mod view;

#[cfg(test)]
mod tests;

use std::cmp::Ordering;
use std::collections::HashMap;

use self::view::{Envelope, KeyParts, Rank, read_envelope, read_rank, write_key};
use crate::record::kind::kind_numbered;
use crate::record::schema::{self, KindTable, Order, Scope};
pub use crate::record::stamp::DAY_MS;
use crate::record::stamp::ms_of;
use crate::record::wire::Malformed;
use crate::segment::folder::PlacedRecord;

/// The highest record of an identity key.
#[derive(Debug, Clone, Copy)]
pub struct Winner<'a> {
    /// Its kind.
    pub kind: &'static KindTable,
    /// Its workspace, UTF-8; None for machine kinds.
    pub workspace: Option<&'a [u8]>,
    /// Its stamp.
    pub stamp: u64,
    /// Milliseconds since 1970.
    pub observed_at: i64,
    /// What its state and generation say.
    pub rank: Rank,
    /// The record with its place.
    pub record: PlacedRecord<'a>,
}

/// A winner with its identity key.
pub type Keyed<'f, 'a> = (&'f [u8], &'f Winner<'a>);

/// What was left out, and why.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FoldCounts {
    /// Records of a kind that this program does not know.
    pub newer_than_me: u64,
    /// Records from more than a day ahead (FLD-003).
    pub from_future: u64,
    /// Records whose payload is no well-formed record of their kind (FLD-002).
    pub malformed: u64,
}

/// A fold in progress: make one with `create_fold`, feed it with `fold_record`.
#[derive(Debug, Clone)]
pub struct Fold<'a> {
    now: i64,
    workspace: Option<String>,
    /// Winners with the keys that a cache kept them under, as long as nothing else is folded; else empty.
    kept: Vec<(&'a [u8], Winner<'a>)>,
    winners: HashMap<Vec<u8>, Winner<'a>>,
    counts: FoldCounts,
    latest: i64,
    key: Vec<u8>,
    parts: KeyParts<'a>,
}

/// An empty fold at an instant, in milliseconds since 1970; of one workspace and the machine where one is named, then
/// records of other workspaces are passed over.
#[must_use]
pub fn create_fold<'a>(now: i64, workspace: Option<&str>) -> Fold<'a> {
    Fold {
        now,
        workspace: workspace.map(str::to_owned),
        kept: Vec::new(),
        winners: HashMap::new(),
        counts: FoldCounts::default(),
        latest: 0,
        key: Vec::new(),
        parts: Vec::new(),
    }
}

/// Folds one record. What is wrong with a payload is counted (FLD-001 … FLD-004).
pub fn fold_record<'a>(fold: &mut Fold<'a>, record: PlacedRecord<'a>) {
    for (key, winner) in std::mem::take(&mut fold.kept) {
        fold.winners.insert(key.to_vec(), winner);
    }
    let Some((candidate, envelope)) = fold.candidate(record) else {
        return;
    };
    write_key(candidate.kind, &envelope, &fold.parts, &mut fold.key);
    match fold.winners.get_mut(fold.key.as_slice()) {
        Some(present) => {
            if order_of(&candidate, present).is_gt() {
                *present = candidate;
            }
        }
        None => {
            fold.winners.insert(fold.key.clone(), candidate);
        }
    }
}

/// Folds the winners that a cache kept, with their identity keys, no key twice: a fold without records takes them as they
/// are, without looking for others of their keys. They are judged at the instant of the fold like all records.
pub fn fold_winners<'a>(
    fold: &mut Fold<'a>,
    winners: impl Iterator<Item = (&'a [u8], Winner<'a>)>,
) {
    for (key, winner) in winners {
        if !fold.winners.is_empty() {
            fold_record(fold, winner.record);
        } else if fold.admits(winner.stamp, winner.observed_at, winner.workspace) {
            fold.kept.push((key, winner));
        }
    }
}

impl<'a> Fold<'a> {
    /// The record as it stands against others of its key, whose parts are left in `self.parts`; None where it is left
    /// out.
    fn candidate(&mut self, record: PlacedRecord<'a>) -> Option<(Winner<'a>, Envelope<'a>)> {
        let Some(kind) = kind_numbered(record.kind) else {
            self.counts.newer_than_me += 1;
            return None;
        };
        candidate_of(self, kind, record).unwrap_or_else(|Malformed| {
            self.counts.malformed += 1;
            None
        })
    }

    /// Whether a record of this time and workspace takes part, and counts it where it is from the future.
    fn admits(&mut self, stamp: u64, observed_at: i64, workspace: Option<&[u8]>) -> bool {
        let time = (ms_of(stamp) as i64).max(observed_at);
        self.latest = self.latest.max(time);
        if time > self.now.saturating_add(DAY_MS) {
            self.counts.from_future += 1;
            return false;
        }
        match (&self.workspace, workspace) {
            (Some(wanted), Some(workspace)) => wanted.as_bytes() == workspace,
            _ => true,
        }
    }

    /// The winners in byte order of their keys.
    #[must_use]
    pub fn winners(&self) -> Vec<Keyed<'_, 'a>> {
        let kept = self.kept.iter().map(|(key, winner)| (*key, winner));
        let folded = self.winners.iter();
        let folded = folded.map(|(key, winner)| (key.as_slice(), winner));
        let mut winners: Vec<_> = kept.chain(folded).collect();
        // What was kept comes in two stretches that rise, which a stable sort only merges.
        winners.sort_by_key(|(key, _)| *key);
        winners
    }

    /// The instant: milliseconds since 1970.
    #[must_use]
    pub fn now(&self) -> i64 {
        self.now
    }

    /// What was left out.
    #[must_use]
    pub fn counts(&self) -> FoldCounts {
        self.counts
    }

    /// Latest stamp or observed_at seen, in milliseconds since 1970: what `holds_at` asks.
    #[must_use]
    pub fn latest(&self) -> i64 {
        self.latest
    }
}

/// Whether a cache built from a fold answers for `now` (FLD-030): it left out nothing as from the future, and holds
/// nothing that is from the future at `now`. Else readers scan.
#[must_use]
pub fn holds_at(from_future: u64, latest: i64, now: i64) -> bool {
    from_future == 0 && latest <= now.saturating_add(DAY_MS)
}

/// Which of two records of one identity key is higher (FLD-020); equal only for records that are equal in everything.
#[must_use]
pub fn order_of(a: &Winner<'_>, b: &Winner<'_>) -> Ordering {
    let observed = match a.kind.order {
        Order::ObservedAt => a.observed_at.cmp(&b.observed_at),
        Order::Stamp => Ordering::Equal,
    };
    a.rank
        .terminal
        .cmp(&b.rank.terminal)
        .then(a.rank.generation.cmp(&b.rank.generation))
        .then(observed)
        .then(a.stamp.cmp(&b.stamp))
        .then_with(|| a.record.writer.cmp(&b.record.writer))
        .then(a.record.seq.cmp(&b.record.seq))
        .then_with(|| a.record.payload.cmp(b.record.payload))
}

fn candidate_of<'a>(
    fold: &mut Fold<'a>,
    kind: &'static KindTable,
    record: PlacedRecord<'a>,
) -> Result<Option<(Winner<'a>, Envelope<'a>)>, Malformed> {
    let envelope = read_envelope(kind, record.payload, &mut fold.parts)?;
    let workspace = match kind.scope {
        Scope::Workspace => envelope.workspace,
        Scope::Machine => None,
    };
    if !fold.admits(envelope.stamp, envelope.observed_at, workspace)
        || kind.fold == schema::Fold::Log
    {
        return Ok(None);
    }
    let candidate = Winner {
        kind,
        workspace,
        stamp: envelope.stamp,
        observed_at: envelope.observed_at,
        rank: read_rank(kind, envelope.message, &mut fold.parts)?,
        record,
    };
    Ok(Some((candidate, envelope)))
}

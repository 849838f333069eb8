//! Winners that own their records: what a fold comes to when the bytes that it borrowed are gone.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::part::Part;
use crate::fold::view::Rank;
use crate::fold::{Fold, FoldCounts, Winner, order_of};
use crate::r#gen::tables::KINDS;
use crate::record::schema;
use crate::segment::Id;
use crate::segment::folder::PlacedRecord;

/// A record with its place, owned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredRecord {
    segment: Id,
    offset: u64,
    length: u64,
    writer: Id,
    seq: u64,
    kind: u32,
    #[serde(with = "serde_bytes")]
    payload: Vec<u8>,
}

/// A winner with its record: all that a fold has found out about it, but for the workspace, which its part names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredWinner {
    stamp: u64,
    observed_at: i64,
    rank: Rank,
    record: StoredRecord,
}

/// The winners of a part with their identity keys, in byte order of these.
pub type StoredWinners = Vec<(ByteBuf, StoredWinner)>;

impl StoredRecord {
    /// A copy of a record.
    pub fn of(record: &PlacedRecord<'_>) -> StoredRecord {
        StoredRecord {
            segment: *record.segment,
            offset: record.offset,
            length: record.length,
            writer: record.writer,
            seq: record.seq,
            kind: record.kind,
            payload: record.payload.to_vec(),
        }
    }

    /// The record as a fold takes it.
    pub fn placed(&self) -> PlacedRecord<'_> {
        PlacedRecord {
            segment: &self.segment,
            offset: self.offset,
            length: self.length,
            writer: self.writer,
            seq: self.seq,
            kind: self.kind,
            payload: &self.payload,
        }
    }
}

impl StoredWinner {
    /// A copy of a winner.
    pub fn of(winner: &Winner<'_>) -> StoredWinner {
        StoredWinner {
            stamp: winner.stamp,
            observed_at: winner.observed_at,
            rank: winner.rank,
            record: StoredRecord::of(&winner.record),
        }
    }

    /// The winner as a fold takes it; None where this program does not know its kind.
    pub fn winner<'a>(&'a self, workspace: Option<&'a [u8]>) -> Option<Winner<'a>> {
        Some(Winner {
            kind: KINDS.iter().find(|kind| kind.number == self.record.kind)?,
            workspace,
            stamp: self.stamp,
            observed_at: self.observed_at,
            rank: self.rank,
            record: self.record.placed(),
        })
    }
}

/// What folds of several files come to together.
#[derive(Debug, Default)]
pub struct StoredFold {
    /// By identity key, which names the workspace too.
    winners: HashMap<Vec<u8>, (Part, StoredWinner)>,
    latest: i64,
    counts: FoldCounts,
}

impl StoredFold {
    /// Takes in what the fold of one file came to.
    pub fn absorb(&mut self, fold: &Fold<'_>) {
        for (identity, winner) in fold.winners() {
            if self.is_beaten(identity, winner) {
                let stored = (Part::of(winner.workspace), StoredWinner::of(winner));
                self.winners.insert(identity.to_vec(), stored);
            }
        }
        self.count(fold.latest(), fold.counts());
    }

    /// Takes in another one.
    pub fn merge(&mut self, other: StoredFold) {
        for (identity, (part, stored)) in other.winners {
            if self.is_won_by(&identity, &part, &stored) {
                self.winners.insert(identity, (part, stored));
            }
        }
        self.count(other.latest, other.counts);
    }

    /// Takes in the winners of a part.
    pub fn add(&mut self, part: Part, winners: StoredWinners) {
        for (identity, stored) in winners {
            if self.is_won_by(&identity, &part, &stored) {
                self.winners
                    .insert(identity.into_vec(), (part.clone(), stored));
            }
        }
    }

    /// Whether a winner of another fold wins here too; one of a kind that this program does not know never does.
    fn is_won_by(&self, identity: &[u8], part: &Part, stored: &StoredWinner) -> bool {
        let candidate = stored.winner(part.workspace());
        candidate.is_some_and(|candidate| self.is_beaten(identity, &candidate))
    }

    /// Whether a candidate wins over what is there under its identity key.
    fn is_beaten(&self, identity: &[u8], candidate: &Winner<'_>) -> bool {
        let present = self.winners.get(identity);
        let present = present.and_then(|(part, stored)| stored.winner(part.workspace()));
        present.is_none_or(|present| order_of(candidate, &present).is_gt())
    }

    fn count(&mut self, latest: i64, counts: FoldCounts) {
        self.latest = self.latest.max(latest);
        self.counts.newer_than_me += counts.newer_than_me;
        self.counts.from_future += counts.from_future;
        self.counts.malformed += counts.malformed;
    }

    /// Latest stamp or `observed_at`, in milliseconds since 1970.
    pub fn latest(&self) -> i64 {
        self.latest
    }

    /// What was left out.
    pub fn counts(&self) -> FoldCounts {
        self.counts
    }

    /// The winners by the part that they belong to.
    pub fn into_parts(self) -> BTreeMap<Part, StoredWinners> {
        let mut parts: BTreeMap<Part, StoredWinners> = BTreeMap::new();
        for (identity, (part, stored)) in self.winners {
            let winners = parts.entry(part).or_default();
            winners.push((ByteBuf::from(identity), stored));
        }
        for winners in parts.values_mut() {
            winners.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        }
        parts
    }
}

/// Whether a record becomes state: logs are counted by those who scan, never folded.
pub(super) fn is_state(record: &PlacedRecord<'_>) -> bool {
    KINDS
        .iter()
        .all(|kind| kind.number != record.kind || kind.fold != schema::Fold::Log)
}

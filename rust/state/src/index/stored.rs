//! Winners that own their records: what a fold comes to when the bytes that it borrowed are gone.

use std::collections::HashMap;

use prost::Message as _;

use super::sheet::{group_of, group_prefix};
use super::unusable::Unusable;
use crate::fold::view::Rank;
use crate::fold::{Fold, FoldCounts, Winner, order_of};
use crate::record::schema::KindTable;
use crate::record::wire::{Value as Raw, fields_of};
use crate::segment::Id;
use crate::segment::folder::PlacedRecord;

/// A record with its place, owned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRecord {
    segment: Id,
    offset: u64,
    length: u64,
    writer: Id,
    seq: u64,
    kind: u32,
    payload: Vec<u8>,
}

/// Its value in the table of winners; the kind stands in the key.
#[derive(Clone, PartialEq, prost::Message)]
struct Value {
    #[prost(bytes = "vec", tag = "1")]
    segment: Vec<u8>,
    #[prost(uint64, tag = "2")]
    offset: u64,
    #[prost(uint64, tag = "3")]
    length: u64,
    #[prost(bytes = "vec", tag = "4")]
    writer: Vec<u8>,
    #[prost(uint64, tag = "5")]
    seq: u64,
    #[prost(bytes = "vec", tag = "6")]
    payload: Vec<u8>,
}

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

    /// Its value in the table of winners.
    pub fn to_value(&self) -> Vec<u8> {
        let value = Value {
            segment: self.segment.to_vec(),
            offset: self.offset,
            length: self.length,
            writer: self.writer.to_vec(),
            seq: self.seq,
            payload: self.payload.clone(),
        };
        value.encode_to_vec()
    }

    /// The record of an entry of the table of winners.
    pub fn from_entry(key: &[u8], value: &[u8]) -> Result<StoredRecord, Unusable> {
        read_entry(key, value).ok_or(Unusable::Damaged)
    }
}

/// Reads [`Value`] without a copy of what is not kept.
fn read_entry(key: &[u8], value: &[u8]) -> Option<StoredRecord> {
    let kind = identity_of(key).first_chunk::<4>()?;
    let (mut segment, mut writer, mut payload) = (None, None, &[][..]);
    let (mut offset, mut length, mut seq) = (0, 0, 0);
    for field in fields_of(value) {
        let field = field.ok()?;
        match (field.number, field.value) {
            (1, Raw::Len(bytes)) => segment = Some(Id::try_from(bytes).ok()?),
            (2, Raw::Varint(number)) => offset = number,
            (3, Raw::Varint(number)) => length = number,
            (4, Raw::Len(bytes)) => writer = Some(Id::try_from(bytes).ok()?),
            (5, Raw::Varint(number)) => seq = number,
            (6, Raw::Len(bytes)) => payload = bytes,
            _ => return None,
        }
    }
    Some(StoredRecord {
        segment: segment?,
        offset,
        length,
        writer: writer?,
        seq,
        kind: u32::from_be_bytes(*kind),
        payload: payload.to_vec(),
    })
}

/// The identity key in a key of the table of winners; empty where it is none.
pub(super) fn identity_of(key: &[u8]) -> &[u8] {
    let group = group_of(key).map_or(key.len(), <[u8]>::len);
    key.get(group..).unwrap_or_default()
}

/// The key of a winner in the table: what its group starts with, then its identity key.
fn winner_key(winner: &Winner<'_>, identity: &[u8]) -> Vec<u8> {
    let mut key = group_prefix(winner.workspace);
    key.extend_from_slice(identity);
    key
}

/// A winner with its record.
#[derive(Debug)]
struct Stored {
    kind: &'static KindTable,
    stamp: u64,
    observed_at: i64,
    rank: Rank,
    workspace: Option<Vec<u8>>,
    record: StoredRecord,
}

impl Stored {
    fn of(winner: &Winner<'_>) -> Stored {
        Stored {
            kind: winner.kind,
            stamp: winner.stamp,
            observed_at: winner.observed_at,
            rank: winner.rank,
            workspace: winner.workspace.map(<[u8]>::to_vec),
            record: StoredRecord::of(&winner.record),
        }
    }

    fn winner(&self) -> Winner<'_> {
        Winner {
            kind: self.kind,
            workspace: self.workspace.as_deref(),
            stamp: self.stamp,
            observed_at: self.observed_at,
            rank: self.rank,
            record: self.record.placed(),
        }
    }
}

/// What folds of several files come to together.
#[derive(Debug, Default)]
pub struct StoredFold {
    winners: HashMap<Vec<u8>, Stored>,
    latest: i64,
    counts: FoldCounts,
}

impl StoredFold {
    /// Takes in what the fold of one file came to.
    pub fn absorb(&mut self, fold: &Fold<'_>) {
        for (identity, winner) in fold.winners() {
            let key = winner_key(winner, identity);
            match self.winners.get_mut(&key) {
                Some(present) if order_of(winner, &present.winner()).is_gt() => {
                    *present = Stored::of(winner);
                }
                Some(_) => {}
                None => drop(self.winners.insert(key, Stored::of(winner))),
            }
        }
        self.count(fold.latest(), fold.counts());
    }

    /// Takes in another one.
    pub fn merge(&mut self, other: StoredFold) {
        for (key, stored) in other.winners {
            match self.winners.get_mut(&key) {
                Some(present) if order_of(&stored.winner(), &present.winner()).is_gt() => {
                    *present = stored
                }
                Some(_) => {}
                None => drop(self.winners.insert(key, stored)),
            }
        }
        self.count(other.latest, other.counts);
    }

    /// Leaves out what does not beat the winners of a fold.
    pub fn yield_to(&mut self, fold: &Fold<'_>) {
        for (identity, winner) in fold.winners() {
            let key = winner_key(winner, identity);
            if self
                .winners
                .get(&key)
                .is_some_and(|stored| order_of(&stored.winner(), winner).is_le())
            {
                self.winners.remove(&key);
            }
        }
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

    /// The records with their keys in the table of winners, in byte order of the keys.
    pub fn into_records(self) -> Vec<(Vec<u8>, StoredRecord)> {
        let mut records: Vec<_> = self
            .winners
            .into_iter()
            .map(|(key, stored)| (key, stored.record))
            .collect();
        records.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        records
    }
}

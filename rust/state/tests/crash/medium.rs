//! One file on a disk: what processes see of it, what was synced, and what a power cut makes of the rest.

use std::ops::Range;

use crate::random::Random;

/// What a disk writes as one.
const SECTOR: usize = 512;
/// What a kernel writes back as one.
const BLOCK: usize = 4096;

/// A change since the last sync.
#[derive(Debug, Clone)]
enum Change {
    Write { at: usize, bytes: Vec<u8> },
    Length(usize),
}

/// What a power cut does to the bytes that were not synced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Damage {
    /// None of it arrived.
    Emptied,
    /// All of it arrived.
    Unchanged,
    Zeroed,
    Halved,
    OneBitFlipped,
    /// Each sector arrived or not, on its own.
    Torn,
    /// One block did not arrive, later ones did.
    Reordered,
    /// Sectors hold what stood on the disk before: bytes of another file.
    Stale,
}

impl Damage {
    pub const ALL: [Damage; 8] = [
        Damage::Emptied,
        Damage::Unchanged,
        Damage::Zeroed,
        Damage::Halved,
        Damage::OneBitFlipped,
        Damage::Torn,
        Damage::Reordered,
        Damage::Stale,
    ];
}

/// The bytes of one file.
#[derive(Debug, Clone, Default)]
pub struct Medium {
    seen: Vec<u8>,
    synced: Vec<u8>,
    pending: Vec<Change>,
    /// After a failed sync nobody knows what arrived, and a later one that succeeds says nothing of it.
    is_lost: bool,
}

impl Medium {
    /// A file that is synced.
    pub fn of(bytes: Vec<u8>) -> Medium {
        Medium {
            seen: bytes.clone(),
            synced: bytes,
            ..Medium::default()
        }
    }

    /// What processes see.
    pub fn seen(&self) -> &[u8] {
        &self.seen
    }

    pub fn is_synced(&self) -> bool {
        self.pending.is_empty()
    }

    pub fn write(&mut self, at: usize, bytes: &[u8]) {
        write(&mut self.seen, at, bytes);
        let bytes = bytes.to_vec();
        self.pending.push(Change::Write { at, bytes });
    }

    pub fn set_len(&mut self, length: usize) {
        self.seen.resize(length, 0);
        self.pending.push(Change::Length(length));
    }

    pub fn sync(&mut self) {
        if !self.is_lost {
            self.synced.clone_from(&self.seen);
            self.pending.clear();
        }
    }

    pub fn fail_to_sync(&mut self) {
        self.is_lost |= !self.is_synced();
    }

    /// What is left of it after a power cut. `stale` is what Stale shows.
    pub fn after_cut(&self, damage: Damage, random: &mut Random, stale: &[u8]) -> Vec<u8> {
        let mut bytes = self.seen.clone();
        let touched = self.touched();
        match damage {
            Damage::Emptied => return self.synced.clone(),
            Damage::Unchanged => {}
            Damage::Zeroed => touched.into_iter().for_each(|range| bytes[range].fill(0)),
            Damage::Halved => {
                if let Some(range) = touched.last() {
                    bytes.truncate(range.start + range.len() / 2);
                }
            }
            Damage::OneBitFlipped => {
                if let Some(range) = pick(&touched, random) {
                    let at = range.start + random.below(range.len());
                    bytes[at] ^= 1 << random.below(8);
                }
            }
            Damage::Torn => bytes = self.arrived(SECTOR, |_| !random.one_in(3)),
            Damage::Reordered => {
                if let Some(range) = pick(&touched, random) {
                    let lost = (range.start + random.below(range.len())) / BLOCK;
                    bytes = self.arrived(BLOCK, |block| block != lost);
                }
            }
            Damage::Stale => {
                let sectors = touched.into_iter().flat_map(|range| pieces(range, SECTOR));
                for sector in sectors.filter(|_| random.one_in(3)) {
                    for (to, from) in bytes[sector.clone()]
                        .iter_mut()
                        .zip(stale.iter().skip(sector.start))
                    {
                        *to = *from;
                    }
                }
            }
        }
        bytes
    }

    /// The synced bytes with those pieces of `size` of the changes that `arrives` lets through, by their number in the file.
    fn arrived(&self, size: usize, mut arrives: impl FnMut(usize) -> bool) -> Vec<u8> {
        let mut bytes = self.synced.clone();
        for change in &self.pending {
            match change {
                Change::Write { at, bytes: new } => {
                    for piece in pieces(*at..at + new.len(), size) {
                        if arrives(piece.start / size) {
                            write(
                                &mut bytes,
                                piece.start,
                                &new[piece.start - at..piece.end - at],
                            );
                        }
                    }
                }
                Change::Length(length) if arrives(length / size) => bytes.resize(*length, 0),
                Change::Length(_) => {}
            }
        }
        bytes
    }

    /// What was written since the last sync, as far as it is still part of the file.
    fn touched(&self) -> Vec<Range<usize>> {
        let writes = self.pending.iter().filter_map(|change| match change {
            Change::Write { at, bytes } => Some(*at..(at + bytes.len()).min(self.seen.len())),
            Change::Length(_) => None,
        });
        writes.filter(|range| !range.is_empty()).collect()
    }
}

fn write(bytes: &mut Vec<u8>, at: usize, new: &[u8]) {
    let end = at + new.len();
    if bytes.len() < end {
        bytes.resize(end, 0);
    }
    bytes[at..end].copy_from_slice(new);
}

/// A range, cut where multiples of `size` lie.
fn pieces(range: Range<usize>, size: usize) -> impl Iterator<Item = Range<usize>> {
    let mut start = range.start;
    std::iter::from_fn(move || {
        let end = ((start / size + 1) * size).min(range.end);
        let piece = start..end;
        start = end;
        (!piece.is_empty()).then_some(piece)
    })
}

fn pick(ranges: &[Range<usize>], random: &mut Random) -> Option<Range<usize>> {
    (!ranges.is_empty()).then(|| ranges[random.below(ranges.len())].clone())
}

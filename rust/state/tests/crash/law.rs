//! The law: acknowledged ⊆ loaded ⊆ attempted, no record twice, the order of `seq` within a writer; after a power cut, what
//! was acknowledged as durable ⊆ loaded.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;

use baton_state::segment::Id;
use baton_state::segment::folder::{Segment, read_folder};
use baton_state::segment::writer::{Ack, Durability};
use tempfile::TempDir;

use crate::host::Memory;
use crate::machine::Survivors;

/// A judge, with a folder of its own.
pub struct Judge {
    dir: TempDir,
    /// Records that were loaded, over all judgements.
    pub loaded: u64,
    /// Records that had to be.
    pub owed: u64,
    pub judgements: u64,
}

impl Judge {
    pub fn new() -> Judge {
        Judge {
            dir: TempDir::new().unwrap(),
            loaded: 0,
            owed: 0,
            judgements: 0,
        }
    }

    /// Judges what a reader loads of these files. The power was never cut since the attempt `powered`.
    pub fn judge(
        &mut self,
        survivors: &Survivors,
        memory: &Memory,
        powered: usize,
    ) -> Result<(), String> {
        for (path, bytes) in survivors {
            fs::write(self.dir.path().join(path.file_name().unwrap()), bytes).unwrap();
        }
        let folder = read_folder(self.dir.path()).unwrap();
        for (path, _) in survivors {
            fs::remove_file(self.dir.path().join(path.file_name().unwrap())).unwrap();
        }
        let mut attempted = HashMap::new();
        for (order, attempt) in memory.attempts.iter().enumerate() {
            for (place, record) in attempt.records.iter().enumerate() {
                let ack = attempt.acks.as_ref().map(|acks| acks[place]);
                attempted.insert(record.payload(), (order, place, attempt.writer, ack));
            }
        }
        let mut loaded = HashSet::new();
        let mut in_order: BTreeMap<(Id, u64), Vec<(usize, usize)>> = BTreeMap::new();
        for record in folder.records() {
            let Some((order, place, writer, ack)) = attempted.get(record.payload) else {
                return Err(format!("loaded what nobody attempted: seq {}", record.seq));
            };
            if !loaded.insert(record.payload) {
                return Err(format!("loaded twice: record {place} of batch {order}"));
            }
            if record.writer != *writer || ack.is_some_and(|ack| ack.seq != record.seq) {
                return Err(format!(
                    "another identity: record {place} of batch {order}, {}",
                    record.seq
                ));
            }
            let claimed = in_order.entry((record.writer, record.seq)).or_default();
            claimed.push((*order, *place));
        }
        let mut last = None;
        for ((writer, seq), places) in &mut in_order {
            places.sort_unstable();
            for place in places {
                if last >= Some((*writer, *place)) {
                    return Err(format!("out of order at seq {seq}: {place:?}"));
                }
                last = Some((*writer, *place));
            }
        }
        self.loaded += loaded.len() as u64;
        self.judgements += 1;
        self.collect(&folder.segments, memory, powered)
    }

    /// Looks for everything that was promised, in the segment that its acknowledgement names.
    fn collect(
        &mut self,
        segments: &[Segment],
        memory: &Memory,
        powered: usize,
    ) -> Result<(), String> {
        let counting = segments.iter().filter(|segment| segment.counts());
        let present: HashSet<(Id, u64, &[u8])> = counting
            .flat_map(Segment::records)
            .map(|record| (*record.segment, record.seq, record.payload))
            .collect();
        for (order, attempt) in memory.attempts.iter().enumerate() {
            if order < powered && attempt.durability == Durability::Written {
                continue;
            }
            let acks: &[Ack] = attempt.acks.as_deref().unwrap_or_default();
            for (record, ack) in attempt.records.iter().zip(acks) {
                self.owed += 1;
                if !present.contains(&(ack.segment, ack.seq, record.payload())) {
                    return Err(format!(
                        "lost: seq {} of batch {order}, {:?}",
                        ack.seq, attempt.durability
                    ));
                }
            }
        }
        Ok(())
    }
}

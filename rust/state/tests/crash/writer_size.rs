//! The roll of a segment that is full, disturbed at each of its calls. Runs that follow each other disturb all of them.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::rc::Rc;

use baton_state::guard::record::{GuardedRecord, guard_record};
use baton_state::proto::state::v1::{HandoffNote, Record, record::Kind};
use baton_state::segment::folder::read_folder;
use baton_state::segment::seal::SEAL_SIZE;
use baton_state::segment::writer::Durability::{Durable, Written};
use baton_state::segment::writer::{MAX_SEGMENT_SIZE, Writer, WriterInit};
use tempfile::TempDir;

use crate::disk::CrashDisk;
use crate::host::DIR;
use crate::machine::{Call, Error, Fault, Machine, Plan, Survivors};
use crate::random::{Random, seeds};

/// The calls of a durable batch that does not fit any more.
const ROLL: [Call; 6] = [
    Call::Write,
    Call::Create,
    Call::Write,
    Call::Write,
    Call::Sync,
    Call::SyncFolder,
];

fn notes(text: &str, count: usize) -> Vec<GuardedRecord> {
    let note = Record {
        stamp: Some(5 << 16),
        kind: Some(Kind::HandoffNote(HandoffNote {
            text: Some(text.to_owned()),
            ..Default::default()
        })),
        ..Default::default()
    };
    vec![guard_record(&note).unwrap(); count]
}

/// The sequence numbers that are loaded, those of the batch that rolled apart.
fn loaded(survivors: &Survivors, last: &[u8], seed: u64) -> (BTreeSet<u64>, BTreeSet<u64>) {
    let dir = TempDir::new().unwrap();
    for (path, bytes) in survivors {
        fs::write(dir.path().join(path.file_name().unwrap()), bytes).unwrap();
        assert!(bytes.len() as u64 <= MAX_SEGMENT_SIZE, "seed {seed}");
    }
    let folder = read_folder(dir.path()).unwrap();
    let (mut filler, mut rolled) = (BTreeSet::new(), BTreeSet::new());
    for record in folder.records() {
        let seqs = if record.payload == last {
            &mut rolled
        } else {
            &mut filler
        };
        assert!(
            seqs.insert(record.seq),
            "seed {seed}: {} stands there twice",
            record.seq
        );
    }
    (filler, rolled)
}

#[test]
fn a_roll_by_size_that_is_disturbed_at_any_call_breaks_no_promise() {
    let filler = notes("word ".repeat(39).trim(), 3000);
    let last = notes("last", 20);
    for seed in seeds(3) {
        let machine = Rc::new(RefCell::new(Machine::with(&Survivors::new())));
        let init = WriterInit {
            dir: Path::new(DIR).to_path_buf(),
            name: "test".to_owned(),
            version: "0".to_owned(),
            key_id: None,
        };
        let mut writer = Writer::open_on(CrashDisk(machine.clone()), init).unwrap();
        let mut written = 0;
        let mut batch = 0;
        // As the writer reckons: with the most that a frame can take.
        let most = filler
            .iter()
            .map(|record| record.payload().len() + 67)
            .sum::<usize>() as u64;
        while written + most + SEAL_SIZE as u64 <= MAX_SEGMENT_SIZE {
            batch = writer.append(&filler, Written).unwrap().last().unwrap().seq;
            written = machine.borrow().seen();
        }
        let last_most = last
            .iter()
            .map(|record| record.payload().len() + 67)
            .sum::<usize>() as u64;
        while machine.borrow().seen() + last_most + SEAL_SIZE as u64 <= MAX_SEGMENT_SIZE {
            batch = writer.append(&filler[..4], Written).unwrap()[3].seq;
        }
        let before = machine.borrow().calls.len();
        let place = seed as usize % ROLL.len();
        let at = (before + place + 1) as u64;
        let fails = |error, calls| Plan {
            faults: vec![Fault { at, calls, error }],
            ..Plan::default()
        };
        machine.borrow_mut().plan = match seed as usize / ROLL.len() % 4 {
            0 => Plan {
                dies: Some((at, 2)),
                ..Plan::default()
            },
            1 => fails(Error::Io, 1),
            2 => fails(Error::NoSpace, 1),
            _ => fails(Error::NoSpace, u64::MAX),
        };
        let acks = writer.append(&last, Durable).ok();
        let acks = acks.filter(|_| !machine.borrow().is_dead);
        writer.close();
        let machine = machine.borrow();
        let calls = &machine.calls[before..];
        assert!(
            calls.starts_with(&ROLL[..=place]),
            "BATON_SEED={seed}: {calls:?}"
        );
        let owed: BTreeSet<u64> = acks.iter().flatten().map(|ack| ack.seq).collect();
        let (filled, rolled) = loaded(&machine.after_kill(), last[0].payload(), seed);
        assert_eq!(filled, (1..=batch).collect(), "BATON_SEED={seed}");
        assert!(
            rolled.is_superset(&owed) && filled.is_disjoint(&rolled),
            "BATON_SEED={seed}"
        );
        let cut = machine.after_cut(None, &mut Random::new(seed));
        let (left, rolled) = loaded(&cut, last[0].payload(), seed);
        assert!(
            rolled.is_superset(&owed) && left.is_subset(&filled),
            "BATON_SEED={seed}: a cut"
        );
    }
}

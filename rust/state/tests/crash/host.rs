//! A host that records: its steps, and what it remembers of them outside of the system.

use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;
use std::sync::OnceLock;
use std::time::Duration;

use baton_state::guard::record::{GuardedRecord, guard_record};
use baton_state::proto::state::v1::{HandoffNote, Record, record::Kind};
use baton_state::segment::Id;
use baton_state::segment::writer::{Ack, Durability, Writer, WriterInit};

use crate::disk::CrashDisk;
use crate::machine::{Machine, Plan, Survivors};

/// The folder of segments, in memory.
pub const DIR: &str = "/segments";

/// One thing that a host does.
#[derive(Debug, Clone, Copy)]
pub enum Step {
    /// Records a batch of this many.
    Append(usize, Durability),
    /// Lets time pass: milliseconds by the clock on the wall, which may go back, and seconds by the other one.
    Wait(i64, u64),
    /// Closes the writer.
    Close,
}

/// A batch that was given to a writer.
pub struct Attempt {
    pub writer: Id,
    pub records: &'static [GuardedRecord],
    pub durability: Durability,
    pub acks: Option<Vec<Ack>>,
    /// Stable code of the refusal.
    pub refused: Option<&'static str>,
}

/// What a host attempted, in this order, over all of its lives.
#[derive(Default)]
pub struct Memory {
    pub attempts: Vec<Attempt>,
    used: usize,
}

/// One process on a machine that has these files, until its steps are done or it dies.
pub fn live(
    memory: &mut Memory,
    survivors: &Survivors,
    plan: Plan,
    steps: &[Step],
) -> Rc<RefCell<Machine>> {
    let machine = Rc::new(RefCell::new(Machine::with(survivors)));
    machine.borrow_mut().plan = plan;
    let init = WriterInit {
        dir: Path::new(DIR).to_path_buf(),
        name: "test".to_owned(),
        version: "0".to_owned(),
        key_id: None,
    };
    let mut writer = Writer::open_on(CrashDisk(machine.clone()), init).unwrap();
    for step in steps {
        match *step {
            Step::Append(count, durability) => {
                let records = &pool()[memory.used..memory.used + count];
                memory.used += count;
                let result = writer.append(records, durability);
                let is_alive = !machine.borrow().is_dead;
                memory.attempts.push(Attempt {
                    writer: *writer.id(),
                    records,
                    durability,
                    refused: result
                        .as_ref()
                        .err()
                        .filter(|_| is_alive)
                        .map(|error| error.code()),
                    // Who died was told nothing any more.
                    acks: result.ok().filter(|_| is_alive),
                });
            }
            Step::Wait(wall_ms, ticks) => {
                let mut machine = machine.borrow_mut();
                machine.wall_ms = machine.wall_ms.saturating_add_signed(wall_ms);
                machine.ticks += Duration::from_secs(ticks);
            }
            Step::Close => {
                writer.close();
                break;
            }
        }
        if machine.borrow().is_dead {
            break;
        }
    }
    machine
}

/// Most records of one memory.
pub const MOST_RECORDS: usize = 1500;

/// Records of many lengths, no two of which are the same.
fn pool() -> &'static [GuardedRecord] {
    static POOL: OnceLock<Vec<GuardedRecord>> = OnceLock::new();
    POOL.get_or_init(|| {
        let note = |number: u64| Record {
            stamp: Some((1_700_000_000_000 + number) << 16),
            kind: Some(Kind::HandoffNote(HandoffNote {
                text: Some(format!(
                    "note {number}{}",
                    " word".repeat((number * 7 % 37) as usize)
                )),
                ..Default::default()
            })),
            ..Default::default()
        };
        let notes = (0..MOST_RECORDS as u64).map(|number| guard_record(&note(number)).unwrap());
        notes.collect()
    })
}

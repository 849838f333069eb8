//! A fixed day of a writer, with every call of it failing, or being its last one.

use std::cell::RefCell;
use std::rc::Rc;

use baton_state::segment::writer::Durability::{Durable, Written};

use crate::host::{Memory, Step, live};
use crate::law::Judge;
use crate::machine::{Call, Error, Fault, Machine, Plan, Survivors, WHOLE};
use crate::medium::Damage;
use crate::random::Random;

const MINUTE: i64 = 60_000;

/// Batches of both levels, a pause, an hour of idleness, a day, and the end.
fn day() -> Vec<Step> {
    let mut steps = vec![
        Step::Append(3, Written),
        Step::Append(30, Durable),
        Step::Append(1, Written),
        Step::Wait(2_000, 2),
        Step::Append(2, Written),
        Step::Append(40, Written),
        Step::Append(1, Durable),
        Step::Wait(61 * MINUTE, 0),
        Step::Append(1, Durable),
        Step::Append(2, Written),
    ];
    for _ in 0..24 {
        steps.extend([Step::Wait(-MINUTE, 59 * 60), Step::Append(1, Written)]);
    }
    steps.extend([
        Step::Wait(0, 59 * 60),
        Step::Append(3, Durable),
        Step::Append(2, Durable),
        Step::Append(5, Written),
        Step::Close,
    ]);
    steps
}

/// Lets the day pass with a plan; gives what the machine and the host know then.
fn pass(plan: Plan) -> (Rc<RefCell<Machine>>, Memory) {
    let mut memory = Memory::default();
    let machine = live(&mut memory, &Survivors::new(), plan, &day());
    (machine, memory)
}

/// The calls of a day on which nothing happens.
fn calls() -> Vec<Call> {
    pass(Plan::default()).0.borrow().calls.clone()
}

fn refusals(memory: &Memory) -> Vec<&'static str> {
    memory
        .attempts
        .iter()
        .filter_map(|attempt| attempt.refused)
        .collect()
}

/// Judges what is left after power cuts at one moment: one for each damage, None for a mixture.
fn cut(
    judge: &mut Judge,
    machine: &Machine,
    memory: &Memory,
    damages: &[Option<Damage>],
    seed: u64,
) -> Result<(), String> {
    for (number, damage) in (0..).zip(damages) {
        let mut random = Random::new(seed * 100 + number);
        let survivors = machine.after_cut(*damage, &mut random);
        let judgement = judge.judge(&survivors, memory, memory.attempts.len());
        judgement.map_err(|broken| format!("{damage:?}: {broken}"))?;
    }
    Ok(())
}

#[test]
fn the_day_rolls_by_idleness_and_by_age_and_uses_every_call() {
    let (machine, memory) = pass(Plan::default());
    let machine = machine.borrow();
    let count = |call| machine.calls.iter().filter(|one| **one == call).count();
    assert_eq!((count(Call::Create), machine.after_kill().len()), (3, 3));
    assert_eq!((count(Call::Sync), count(Call::SyncFolder)), (5, 3));
    assert!(count(Call::HasName) > 24 && refusals(&memory).is_empty());
    let mut judge = Judge::new();
    judge.judge(&machine.after_kill(), &memory, 0).unwrap();
    assert_eq!((judge.loaded, judge.owed), (114, 114));
}

#[test]
fn a_kill_at_any_call_loses_nothing_and_a_power_cut_nothing_that_was_durable() {
    let mut judge = Judge::new();
    let calls = calls();
    let mixed = Damage::ALL.into_iter().map(Some).chain([None, None]);
    let every: Vec<_> = mixed.collect();
    for (at, call) in (1..).zip(&calls) {
        // Only a write can take place by half.
        let parts = if *call == Call::Write { 1 } else { WHOLE };
        for part in (0..=WHOLE).step_by(parts) {
            let dies = Some((at, part));
            let (machine, memory) = pass(Plan {
                dies,
                ..Plan::default()
            });
            let machine = machine.borrow();
            let place = || format!("{call:?}, call {at}, {part}/4 of it");
            let judgement = judge.judge(&machine.after_kill(), &memory, 0);
            judgement.unwrap_or_else(|broken| panic!("killed at {}: {broken}", place()));
            let seed = at * 10 + part as u64;
            let some = every.iter().skip(seed as usize % 3).step_by(3);
            let damages: Vec<_> = some.copied().collect();
            let judgement = cut(&mut judge, &machine, &memory, &damages, seed);
            judgement.unwrap_or_else(|broken| panic!("cut at {}: {broken}", place()));
        }
    }
    println!(
        "{} calls: {} kills and cuts, {} records loaded, {} owed",
        calls.len(),
        judge.judgements,
        judge.loaded,
        judge.owed
    );
}

#[test]
fn an_error_at_any_call_once_or_from_then_on_breaks_no_promise_before_or_after_it() {
    let mut judge = Judge::new();
    let (mut errors, mut refused) = (0, 0);
    for at in 1..=calls().len() as u64 {
        for error in Error::ALL {
            for (count, part) in [(1, 0), (1, WHOLE), (9, 2), (u64::MAX, 0)] {
                let faults = vec![Fault {
                    at,
                    calls: count,
                    error,
                }];
                let (machine, memory) = pass(Plan {
                    faults,
                    part,
                    ..Plan::default()
                });
                let machine = machine.borrow();
                let place = || format!("{error:?} at call {at}, {count} times, {part}/4 of it");
                let judgement = judge.judge(&machine.after_kill(), &memory, 0);
                judgement.unwrap_or_else(|broken| panic!("{}: {broken}", place()));
                let damages = [[Some(Damage::Emptied), None][at as usize % 2]];
                let judgement = cut(&mut judge, &machine, &memory, &damages, at);
                judgement.unwrap_or_else(|broken| panic!("{}, and a cut: {broken}", place()));
                let code = if error == Error::Io {
                    "BTN-S07"
                } else {
                    "BTN-S06"
                };
                let refusals = refusals(&memory);
                assert!(
                    refusals.iter().all(|refusal| *refusal == code),
                    "{}: {refusals:?}",
                    place()
                );
                assert!(
                    count > 1 || refusals.len() <= 1,
                    "{}: {refusals:?}",
                    place()
                );
                errors += machine.failed;
                refused += refusals.len();
            }
        }
    }
    println!(
        "{errors} errors, {refused} batches refused: {} states judged, {} records loaded, {} owed",
        judge.judgements, judge.loaded, judge.owed
    );
}

#[test]
fn one_error_of_the_device_costs_no_acknowledgement_once_a_segment_is_open() {
    let mut survived = 0;
    let calls = calls();
    for (number, pair) in (2..).zip(calls.windows(2)) {
        // Without a header there is no segment that could be left for another one.
        let opens = pair[1] == Call::Create || pair[0] == Call::Create;
        let fault = Fault {
            at: number,
            calls: 1,
            error: Error::Io,
        };
        let (_, memory) = pass(Plan {
            faults: vec![fault],
            ..Plan::default()
        });
        assert_eq!(
            refusals(&memory).len(),
            usize::from(opens),
            "call {number}, {:?}",
            pair[1]
        );
        survived += usize::from(!opens);
    }
    assert!(survived > 60, "{survived}");
}

#[test]
fn a_disk_that_stays_full_is_not_filled_with_files() {
    for at in 1..=calls().len() as u64 {
        let fault = |calls| Fault {
            at,
            calls,
            error: Error::NoSpace,
        };
        let alone = Plan {
            dies: Some((at, 0)),
            ..Plan::default()
        };
        let before = pass(alone).0.borrow().after_kill().len();
        let (machine, memory) = pass(Plan {
            faults: vec![fault(u64::MAX)],
            // Names are cheap: a full disk may well take one more.
            only: Some(Call::Write),
            ..Plan::default()
        });
        let after = machine.borrow().after_kill().len();
        assert!(
            after <= before,
            "from call {at} on: {before} files became {after}"
        );
        assert!(
            refusals(&memory).len() + 2
                > memory
                    .attempts
                    .iter()
                    .filter(|one| one.acks.is_none())
                    .count()
        );
    }
}

//! An index that meets a mishap at any operation of any of its phases: the answer stays the one of the segments, and the
//! next command heals it.

use std::io::ErrorKind;

use baton_state::index::load::{load_state, load_workspace};
use baton_state::index::loaded::Source;
use baton_state::index::reader::Reader;
use baton_state::index::storage::LocalStorage;
use baton_state::index::unusable::Unusable;
use baton_state::index::writer::{Changes, update};
use redb::{Database, ReadableDatabase, TableDefinition};

use crate::build::segment;
use crate::index_cases::{HERE, Lab, MISHAPS, NOW, much, note, winners};
use crate::medium::Damage;
use crate::random::{Random, seeds, stride};
use crate::storage::{Bench, Mishap};

const FULL: Unusable = Unusable::Io(ErrorKind::StorageFull);

#[test]
fn an_index_whose_building_is_disturbed_at_any_operation_replaces_none_and_gives_no_wrong_answer() {
    let (mut disturbed, mut images) = (0, 0);
    for is_warm in [false, true] {
        let lab = if is_warm { Lab::warm() } else { Lab::new() };
        let news = (0..40).fold(segment(2, 2), |news, number| {
            news.record(19, &note(1000 + number, HERE, &"news ".repeat(100)))
        });
        lab.write("b", &news);
        let expected = lab.scanned();
        // Of all segments; the index that is there knows one of them.
        let built = load_state(&lab.places, NOW).unwrap();
        let before = lab.index();
        let counted = Bench::default();
        assert_eq!(built.build(&lab.on(&counted)), Ok(true));
        assert!(counted.is_synced(), "what takes the name is on the disk");
        for at in 1..=counted.operations() {
            for mishap in MISHAPS {
                let what = format!("{mishap:?} at operation {at}, warm: {is_warm}");
                lab.put_index(before.as_deref());
                let bench = Bench::with(at, mishap);
                let result = built.build(&lab.on(&bench));
                disturbed += 1;
                if let Mishap::FailsFromThenOn(_) = mishap {
                    assert_eq!(result, Err(FULL), "{what}");
                }
                if result.is_err() {
                    assert_eq!(lab.index(), before, "{what}: another index");
                    assert_eq!(lab.files(), usize::from(is_warm), "{what}: a file is left");
                }
                lab.source(&expected, &what);
                if matches!(mishap, Mishap::Dies | Mishap::Lies) {
                    let damage = Damage::ALL[at as usize % Damage::ALL.len()];
                    let image = bench.after_cut(damage, &mut Random::new(at));
                    images += 1;
                    lab.put_index(Some(&image));
                    lab.source(&expected, &format!("{what}, {damage:?}"));
                }
            }
        }
        lab.put_leftover(b"half of an index");
        lab.heal(&expected, "a leftover");
    }
    println!("building: {disturbed} mishaps, {images} images of power cuts");
}

#[test]
fn an_update_that_is_disturbed_at_any_operation_gives_no_wrong_answer_and_the_next_command_heals_it()
 {
    let lab = Lab::warm();
    lab.write("b", &much(2));
    let expected = lab.scanned();
    let loaded = lab.load();
    assert!(
        matches!(loaded.source, Source::Index(1_048_576..)),
        "{:?}",
        loaded.source
    );
    let before = lab.index();
    let counted = Bench::default();
    assert_eq!(loaded.keep(&lab.on(&counted)), Ok(true));
    assert_eq!(lab.source(&expected, "undisturbed"), Source::Index(0));
    let (mut disturbed, mut images) = (0, 0);
    let (mut from_index, mut from_segments) = (0, 0);
    for at in 1..=counted.operations() {
        // A process that is gone costs little to try, so that no moment between two operations is left out.
        let is_chosen = (at as usize - 1).is_multiple_of(stride(5));
        let mishaps = if is_chosen {
            &MISHAPS[..]
        } else {
            &[Mishap::Dies]
        };
        for mishap in mishaps.iter().copied() {
            let what = format!("{mishap:?} at operation {at}");
            lab.put_index(before.as_deref());
            let bench = Bench::with(at, mishap);
            let _ = loaded.keep(&lab.on(&bench));
            disturbed += 1;
            lab.source(&expected, &what);
            if is_chosen && matches!(mishap, Mishap::Dies | Mishap::Lies) {
                for damage in Damage::ALL.into_iter().skip(at as usize % 2).step_by(2) {
                    let image = bench.after_cut(damage, &mut Random::new(at));
                    images += 1;
                    lab.put_index(Some(&image));
                    match lab.source(&expected, &format!("{what}, {damage:?}")) {
                        Source::Index(_) => from_index += 1,
                        Source::Segments(_) => from_segments += 1,
                    }
                }
            }
            if at % 4 == 0 {
                lab.heal(&expected, &what);
            }
        }
    }
    println!(
        "updating: {disturbed} mishaps, {images} images: {from_index} answered, {from_segments} left it to the segments"
    );
    assert!(
        from_index > 0 && from_segments > 0,
        "{from_index} {from_segments}"
    );
}

/// Indexes as crashes of an update leave them, no two alike.
fn crashed(lab: &Lab) -> Vec<Vec<u8>> {
    let loaded = lab.load();
    let before = lab.index();
    let counted = Bench::default();
    assert_eq!(loaded.keep(&lab.on(&counted)), Ok(true));
    let mut images = Vec::new();
    for at in 1..=counted.operations() {
        lab.put_index(before.as_deref());
        let bench = Bench::with(at, Mishap::Dies);
        let _ = loaded.keep(&lab.on(&bench));
        let image = bench.after_cut(Damage::Torn, &mut Random::new(at));
        if Some(&image) != before.as_ref() && !images.contains(&image) {
            images.push(image);
        }
    }
    images
}

#[test]
fn a_second_crash_during_the_recovery_from_the_first_changes_no_answer() {
    let lab = Lab::warm();
    lab.write("b", &much(2));
    let expected = lab.scanned();
    let sheet = Reader::open(&LocalStorage, &lab.places.index)
        .unwrap()
        .sheet()
        .clone();
    let images = crashed(&lab);
    assert!(images.len() > 3, "{}", images.len());
    let (mut repairs, mut rebuilds, mut interrupted) = (0, 0, 0);
    for (number, image) in images.iter().enumerate().step_by(stride(4)) {
        lab.put_index(Some(image));
        let what = format!("crash {number}");
        let loaded = lab.load();
        interrupted += usize::from(loaded.source == Source::Segments(Unusable::Interrupted));
        let counted = Bench::default();
        let repaired = update(&counted, &lab.places.index, &sheet, Changes::new(NOW));
        lab.source(&expected, &format!("{what}, repaired: {repaired:?}"));
        for at in (1..=counted.operations()).skip(number % 9).step_by(9) {
            lab.put_index(Some(image));
            let bench = Bench::with(at, Mishap::Dies);
            let _ = update(&bench, &lab.places.index, &sheet, Changes::new(NOW));
            lab.put_index(Some(&bench.after_cut(Damage::Torn, &mut Random::new(at))));
            lab.source(
                &expected,
                &format!("{what}, and one at operation {at} of its repair"),
            );
            repairs += 1;
        }
        // What commands do: whoever meets it reads the segments and builds another one.
        for at in [number as u64 + 1, number as u64 + 21] {
            lab.put_index(Some(image));
            let bench = Bench::with(at, Mishap::Dies);
            let _ = loaded.keep(&lab.on(&bench));
            lab.put_leftover(&bench.after_kill());
            lab.source(
                &expected,
                &format!("{what}, and one at operation {at} of a rebuild"),
            );
            rebuilds += 1;
        }
        lab.heal(&expected, &what);
    }
    println!(
        "recovery: {} states, {interrupted} interrupted; {repairs} crashed repairs, {rebuilds} crashed rebuilds",
        images.len()
    );
    assert!(interrupted > 0);
}

#[test]
fn a_read_that_fails_at_any_operation_leaves_the_answer_to_the_segments() {
    let lab = Lab::new();
    // More than one page holds, so that each part is read by operations of its own.
    lab.write("b", &much(2));
    assert_eq!(lab.load().build(&lab.places), Ok(true));
    lab.write("c", &segment(3, 3).record(19, &note(9000, HERE, "news")));
    let expected = lab.scanned();
    let read = |bench: &Bench| load_workspace(&lab.on(bench), HERE, NOW).unwrap();
    let counted = Bench::default();
    assert!(matches!(read(&counted).source, Source::Index(1..)));
    for at in 1..=counted.operations() {
        for kind in [
            ErrorKind::Other,
            ErrorKind::PermissionDenied,
            ErrorKind::UnexpectedEof,
        ] {
            for mishap in [Mishap::FailsOnce(kind), Mishap::FailsFromThenOn(kind)] {
                let loaded = read(&Bench::with(at, mishap));
                assert!(winners(&loaded) == expected, "{mishap:?} at operation {at}");
            }
        }
        let stopped = read(&Bench::with(
            at,
            Mishap::FailsFromThenOn(ErrorKind::PermissionDenied),
        ));
        let why = stopped.source;
        let refused = Source::Segments(Unusable::Io(ErrorKind::PermissionDenied));
        assert!(
            why == refused || matches!(why, Source::Index(_)),
            "operation {at}: {why:?}"
        );
    }
    println!("reading: {} operations", counted.operations());
}

#[test]
fn an_index_of_another_version_is_read_by_nobody_and_replaced_even_after_a_crash() {
    const PARTS: TableDefinition<'static, &[u8], &[u8]> = TableDefinition::new("parts");
    let lab = Lab::warm();
    let expected = lab.scanned();
    let database = Database::open(&lab.places.index).unwrap();
    let mut sheet = {
        let parts = database.begin_read().unwrap().open_table(PARTS).unwrap();
        parts.get(&b""[..]).unwrap().unwrap().value().to_vec()
    };
    sheet[0] += 1;
    let transaction = database.begin_write().unwrap();
    transaction
        .open_table(PARTS)
        .unwrap()
        .insert(&b""[..], sheet.as_slice())
        .unwrap();
    transaction.commit().unwrap();
    drop(database);
    let other = lab.index();
    let answer = || lab.source(&expected, "of another version");
    assert_eq!(answer(), Source::Segments(Unusable::OtherVersion));
    let loaded = lab.load();
    for at in (1..30).step_by(4) {
        let result = loaded.keep(&lab.on(&Bench::with(at, Mishap::Dies)));
        assert!(
            result.is_err() && lab.index() == other,
            "operation {at}: {result:?}"
        );
        assert_eq!(answer(), Source::Segments(Unusable::OtherVersion));
    }
    lab.heal(&expected, "of another version");
}

#[test]
fn whatever_happens_to_the_index_in_any_order_the_segments_are_never_contradicted() {
    let mut totals = [0_u64; 4];
    for seed in seeds(4) {
        let what = format!("BATON_SEED={seed} BATON_CRASH_RUNS=1");
        let random = &mut Random::new(seed);
        let lab = Lab::new();
        let mut small = segment(3, 3);
        let mut expected = lab.scanned();
        for step in 0..20 {
            match random.below(8) {
                0 if step > 8 => lab.write("b", &much(2)),
                1 | 2 => {
                    let number = 50_000 + step * 50 + random.below(50) as u64;
                    small = small.record(19, &note(number, HERE, "news"));
                    lab.write("c", &small);
                }
                what => {
                    let bench = Bench::with(1 + random.below(60) as u64, random.pick(&MISHAPS));
                    let loaded = lab.load();
                    let places = lab.on(&bench);
                    let _ = if what == 3 {
                        loaded.build(&places)
                    } else {
                        loaded.keep(&places)
                    };
                    totals[0] += 1;
                    if random.one_in(2) && bench.operations() > 0 {
                        let damage = random.pick(&Damage::ALL);
                        lab.put_index(Some(&bench.after_cut(damage, random)));
                        totals[1] += 1;
                    }
                }
            }
            expected = lab.scanned();
            match lab.source(&expected, &format!("{what}, step {step}")) {
                Source::Index(_) => totals[2] += 1,
                Source::Segments(_) => totals[3] += 1,
            }
        }
        assert_eq!(lab.load().keep(&lab.places).err(), None, "{what}");
        lab.source(&expected, &what);
    }
    let [kept, cuts, from_index, from_segments] = totals;
    println!(
        "{kept} times kept, {cuts} cuts, {from_index} answers of the index, {from_segments} of the segments"
    );
    assert!(kept > 0 && from_index > 0 && from_segments > 0);
}

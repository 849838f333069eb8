//! `audit --quarantine`, as it is run: what sealed segments must not hold is taken out, and all else stays.

#[path = "../../state/tests/build/mod.rs"]
mod build;
mod home;
mod planted;
mod secrets;

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::process::Stdio;
use std::thread::sleep;
use std::time::{Duration, SystemTime};

use baton_state::segment::folder::read_folder;
use build::segment;
use home::{HERE, Home, NOW, Run, note};
use planted::plant;
use prost::Message as _;
use secrets::{Token, found, tokens};
use serde_json::Value;

/// The report of a run that must have ended with this code.
fn quarantined(home: &Home, code: i32) -> Value {
    let run = home.run(&["audit", "--quarantine", "--json"]);
    assert_eq!(
        (run.code, run.stderr.as_str()),
        (Some(code), ""),
        "{}",
        run.stdout
    );
    serde_json::from_str(&run.stdout).unwrap()
}

/// Writer, number, kind and payload of all records that count.
fn records(home: &Home) -> BTreeSet<(Vec<u8>, u64, u32, Vec<u8>)> {
    let folder = read_folder(&home.segments()).unwrap();
    let mut seen = BTreeSet::new();
    for record in folder.records() {
        let key = (
            record.writer.to_vec(),
            record.seq,
            record.kind,
            record.payload.to_vec(),
        );
        assert!(seen.insert(key), "record {} counts twice", record.seq);
    }
    seen
}

fn said(n: u64, text: &str) -> Vec<u8> {
    note(NOW - n as i64, HERE, n, text).encode_to_vec()
}

/// A token that stands in a text as it is.
fn token() -> Token {
    let mut tokens = tokens().into_iter();
    tokens
        .find(|token| token.rules[0].0 == "github-classic")
        .unwrap()
}

/// A home with so many sealed segments of three notes, of which the second holds a token.
fn home_of(segments: u8) -> Home {
    let home = Home::new();
    home.make();
    home.write_key(7);
    for n in 1..=segments {
        let first = u64::from(n) * 3;
        let bytes = segment(n, n)
            .record(19, &said(first, "The parser takes lists"))
            .record(19, &said(first + 1, &format!("It was {}", token().text)))
            .record(19, &said(first + 2, "The tests pass"))
            .seal()
            .bytes;
        home.write(
            &format!("segments/{}.seg", format!("{n:02x}").repeat(16)),
            &bytes,
        );
    }
    home
}

/// Lets as much time pass as makes the lease of a process that was killed an old one.
fn let_time_pass(home: &Home) {
    let folders = [home.dir.join("locks"), home.segments()];
    for entry in folders.iter().flat_map(fs::read_dir).flatten().flatten() {
        let file = File::options().write(true).open(entry.path()).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(700))
            .unwrap();
    }
}

#[test]
fn of_a_hundred_planted_secrets_those_in_frames_of_sound_sealed_segments_are_gone_and_all_else_stays()
 {
    let home = Home::used();
    let planted = plant(&home, tokens());
    let texts: Vec<&str> = planted
        .iter()
        .map(|planted| planted.token.text.as_str())
        .collect();
    let holds = |payload: &[u8]| {
        texts.iter().any(|text| {
            payload
                .windows(text.len())
                .any(|window| window == text.as_bytes())
        })
    };
    let before = records(&home);
    let report = quarantined(&home, 1);
    let done = &report["quarantine"];
    let left: Vec<&str> = done["left"]
        .as_array()
        .unwrap()
        .iter()
        .map(|left| left["file"].as_str().unwrap())
        .collect();
    for finding in report["findings"].as_array().unwrap() {
        let file = finding["file"].as_str().unwrap();
        let is_segment = file.starts_with("segments/") && file.ends_with(".seg");
        assert!(
            !is_segment || left.contains(&file),
            "{finding} stays without a reason"
        );
    }
    // Everything that was in a record of a sound sealed segment is among what is gone.
    assert!(
        done["takenTotal"].as_str().unwrap().parse::<u64>().unwrap() >= 80,
        "{done}"
    );
    let after = records(&home);
    assert!(after.is_subset(&before));
    let lost = before.difference(&after);
    assert!(lost.clone().count() >= 70);
    for (_, _, _, payload) in lost {
        assert!(holds(payload), "a record without a secret is gone");
    }
    let printed = report.to_string();
    let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
    assert_eq!(found(&texts, &printed), Vec::<&str>::new());
    assert_eq!(quarantined(&home, 1)["quarantine"]["takenTotal"], "0");
}

#[test]
fn where_all_is_taken_out_the_exit_code_is_0_and_the_caches_do_not_hold_it() {
    let home = home_of(3);
    assert_eq!(home.run(&["rebuild"]).code, Some(0));
    home.write("latest.json", token().text.as_bytes());
    assert_eq!(home.run(&["audit"]).code, Some(1));
    let run = home.run(&["audit", "--quarantine"]);
    assert_eq!(
        (run.code, run.stderr.as_str()),
        (Some(0), ""),
        "{}",
        run.stdout
    );
    let line = format!(
        "[done] github-classic: segments/{}.seg, frame ",
        "01".repeat(16)
    );
    assert!(run.stdout.contains(&line), "{}", run.stdout);
    assert!(
        run.stdout
            .contains("\ntaken out: 3 frames of 3 segments\n[ok] nothing private was found\n"),
        "{}",
        run.stdout
    );
    assert_eq!(found(&[token().text], &run.stdout), Vec::<&str>::new());
    assert_eq!(records(&home).len(), 6);
    assert_eq!(home.run(&["verify"]).code, Some(0));
    home.expect("BTN-D21", "ok", "");
    assert!(!home.dir.join("latest.json").exists());
    let index = fs::read(home.dir.join("index.redb")).unwrap();
    let text = token().text;
    assert!(
        !index
            .windows(text.len())
            .any(|window| window == text.as_bytes())
    );
    assert_eq!(fs::read_dir(home.dir.join("locks")).unwrap().count(), 0);
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        for entry in fs::read_dir(home.segments()).unwrap() {
            assert_eq!(entry.unwrap().metadata().unwrap().mode() & 0o777, 0o600);
        }
    }
}

#[test]
fn a_copy_from_a_backup_does_not_count_and_is_found_and_deleted_again() {
    let home = home_of(1);
    let old = home.segment();
    let bytes = fs::read(&old).unwrap();
    quarantined(&home, 0);
    let after = records(&home);
    fs::write(&old, &bytes).unwrap();
    assert_eq!(records(&home), after);
    assert_eq!(home.run(&["audit"]).code, Some(1));
    let report = quarantined(&home, 0);
    assert_eq!(report["quarantine"]["segments"], "1");
    assert_eq!(records(&home), after);
    assert_eq!(fs::read_dir(home.segments()).unwrap().count(), 1);
}

#[test]
fn what_cannot_be_helped_is_named_with_what_to_do() {
    let home = home_of(1);
    let open = segment(9, 9).record(19, &said(90, &format!("It was {}", token().text)));
    home.write("segments/open.seg", &open.bytes);
    home.write(
        "segments/damaged.seg",
        &open.clone().seal().raw(b"behind").bytes[..],
    );
    home.write("run.log", token().text.as_bytes());
    let run = home.run(&["audit", "--quarantine"]);
    assert_eq!(run.code, Some(1), "{}", run.stdout);
    assert!(
        run.stdout.contains("[left] segments/open.seg: "),
        "{}",
        run.stdout
    );
    assert!(
        run.stdout.contains("[fail] github-classic: run.log, "),
        "{}",
        run.stdout
    );
    assert!(
        run.stdout.contains("taken out: 1 frame of 1 segment\n"),
        "{}",
        run.stdout
    );
    assert!(
        home.segments().join("open.seg").exists() && home.segments().join("damaged.seg").exists()
    );
}

#[test]
fn nothing_is_changed_where_nothing_is_found_and_where_there_is_nothing() {
    let home = Home::new();
    assert_eq!(quarantined(&home, 0)["quarantine"]["segments"], "0");
    assert!(!home.dir.exists());
    let home = Home::used();
    let before = fs::read(home.segment()).unwrap();
    assert_eq!(quarantined(&home, 0)["quarantine"]["segments"], "0");
    assert_eq!(fs::read(home.segment()).unwrap(), before);
    assert!(
        home.run(&["audit", "--json"])
            .answer()
            .find("quarantine")
            .is_none()
    );
}

#[test]
fn while_somebody_holds_the_lease_it_ends_with_its_code_and_changes_nothing() {
    let home = home_of(1);
    fs::create_dir(home.dir.join("locks")).unwrap();
    home.write("locks/gc.1", b"another");
    let before = records(&home);
    let run = home.run(&["audit", "--quarantine"]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""));
    assert!(run.stderr.contains("BTN-S09"), "{}", run.stderr);
    assert_eq!(records(&home), before);
    let_time_pass(&home);
    quarantined(&home, 0);
}

#[test]
fn of_several_at_once_one_does_it_and_each_other_one_says_why_not() {
    let home = home_of(8);
    let start = |_| {
        let mut doctor = home.doctor(&["audit", "--quarantine"]);
        doctor
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    };
    let running: Vec<_> = (0..4).map(start).collect();
    let ended: Vec<_> = running
        .into_iter()
        .map(|child| Run::of(child.wait_with_output().unwrap()))
        .collect();
    for run in &ended {
        let is_busy = run.code == Some(1) && run.stderr.contains("BTN-S09");
        assert!(run.code == Some(0) || is_busy, "{run:?}");
    }
    quarantined(&home, 0);
    assert_eq!(records(&home).len(), 16);
}

#[test]
fn killed_at_any_moment_it_loses_nothing_and_the_next_run_ends_it() {
    let seed: u64 = std::env::var("BATON_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok())
        .unwrap_or(7);
    println!("BATON_SEED={seed}");
    let mut state = seed;
    let whole = home_of(12);
    let sound = {
        quarantined(&whole, 0);
        records(&whole)
    };
    for _ in 0..4 {
        let home = home_of(12);
        let before = records(&home);
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        let mut doctor = home.doctor(&["audit", "--quarantine"]);
        let mut child = doctor
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        sleep(Duration::from_millis((state >> 33) % 150));
        // It may have ended.
        let _ = child.kill();
        child.wait().unwrap();
        let after = records(&home);
        assert!(after.is_subset(&before) && sound.is_subset(&after));
        let_time_pass(&home);
        quarantined(&home, 0);
        assert_eq!(records(&home).len(), sound.len());
        let files = fs::read_dir(home.segments()).unwrap();
        let sizes = files.map(|entry| entry.unwrap().metadata().unwrap().len());
        assert_eq!(sizes.filter(|size| *size > 0).count(), 12);
    }
}

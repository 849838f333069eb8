//! What retention lets go: how much of it the check tells of, and that `check --fix` lets `baton gc` give it back.

#![cfg(unix)]

mod home;
mod user;

use std::fs;

use baton_state::proto::state::v1::ModelState;
use home::{DAY, Home, NOW, Run, model, usage};
use user::needed;

const ONLY: [&str; 2] = ["--only", "BTN-D18"];

/// A home with so many records of a log that are past their days.
fn with_past(count: i64) -> Home {
    let home = Home::used();
    add_past(&home, count);
    home
}

fn add_past(home: &Home, count: i64) {
    let old: Vec<_> = (0..count).map(|n| usage(NOW - 40 * DAY - n)).collect();
    for batch in old.chunks(5000) {
        home.record(batch);
    }
}

#[test]
fn d18_counts_what_is_past_its_days_and_shown_by_nobody() {
    let home = Home::used();
    home.expect("BTN-D18", "ok", "no record is past its days");
    // The one that wins is shown, however old; the one that it beats is not.
    home.record(&[
        model(NOW - 100 * DAY, "vendor/two", ModelState::Available),
        model(NOW - 101 * DAY, "vendor/two", ModelState::Limited),
    ]);
    home.expect("BTN-D18", "ok", "1 of 10 records are past their days");
    add_past(&home, 9999);
    home.expect(
        "BTN-D18",
        "ok",
        "10000 of 10009 records are past their days",
    );
    add_past(&home, 1);
    home.expect(
        "BTN-D18",
        "warn",
        "10001 of 10010 records are past their days: about ",
    );
    let young: Vec<_> = (0..5000).map(|n| usage(NOW - n)).collect();
    for _ in 0..5 {
        home.record(&young);
    }
    home.expect("BTN-D18", "warn", "10001 of 35010 records");
    home.record(&young);
    home.expect("BTN-D18", "ok", "10001 of 40010 records");
}

#[test]
fn nothing_more_is_past_its_days_by_a_clock_that_jumped_ahead() {
    let home = with_past(10_001);
    let later = (NOW + 3650 * DAY).to_string();
    home.expect_with(
        "BTN-D18",
        "warn",
        "10001 of 10009",
        &[],
        &[("BATON_NOW", &later)],
    );
}

#[test]
fn fix_lets_baton_give_it_back_and_says_what_to_do_where_there_is_none() {
    let home = with_past(10_001);
    let fix = |more: &[&str]| {
        let run = home.run(&[&["check", "--fix"], &ONLY[..], more].concat());
        run.stdout.lines().next().unwrap_or_default().to_owned()
    };
    let deed = "give back the space of what is past its days: baton gc";
    assert_eq!(fix(&["--dry-run"]), format!("[planned] BTN-D18 {deed}"));
    assert_eq!(
        fix(&[]),
        format!("[failed] BTN-D18 {deed}: baton is not on PATH: run baton gc")
    );
    let Some(cli) = needed("dist/cli.js", "npm run build") else {
        return;
    };
    let launcher = home.dir.join("bin/baton");
    fs::create_dir_all(launcher.parent().unwrap()).unwrap();
    let write = |text: String| {
        fs::write(&launcher, text).unwrap();
        home::set_mode(&launcher, 0o700);
    };
    write("#!/bin/sh\nexit 3\n".to_owned());
    assert_eq!(
        fix(&[]),
        format!("[failed] BTN-D18 {deed}: it ended with an error: run baton gc")
    );
    write(format!("#!/bin/sh\nexec node '{}' \"$@\"\n", cli.display()));
    assert_eq!(fix(&[]), format!("[done] BTN-D18 {deed}"));
    home.expect("BTN-D18", "ok", "no record is past its days");
    let Run { stdout, .. } = home.run(&["export", "--jsonl"]);
    assert_eq!(stdout.lines().count(), 8);
    // Where nothing waits, nothing is run.
    write("#!/bin/sh\nexit 3\n".to_owned());
    assert_eq!(fix(&[]), "nothing to mend");
}

//! `watch` in a real terminal: what it shows, how soon, and how it leaves the terminal.
#![cfg(unix)]

mod day;
mod home;
mod tmux;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use baton_state::proto::state::v1::record::Kind;
use day::{action, append, check, commit, facts_of, morning, noon, repository, writer};
use home::{HERE, Home, NOW, header, note, segment_of};
use prost::Message;
use tmux::Pane;

/// Those that need tmux.
const TESTS: usize = 11;

/// The page of the documents that shows screens.
const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/watch.md");

/// A home with a day at work, and the directory of its repository.
fn at_work() -> (Home, std::path::PathBuf) {
    let home = Home::new();
    home.make();
    home.write_key(7);
    let dir = repository(&home);
    home.record(&morning(&facts_of(&dir)));
    (home, dir)
}

fn watching(home: &Home, dir: &Path, columns: u16, rows: u16) -> Pane {
    let pane = Pane::open(home, columns, rows);
    pane.start(home, dir, &["watch"], &[]);
    pane.shows(&["q quit"]);
    pane
}

#[test]
fn a_small_and_a_large_screen_show_the_day_as_the_document_says() {
    if !tmux::is_there(TESTS) {
        return;
    }
    let (home, dir) = at_work();
    let pane = watching(&home, &dir, 80, 24);
    let mut writer = writer(&home);
    for record in noon(&facts_of(&dir)) {
        append(&mut writer, &record);
    }
    let small = pane.shows(&[
        "Baton  github.com/acme/proxy ‹1/2›",
        "branch fix/limit-window at ",
        "PR #42, issue #17, no changes",
        "claimed   Answer the review on the retry budget",
        "by codex, 21:05 left",
        "lease of opencode ended 4m ago",
        "fresh     npm test",
        "dirty     npm run lint",
        "blocker   The upstream mock",
        "started   opencode s-0000000000000003",
        "limited   opencode-zen/big-pickle",
        "resets in 1:27:05, at 15:40Z",
        "now 0, most 5, 80 min",
        "today     209 requests, 10 failed, 10 limited, 72960 tokens, 54400 estimated",
    ]);
    pane.resize(160, 50);
    let large = pane.shows(&[
        "stale     cargo test --workspace",
        "exit 101, 3 of 212 tests failed, 2h ago",
        "ended     opencode s-0000000000000002",
        "up        opencode-proxy 1.4.2 on port 8787    for 3h, 3 of 120 failed, 4m ago",
        "resets in 1:27:05, at 15:40Z, 0 of 200 left",
        "retry     opencode-zen/kimi-k2",
        "here      github.com/acme/proxy",
        "github.com/acme/site",
        "24 h      grok-code",
    ]);
    assert_eq!((small.lines().count(), large.lines().count()), (24, 50));
    let screens = format!(
        "```text\n{}\n```\n\n```text\n{}\n```\n",
        trimmed(&small),
        trimmed(&large)
    );
    let page = fs::read_to_string(PAGE).unwrap_or_default();
    let start = page.find("```text\n").unwrap_or(page.len());
    if std::env::var_os("BATON_WRITE_SCREENS").is_some() {
        fs::write(PAGE, format!("{}{screens}", &page[..start])).unwrap();
    } else {
        assert_eq!(
            &page[start..],
            screens,
            "docs/watch.md tells how its screens are made"
        );
    }
    pane.resize(80, 24);
    let again = pane.until(|screen| screen == small).0;
    assert_eq!(again, small);
}

/// Without spaces at the ends of lines.
fn trimmed(screen: &str) -> String {
    let lines: Vec<&str> = screen.lines().map(str::trim_end).collect();
    lines.join("\n").trim_end().to_owned()
}

#[test]
fn every_way_out_gives_the_terminal_back() {
    if !tmux::is_there(TESTS) {
        return;
    }
    let home = Home::used();
    let pane = Pane::open(&home, 80, 24);
    for way in ["q", "Escape", "C-c", "TERM", "HUP", "QUIT"] {
        pane.start(&home, home.folder.path(), &["watch"], &[]);
        pane.shows(&["q quit"]);
        assert_eq!(
            (pane.flag("alternate_on"), pane.flag("cursor_flag")),
            ("1".into(), "0".into())
        );
        match way {
            "q" | "Escape" | "C-c" => pane.keys(&[way]),
            signal => {
                let kill = ["-s", signal, &pane.pid(&home)];
                assert!(Command::new("kill").args(kill).status().unwrap().success());
            }
        }
        pane.is_given_back(0);
    }
}

#[test]
fn a_terminal_that_goes_away_takes_the_program_with_it() {
    if !tmux::is_there(TESTS) {
        return;
    }
    let home = Home::used();
    let pane = Pane::open(&home, 80, 24);
    pane.start(&home, home.folder.path(), &["watch"], &[]);
    pane.shows(&["q quit"]);
    let pid = pane.pid(&home);
    let lives = || {
        let asked = Command::new("kill").args(["-0", &pid]).output().unwrap();
        asked.status.success()
    };
    assert!(lives());
    drop(pane);
    let start = Instant::now();
    while lives() {
        assert!(start.elapsed() < Duration::from_secs(20), "it goes on");
        sleep(Duration::from_millis(20));
    }
}

#[test]
fn keys_choose_workspaces_and_lists_and_scroll_them_and_tell_of_themselves() {
    if !tmux::is_there(TESTS) {
        return;
    }
    let (home, dir) = at_work();
    let more: Vec<_> = (0..30)
        .map(|n| action(n, day::PROXY, 100 + n as u64, &format!("Number {n}.")))
        .collect();
    home.record(&more);
    let pane = watching(&home, &dir, 80, 24);
    pane.shows(&["▸ Actions", "of 33 ─", "Number 0."]);
    pane.keys(&["End"]);
    pane.shows(&["–33 of 33", "Measure the start of the proxy"]);
    pane.keys(&["Up"]);
    pane.shows(&["–32 of 33"]);
    pane.keys(&["Home"]);
    pane.shows(&["1–", "Number 0."]);
    pane.keys(&["Tab"]);
    pane.shows(&["─ Actions", "▸ Checks"]);
    pane.keys(&["BTab", "BTab"]);
    pane.shows(&["▸ Models"]);
    pane.keys(&["Right"]);
    pane.shows(&[
        "github.com/acme/site (not here) ‹2/2›",
        "not checked against git",
        "Move the pages",
    ]);
    pane.keys(&["Right"]);
    pane.shows(&["Baton  github.com/acme/proxy ‹1/2›"]);
    pane.keys(&["?"]);
    pane.shows(&["┌ Keys ─", "Shift-Tab", "quit", "close this help"]);
    pane.keys(&["Escape"]);
    pane.until(|screen| !screen.contains("┌ Keys ─") && screen.contains("q quit"));
    pane.keys(&["q"]);
    pane.is_given_back(0);
}

#[test]
fn an_append_shows_at_once_and_a_commit_soon() {
    if !tmux::is_there(TESTS) {
        return;
    }
    let (home, dir) = at_work();
    let pane = watching(&home, &dir, 100, 40);
    let mut writer = writer(&home);
    let mut times = Vec::new();
    for n in 0..12 {
        // The first one makes a segment, the others grow it, after the folder has come to rest.
        sleep(Duration::from_millis(if n == 1 { 1500 } else { 37 * n }));
        let text = format!("Appended {n}.");
        append(&mut writer, &action(-1, day::PROXY, 500 + n, &text));
        times.push(pane.until(|screen| screen.contains(&text)).1);
    }
    times.sort();
    println!("an append shows after {times:?}");
    assert!(times[11] < Duration::from_secs(2), "{times:?}");
    append(&mut writer, &check(0, &facts_of(&dir), "npm test", 0, None));
    pane.shows(&["fresh     npm test"]);
    commit(&dir, "more.js");
    let soon = pane.until(|screen| screen.contains("stale     npm test")).1;
    println!("a commit shows after {soon:?}");
    let told = home
        .doctor(&["resume", "--json"])
        .current_dir(&dir)
        .output()
        .unwrap();
    let brief: serde_json::Value = serde_json::from_slice(&told.stdout).unwrap();
    assert_eq!(
        brief["validations"][0]["verdict"], "VERDICT_STALE",
        "{brief}"
    );
}

#[test]
fn time_goes_on_while_nothing_comes() {
    if !tmux::is_there(TESTS) {
        return;
    }
    let home = Home::used();
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap();
    let left = now.as_millis() as i64 - NOW + 6000;
    home.record(&[day::limited(-left, "soon-back", left)]);
    let pane = Pane::open(&home, 80, 24);
    pane.start(
        &home,
        home.folder.path(),
        &["watch"],
        &[("BATON_NOW", None)],
    );
    pane.shows(&["limited   opencode-zen/soon-back", "resets in 0:0"]);
    let screen = pane.shows(&["retry     opencode-zen/soon-back", "HTTP 429"]);
    assert!(!screen.contains("resets in"), "{screen}");
}

#[test]
fn two_thousand_segments_keep_nobody_busy() {
    if !tmux::is_there(TESTS) {
        return;
    }
    let home = Home::used();
    let clock = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap();
    let clock = clock.as_millis() as i64;
    for n in 0..2000_u32 {
        let mut header = header(0);
        header.segment_id = Some([&n.to_le_bytes()[..], &[9; 12]].concat());
        header.writer_id = header.segment_id.clone();
        let record = note(clock - i64::from(n), HERE, n.into(), "One of many");
        let bytes = segment_of(&header, 19, &record.encode_to_vec());
        fs::write(home.segments().join(format!("{n:08}.seg")), bytes).unwrap();
    }
    let pane = Pane::open(&home, 80, 24);
    pane.start(
        &home,
        home.folder.path(),
        &["watch"],
        &[("BATON_NOW", None)],
    );
    pane.shows(&["q quit", "of 2000 ─"]);
    let pid = pane.pid(&home);
    // The folder has to come to rest first.
    sleep(Duration::from_millis(1500));
    let (before, busy) = (cpu_ticks(&pid), std::time::Instant::now());
    sleep(Duration::from_secs(3));
    let ticks = cpu_ticks(&pid) - before;
    let share = ticks as f64 / (busy.elapsed().as_secs_f64() * 100.0);
    println!("idle, it takes {:.2} % of a core", share * 100.0);
    assert!(share < 0.05, "{share}");
    let mut writer = writer(&home);
    append(&mut writer, &note(clock + 1, HERE, 5000, "One more"));
    let soon = pane.until(|screen| screen.contains("One more")).1;
    println!("with 2,000 segments a new one shows after {soon:?}");
    sleep(Duration::from_millis(1500));
    append(&mut writer, &note(clock + 2, HERE, 5001, "Another one"));
    let soon = pane.until(|screen| screen.contains("Another one")).1;
    println!("with 2,000 segments an append shows after {soon:?}");
    assert!(soon < Duration::from_secs(2), "{soon:?}");
}

/// Clock ticks that a process has taken, a hundred to the second.
fn cpu_ticks(pid: &str) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap().split(' ').collect();
    fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
}

#[test]
fn what_a_hostile_record_says_moves_no_cursor() {
    if !tmux::is_there(TESTS) {
        return;
    }
    let home = Home::used();
    let place = "github.com/\u{1b}[31mred/x";
    let mut hostile = note(NOW, place, 1, "x");
    if let Some(Kind::HandoffNote(note)) = &mut hostile.kind {
        note.text = Some("\u{1b}]0;taken\u{7}\u{202e}desrever\r\n\u{1b}[2J".to_owned());
    }
    let bytes = segment_of(&header(3), 19, &hostile.encode_to_vec());
    fs::write(home.segments().join("hostile.seg"), bytes).unwrap();
    let mut branch = home::branch(NOW);
    branch.workspace = Some(place.to_owned());
    if let Some(Kind::Pointer(pointer)) = &mut branch.kind {
        pointer.r#ref = Some("\u{1b}[?1049l\u{9b}2Jmain".to_owned());
    }
    let bytes = segment_of(&header(4), 16, &branch.encode_to_vec());
    fs::write(home.segments().join("branch.seg"), bytes).unwrap();
    let pane = Pane::open(&home, 160, 40);
    let title = pane.flag("pane_title");
    pane.start(&home, home.folder.path(), &["watch"], &[]);
    pane.shows(&[
        "github.com/\\u{1b}[31mred/x (not here)",
        "branch \\u{1b}[?1049l\\u{9b}2Jmain as recorded",
        "\\u{1b}]0;taken\\u{7}\\u{202e}desrever\\u{d}\\u{a}\\u{1b}[2J",
        "q quit",
    ]);
    assert_eq!(pane.flag("pane_title"), title);
    assert_eq!(pane.flag("alternate_on"), "1");
}

#[test]
fn without_colours_there_are_none() {
    if !tmux::is_there(TESTS) {
        return;
    }
    let (home, dir) = at_work();
    let pane = Pane::open(&home, 120, 30);
    let colored = |screen: &str| {
        let sequences = screen.split("\u{1b}[").skip(1);
        let sequences = sequences.filter_map(|rest| rest.split_once('m').map(|(codes, _)| codes));
        let mut codes = sequences.flat_map(|codes| codes.split(';'));
        codes.any(|code| {
            code.parse()
                .is_ok_and(|code: u32| (30..=38).contains(&code) || code >= 40)
        })
    };
    for (arguments, no_color, expected) in [
        (&["watch"][..], None, true),
        (&["watch"], Some("1"), false),
        (&["watch", "--no-color"], None, false),
    ] {
        pane.start(&home, &dir, arguments, &[("NO_COLOR", no_color)]);
        pane.shows(&["q quit"]);
        let screen = pane.raw_screen();
        // 39 and 49 are the terminal's own colours.
        let screen = screen.replace("\u{1b}[39m", "").replace("\u{1b}[49m", "");
        assert_eq!(
            colored(&screen),
            expected,
            "{arguments:?} {no_color:?} {screen:?}"
        );
        pane.keys(&["q"]);
        pane.is_given_back(0);
        pane.keys(&["clear", "Enter"]);
        pane.until(|screen| !screen.contains("ended"));
    }
}

#[test]
fn an_empty_home_and_a_small_terminal_are_told() {
    if !tmux::is_there(TESTS) {
        return;
    }
    let home = Home::new();
    let pane = Pane::open(&home, 80, 24);
    pane.start(&home, home.folder.path(), &["watch"], &[]);
    pane.shows(&["no workspace", "Nothing is recorded yet.", "`baton init`"]);
    pane.resize(30, 8);
    pane.shows(&[
        "This terminal is too small.",
        "It has 30x8.",
        "40x12 is the least.",
    ]);
    pane.resize(40, 12);
    pane.shows(&["Nothing is recorded yet."]);
    assert!(!home.dir.exists());
    // What comes is shown, also where the folder comes with it.
    home.make();
    home.write_key(7);
    home.record(&[note(NOW, HERE, 1, "The first one")]);
    pane.shows(&["github.com/owner/here", "The first one"]);
    pane.keys(&["q"]);
    pane.is_given_back(0);
}

#[test]
fn a_folder_that_cannot_be_read_any_more_is_told_and_the_picture_stays() {
    if !tmux::is_there(TESTS) {
        return;
    }
    let home = Home::used();
    let pane = watching(&home, home.folder.path(), 100, 24);
    let aside = home.dir.join("aside");
    fs::rename(home.segments(), &aside).unwrap();
    fs::write(home.segments(), "no folder").unwrap();
    pane.shows(&[
        "error[BTN-H01]",
        "shown is what was there at",
        "Look at the parser",
    ]);
    fs::remove_file(home.segments()).unwrap();
    fs::rename(&aside, home.segments()).unwrap();
    pane.shows(&["q quit", "Look at the parser"]);
}

#[test]
fn without_a_terminal_or_with_json_it_says_what_to_use() {
    let home = Home::used();
    for (arguments, instead) in [
        (&["watch"][..], "resume"),
        (&["watch", "--json"], "status --json"),
    ] {
        let run = home.run(arguments);
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
        assert!(run.stderr.starts_with("error[BTN-A01]: "), "{}", run.stderr);
        assert!(
            run.stderr.contains(instead) && run.stderr.contains("\nhelp: "),
            "{}",
            run.stderr
        );
    }
}

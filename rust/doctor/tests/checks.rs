//! Every check, seen to be ok, and seen to notice what it is there for.

mod home;

use std::fs;
#[cfg(target_os = "linux")]
use std::process::Command;

use baton_state::index::part::Part;
use baton_state::index::reader::Reader;
use baton_state::index::writer::{Changes, update};
use baton_state::proto::segment::v1::{Dropped, Header};
use baton_state::proto::state::v1::{Client, ModelState, Record};
use home::{DAY, HERE, Home, NOW, header, model, note, segment_of};
use prost::Message;

/// Status and message of a check; it must carry a remedy exactly when it is not ok.
fn check(home: &Home, id: &str, arguments: &[&str]) -> (String, String) {
    let run = home.run(&[&["check", "--json"], arguments].concat());
    let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let failed = report["fail"].as_u64().unwrap();
    assert_eq!(run.code, Some(i32::from(failed > 0)), "{}", run.stdout);
    let checks = report["checks"].as_array().unwrap();
    let check = checks.iter().find(|check| check["id"] == id).unwrap();
    let status = check["status"].as_str().unwrap().to_owned();
    assert_eq!(check["remedy"].is_string(), status != "ok", "{check}");
    assert_eq!(check["durationMs"], 0);
    (status, check["message"].as_str().unwrap().to_owned())
}

fn status(home: &Home, id: &str) -> String {
    check(home, id, &[]).0
}

#[test]
fn a_used_home_is_sound() {
    let home = Home::used();
    home.run(&["rebuild"]);
    let run = home.run(&["check", "--compact"]);
    assert_eq!(run.answer(), "[ok] 16 ok, 0 warn, 0 fail\n");
}

#[test]
fn d01_sees_a_home_that_is_missing_or_no_folder() {
    let home = Home::new();
    assert_eq!(status(&home, "BTN-D01"), "warn");
    fs::write(&home.dir, "x").unwrap();
    assert_eq!(status(&home, "BTN-D01"), "fail");
    assert_eq!(status(&Home::used(), "BTN-D01"), "ok");
}

#[cfg(unix)]
#[test]
fn d02_sees_who_else_can_read() {
    let home = Home::used();
    assert_eq!(status(&home, "BTN-D02"), "ok");
    home::set_mode(&home.segment(), 0o644);
    let (status, message) = check(&home, "BTN-D02", &[]);
    assert_eq!(status, "warn");
    assert!(message.contains(".seg"), "{message}");
    home::set_mode(&home.dir.join("install.key"), 0o640);
    assert_eq!(check(&home, "BTN-D02", &[]).0, "fail");
    home::set_mode(&home.dir.join("install.key"), 0o600);
    home::set_mode(&home.dir, 0o755);
    assert_eq!(check(&home, "BTN-D02", &[]).0, "fail");
}

#[test]
fn d03_sees_a_key_that_is_missing_short_or_another() {
    let home = Home::used();
    assert_eq!(status(&home, "BTN-D03"), "ok");
    home.write_key(8);
    assert_eq!(status(&home, "BTN-D03"), "warn");
    fs::remove_file(home.dir.join("install.key")).unwrap();
    assert_eq!(status(&home, "BTN-D03"), "warn");
    home.write("install.key", b"short");
    assert_eq!(status(&home, "BTN-D03"), "fail");
}

#[test]
fn d04_sees_a_config_that_is_not_valid_or_names_what_is_not_known() {
    let home = Home::used();
    assert_eq!(status(&home, "BTN-D04"), "ok");
    home.write(
        "config.json",
        br#"{"retention":[{"kind":"usage_event","days":9}]}"#,
    );
    assert_eq!(status(&home, "BTN-D04"), "ok");
    home.write(
        "config.json",
        br#"{"retention":[{"kind":"dream","days":9}]}"#,
    );
    assert_eq!(status(&home, "BTN-D04"), "warn");
    home.write("config.json", b"{");
    assert_eq!(status(&home, "BTN-D04"), "fail");
}

#[test]
fn d10_sees_a_corrupt_range_and_a_copy() {
    let home = Home::used();
    assert_eq!(status(&home, "BTN-D10"), "ok");
    let copy = home.segments().join("copy.seg");
    fs::copy(home.segment(), &copy).unwrap();
    assert_eq!(status(&home, "BTN-D10"), "warn");
    fs::remove_file(copy).unwrap();
    let mut bytes = fs::read(home.segment()).unwrap();
    bytes[200] ^= 1;
    fs::write(home.segment(), bytes).unwrap();
    let (status, message) = check(&home, "BTN-D10", &[]);
    assert_eq!(status, "fail");
    assert!(message.contains("bytes "), "{message}");
}

#[cfg(target_os = "linux")]
#[test]
fn d10_sees_a_file_that_no_memory_holds_and_all_else_is_read() {
    let home = Home::used();
    let name = format!("{}.seg", "7".repeat(32));
    let huge = home.segments().join(&name);
    fs::write(&huge, segment_with(1, 16, 0)).unwrap();
    // A terabyte that takes no space on the disk, and more memory than the doctor is given.
    let file = fs::OpenOptions::new().append(true).open(&huge).unwrap();
    file.set_len(1 << 40).unwrap();
    let run = |command: &str| {
        let script = "ulimit -v 4000000 && exec \"$0\" \"$1\" --json";
        let doctor = home.doctor(&[]);
        let output = Command::new("sh")
            .args(["-c", script])
            .arg(doctor.get_program())
            .arg(command)
            .env("BATON_HOME", &home.dir)
            .output();
        home::Run::of(output.unwrap()).stdout
    };
    let report: serde_json::Value = serde_json::from_str(&run("verify")).unwrap();
    assert_eq!(report["records"], "8", "{report}");
    let segments = report["segments"].as_array().unwrap();
    let huge = segments.iter().find(|one| one["file"] == name);
    let huge = huge.unwrap();
    assert_eq!(huge["standing"], "SEGMENT_STANDING_UNREADABLE");
    assert_eq!(huge["bytes"], (1_u64 << 40).to_string());
    assert!(huge.get("findings").is_none(), "{huge}");
    let report = run("check");
    assert!(
        report.contains(&format!("1 of 2 files cannot be read, such as {name}")),
        "{report}"
    );
}

#[test]
fn a_name_that_somebody_else_gave_is_in_no_message() {
    let home = Home::used();
    let mut bytes = fs::read(home.segment()).unwrap();
    bytes[200] ^= 1;
    let foreign = home.segments().join("canary.seg");
    fs::write(&foreign, bytes).unwrap();
    fs::remove_file(home.segment()).unwrap();
    fs::create_dir(home.dir.join("canary")).unwrap();
    #[cfg(unix)]
    home::set_mode(&foreign, 0o666);
    let report = home.run(&["check", "--json"]).stdout;
    assert!(
        report.contains("a file with a name of its own, bytes"),
        "{report}"
    );
    assert!(!report.contains("canary"), "{report}");
}

#[test]
fn d11_sees_what_is_no_segment() {
    let home = Home::used();
    assert_eq!(status(&home, "BTN-D11"), "ok");
    fs::write(home.segments().join("notes.txt"), "x").unwrap();
    assert_eq!(status(&home, "BTN-D11"), "warn");
    fs::remove_dir_all(home.segments()).unwrap();
    fs::write(home.segments(), "x").unwrap();
    assert_eq!(status(&home, "BTN-D11"), "fail");
}

#[test]
fn d12_sees_a_newer_format() {
    let home = Home::used();
    assert_eq!(status(&home, "BTN-D12"), "ok");
    fs::write(home.segments().join("newer.seg"), segment_with(2, 16, 0)).unwrap();
    assert_eq!(status(&home, "BTN-D12"), "fail");
}

#[test]
fn d12_sees_a_newer_kind_and_d13_what_was_dropped() {
    let home = Home::used();
    assert_eq!(status(&home, "BTN-D13"), "ok");
    fs::write(home.segments().join("newer.seg"), segment_with(1, 99, 2)).unwrap();
    assert_eq!(status(&home, "BTN-D12"), "warn");
    let (status_of_dropped, message) = check(&home, "BTN-D13", &[]);
    assert_eq!(status_of_dropped, "warn");
    assert!(message.contains("4 for want of space"), "{message}");
    fs::write(home.segments().join("newer.seg"), segment_with(1, 16, 6)).unwrap();
    assert_eq!(status(&home, "BTN-D13"), "fail");
}

#[test]
fn d13_names_the_clients_that_dropped() {
    let home = Home::used();
    for (id, client, reason) in [
        (1, Client::Opencode, 2),
        (2, Client::Codex, 2),
        (3, Client::Proxy, 5),
    ] {
        let header = Header {
            dropped: vec![Dropped {
                reason: Some(reason),
                count: Some(3),
            }],
            ..header(id)
        };
        let record = Record {
            client: Some(client.into()),
            ..note(NOW, HERE, 20, "Kept")
        };
        let segment = segment_of(&header, 17, &record.encode_to_vec());
        fs::write(home.segments().join(format!("{id}.seg")), segment).unwrap();
    }
    let (_, message) = check(&home, "BTN-D13", &[]);
    let told = "6 for want of space (codex, opencode), 3 because the queue was full (proxy)";
    assert!(message.ends_with(told), "{message}");
}

#[test]
fn d14_sees_the_future() {
    let home = Home::used();
    assert_eq!(status(&home, "BTN-D14"), "ok");
    home.record(&[note(NOW + 2 * DAY, HERE, 9, "Ahead of its time")]);
    assert_eq!(status(&home, "BTN-D14"), "warn");
}

#[test]
fn d15_sees_two_records_of_one_identity() {
    let home = Home::used();
    assert_eq!(status(&home, "BTN-D15"), "ok");
    for (name, kind) in [("one.seg", 17), ("two.seg", 18)] {
        fs::write(home.segments().join(name), segment_with(1, kind, 0)).unwrap();
    }
    assert_eq!(status(&home, "BTN-D15"), "warn");
}

#[test]
fn d20_sees_an_index_that_is_absent_damaged_or_wrong() {
    let home = Home::used();
    assert_eq!(status(&home, "BTN-D20"), "warn");
    home.run(&["rebuild"]);
    assert_eq!(status(&home, "BTN-D20"), "ok");
    home.write("index.redb", &[9; 5000]);
    assert_eq!(status(&home, "BTN-D20"), "warn");
    home.run(&["rebuild"]);
    // An entry that proves and that no segment holds: what only a defect could write.
    let other = Home::used();
    other.record(&[note(NOW, HERE, 1, "Nobody recorded this here")]);
    other.run(&["rebuild"]);
    let foreign = Reader::open(&other.dir.join("index.redb")).unwrap();
    let part = Part::of(Some(HERE.as_bytes()));
    let index = home.dir.join("index.redb");
    let sheet = Reader::open(&index).unwrap().sheet().clone();
    let mut changes = Changes::new(NOW);
    changes
        .set_winners(&part, &foreign.winners(&part).unwrap())
        .unwrap();
    assert_eq!(update(&index, &sheet, changes), Ok(true));
    assert_eq!(status(&home, "BTN-D20"), "fail");
    home.run(&["check", "--fix"]);
    assert_eq!(status(&home, "BTN-D20"), "ok");
}

#[test]
fn d30_knows_that_the_guard_still_refuses() {
    assert_eq!(status(&Home::new(), "BTN-D30"), "ok");
}

#[test]
fn d40_fails_on_the_model_states_that_it_is_asked_to() {
    let home = Home::used();
    assert_eq!(status(&home, "BTN-D40"), "ok");
    home.record(&[model(NOW, "vendor/two", ModelState::Limited)]);
    let fails = |on: &str| check(&home, "BTN-D40", &["--fail-on", on]).0;
    assert_eq!(
        (status(&home, "BTN-D40"), fails("never")),
        ("warn".into(), "warn".into())
    );
    assert_eq!(
        (fails("error"), fails("limited")),
        ("warn".into(), "fail".into())
    );
    home.record(&[model(NOW, "vendor/three", ModelState::Error)]);
    assert_eq!(
        (fails("error"), fails("never")),
        ("fail".into(), "warn".into())
    );
}

/// A segment of one record of a kind, whose header tells that four records were dropped for a reason (0: none).
fn segment_with(major: u32, kind: u32, reason: i32) -> Vec<u8> {
    let dropped = Dropped {
        reason: Some(reason),
        count: Some(4),
    };
    let header = Header {
        format_major: Some(major),
        dropped: if reason > 0 { vec![dropped] } else { vec![] },
        ..header(kind as u8)
    };
    segment_of(&header, kind, &[kind as u8])
}

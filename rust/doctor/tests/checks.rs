//! Every check, seen to be ok, and seen to notice what it is there for.

mod home;

use std::fs;
#[cfg(target_os = "linux")]
use std::process::Command;

use baton_state::r#gen::rule_pack::RULE_PACK;
use baton_state::index::part::Part;
use baton_state::index::reader::Reader;
use baton_state::index::storage::LocalStorage;
use baton_state::index::writer::{Changes, update};
use baton_state::proto::segment::v1::{Dropped, Header};
use baton_state::proto::state::v1::{Client, ModelState, Record};
use home::{DAY, HERE, Home, NOW, header, model, note, segment_of};
use prost::Message;

#[test]
fn a_used_home_is_sound() {
    let home = Home::used();
    home.run(&["rebuild"]);
    let run = home.run(&["check", "--compact"]);
    // Of tests the clock is fixed, which is worth a word.
    let line = run.answer();
    assert!(line.starts_with("[warn] "), "{line}");
    // There is no git under wine.
    let warnings = match home.command_is_there("git") {
        true => " ok, 1 warn, 0 fail: warn BTN-D33\n",
        false => " ok, 2 warn, 0 fail: warn BTN-D33, warn BTN-D37\n",
    };
    assert!(line.ends_with(warnings), "{line}");
}

#[test]
fn d01_sees_a_home_that_is_missing_or_no_folder() {
    let home = Home::new();
    home.expect("BTN-D01", "warn", "");
    fs::write(&home.dir, "x").unwrap();
    home.expect("BTN-D01", "fail", "");
    Home::used().expect("BTN-D01", "ok", "");
}

#[cfg(unix)]
#[test]
fn d02_sees_who_else_can_read() {
    let home = Home::used();
    home.expect("BTN-D02", "ok", "");
    home::set_mode(&home.segment(), 0o644);
    home.expect("BTN-D02", "warn", ".seg");
    home::set_mode(&home.dir.join("install.key"), 0o640);
    home.expect("BTN-D02", "fail", "");
    home::set_mode(&home.dir.join("install.key"), 0o600);
    home::set_mode(&home.dir, 0o755);
    home.expect("BTN-D02", "fail", "");
}

#[test]
fn d03_sees_a_key_that_is_missing_short_or_another() {
    let home = Home::used();
    home.expect("BTN-D03", "ok", "");
    home.write_key(8);
    home.expect("BTN-D03", "warn", "");
    fs::remove_file(home.dir.join("install.key")).unwrap();
    home.expect("BTN-D03", "warn", "");
    home.write("install.key", b"short");
    home.expect("BTN-D03", "fail", "");
}

#[test]
fn d04_sees_a_config_that_is_not_valid_or_names_what_is_not_known() {
    let home = Home::used();
    home.expect("BTN-D04", "ok", "");
    home.write(
        "config.json",
        br#"{"retention":[{"kind":"usage_event","days":9}]}"#,
    );
    home.expect("BTN-D04", "ok", "");
    home.write(
        "config.json",
        br#"{"retention":[{"kind":"dream","days":9}]}"#,
    );
    home.expect("BTN-D04", "warn", "");
    home.write("config.json", b"{");
    home.expect("BTN-D04", "fail", "");
}

#[test]
fn d10_sees_a_corrupt_range_and_a_copy() {
    let home = Home::used();
    home.expect("BTN-D10", "ok", "");
    let copy = home.segments().join("copy.seg");
    fs::copy(home.segment(), &copy).unwrap();
    home.expect("BTN-D10", "warn", "");
    fs::remove_file(copy).unwrap();
    let mut bytes = fs::read(home.segment()).unwrap();
    bytes[200] ^= 1;
    fs::write(home.segment(), bytes).unwrap();
    home.expect("BTN-D10", "fail", "bytes ");
}

#[cfg(target_os = "linux")]
#[test]
fn d10_sees_a_file_that_no_memory_holds_and_all_that_is_recorded_is_read() {
    let home = Home::used();
    let name = format!("{}.seg", "7".repeat(32));
    let huge = home.segments().join(&name);
    fs::write(&huge, segment_with(1, 16, 0)).unwrap();
    // A terabyte that takes no space on the disk, and more memory than the doctor is given.
    let file = fs::OpenOptions::new().append(true).open(&huge).unwrap();
    file.set_len(1 << 40).unwrap();
    let run = |command: &str| {
        // Of address space, of which each thread takes some for itself.
        let script = "ulimit -v 2000000 && exec \"$0\" \"$1\" --json";
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
    assert_eq!(report["records"], "9", "{report}");
    let segments = report["segments"].as_array().unwrap();
    let huge = segments.iter().find(|one| one["file"] == name);
    let huge = huge.unwrap();
    assert_eq!(huge["standing"], "SEGMENT_STANDING_COUNTS");
    assert_eq!(huge["bytes"], (1_u64 << 40).to_string());
    let found = huge["findings"].as_array().unwrap().last().unwrap();
    assert_eq!(found["type"], "FINDING_TYPE_OVERSIZED");
    let report = run("check");
    let said = format!("{name}, of {} bytes: no segment is that long", 1_u64 << 40);
    assert!(report.contains(&said), "{report}");
}

#[test]
fn a_name_that_somebody_else_gave_is_in_no_message() {
    let home = Home::used();
    let own = home.segment();
    let mut bytes = fs::read(&own).unwrap();
    bytes[200] ^= 1;
    let foreign = home.segments().join("canary.seg");
    fs::write(&foreign, bytes).unwrap();
    fs::remove_file(own).unwrap();
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
    home.expect("BTN-D11", "ok", "");
    fs::write(home.segments().join("notes.txt"), "x").unwrap();
    home.expect("BTN-D11", "warn", "");
    fs::remove_dir_all(home.segments()).unwrap();
    fs::write(home.segments(), "x").unwrap();
    home.expect("BTN-D11", "fail", "");
}

#[test]
fn d12_sees_a_newer_format() {
    let home = Home::used();
    home.expect("BTN-D12", "ok", "");
    fs::write(home.segments().join("newer.seg"), segment_with(2, 16, 0)).unwrap();
    home.expect("BTN-D12", "fail", "");
}

#[test]
fn d12_sees_a_newer_kind_and_d13_what_was_dropped() {
    let home = Home::used();
    home.expect("BTN-D13", "ok", "");
    fs::write(home.segments().join("newer.seg"), segment_with(1, 99, 2)).unwrap();
    home.expect("BTN-D12", "warn", "");
    home.expect("BTN-D13", "warn", "4 for want of space");
    fs::write(home.segments().join("newer.seg"), segment_with(1, 16, 6)).unwrap();
    home.expect("BTN-D13", "fail", "");
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
    let told = "6 for want of space (codex, opencode), 3 because the queue was full (proxy)";
    home.expect("BTN-D13", "warn", told);
}

#[test]
fn d14_sees_the_future() {
    let home = Home::used();
    home.expect("BTN-D14", "ok", "");
    home.record(&[note(NOW + 2 * DAY, HERE, 9, "Ahead of its time")]);
    home.expect("BTN-D14", "warn", "");
}

#[test]
fn d15_sees_two_records_of_one_identity() {
    let home = Home::used();
    home.expect("BTN-D15", "ok", "");
    for (name, kind) in [("one.seg", 17), ("two.seg", 18)] {
        fs::write(home.segments().join(name), segment_with(1, kind, 0)).unwrap();
    }
    home.expect("BTN-D15", "warn", "");
}

#[test]
fn d20_sees_an_index_that_is_absent_damaged_or_wrong() {
    let home = Home::used();
    home.expect("BTN-D20", "warn", "");
    home.run(&["rebuild"]);
    home.expect("BTN-D20", "ok", "");
    home.write("index.redb", &[9; 5000]);
    home.expect("BTN-D20", "warn", "");
    home.run(&["rebuild"]);
    // An entry that proves and that no segment holds: what only a defect could write.
    let other = Home::used();
    other.record(&[note(NOW, HERE, 1, "Nobody recorded this here")]);
    other.run(&["rebuild"]);
    let foreign = Reader::open(&LocalStorage, &other.dir.join("index.redb")).unwrap();
    let part = Part::of(Some(HERE.as_bytes()));
    let index = home.dir.join("index.redb");
    let sheet = Reader::open(&LocalStorage, &index).unwrap().sheet().clone();
    let mut changes = Changes::new(NOW);
    changes
        .set_winners(&part, &foreign.winners(&part).unwrap())
        .unwrap();
    assert_eq!(update(&LocalStorage, &index, &sheet, changes), Ok(true));
    home.expect("BTN-D20", "fail", "");
    home.run(&["check", "--fix"]);
    home.expect("BTN-D20", "ok", "");
}

#[test]
fn d30_knows_that_the_guard_still_refuses() {
    Home::new().expect("BTN-D30", "ok", "");
}

#[test]
fn d30_sees_that_its_own_rule_pack_is_damaged() {
    let mut home = Home::used();
    let mut program = fs::read(&home.program).unwrap();
    let mut at = 0;
    while let Some(found) = memchr::memmem::find(&program[at..], RULE_PACK) {
        at += found;
        program[at + RULE_PACK.len() / 2] ^= 1;
    }
    assert!(at > 0, "the program carries its rule pack as it is");
    let damaged = home.folder.path().join("damaged.exe");
    fs::write(&damaged, program).unwrap();
    fs::set_permissions(&damaged, fs::metadata(&home.program).unwrap().permissions()).unwrap();
    home.program = damaged;
    home.expect("BTN-D30", "fail", "rule pack is damaged");
}

#[test]
fn d40_fails_on_the_model_states_that_it_is_asked_to() {
    let home = Home::used();
    home.expect("BTN-D40", "ok", "");
    home.record(&[model(NOW, "vendor/two", ModelState::Limited)]);
    home.expect("BTN-D40", "warn", "1 limited");
    let expect = |status: &str, state: &str| {
        home.expect_with("BTN-D40", status, "", &["--fail-on", state], &[]);
    };
    expect("warn", "never");
    expect("warn", "error");
    expect("fail", "limited");
    home.record(&[model(NOW, "vendor/three", ModelState::Error)]);
    expect("fail", "error");
    expect("warn", "never");
    home.expect_with("BTN-D40", "fail", "in error", &["--fail-on", "error"], &[]);
}

#[test]
fn d20_sees_an_index_that_is_locked_stale_or_of_another_version() {
    let home = Home::used();
    home.run(&["rebuild"]);
    let index = home.dir.join("index.redb");
    let holder = redb::Database::open(&index).unwrap();
    home.expect("BTN-D20", "warn", "another process is writing");
    drop(holder);
    let seen = home.segment();
    home.record(&[note(NOW, HERE, 2, "New")]);
    home.expect("BTN-D20", "ok", "bytes behind");
    fs::remove_file(seen).unwrap();
    home.expect("BTN-D20", "warn", "gone or replaced");
    fs::remove_file(&index).unwrap();
    let table = redb::TableDefinition::<&[u8], &[u8]>::new("of-another-version");
    let other = redb::Database::create(&index).unwrap();
    let transaction = other.begin_write().unwrap();
    transaction.open_table(table).unwrap();
    transaction.commit().unwrap();
    drop(other);
    home.expect("BTN-D20", "warn", "another version made it");
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

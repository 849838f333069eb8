//! What goes to stdout and stderr, and what does not.

mod home;

use std::fs;
use std::io::{Read, Write};
use std::process::Stdio;

use baton_state::proto::state::v1::record::Kind;
use home::{HERE, Home, NOW, Run, header, note, segment_of};
use prost::Message;

#[test]
fn json_is_one_document_and_nothing_else() {
    let home = Home::used();
    for command in ["check", "resume", "status", "usage", "verify"] {
        let answer = home.run(&[command, "--json"]).answer();
        let (document, rest) = answer.split_at(answer.len() - 1);
        assert_eq!(rest, "\n");
        assert!(!document.contains('\n'));
        assert!(
            serde_json::from_str::<serde_json::Value>(document)
                .unwrap()
                .is_object(),
            "{command}"
        );
    }
    let answer = home.run(&["export", "--jsonl"]).answer();
    assert_eq!(answer, home.run(&["dump", "--json"]).answer());
    assert_eq!(answer.lines().count(), 8);
    for line in answer.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(
            line["record"].is_object() && line.get("raw").is_none(),
            "{line}"
        );
    }
}

#[test]
fn guard_answers_every_line_before_it_waits_for_the_next() {
    let home = Home::new();
    let mut doctor = home
        .doctor(&["guard"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = doctor.stdin.take().unwrap();
    let mut stdout = doctor.stdout.take().unwrap();
    for text in [&br#"{"class":"NOTE","text":"The tests pass"}"#[..], b"\xff"] {
        stdin.write_all(text).unwrap();
        stdin.write_all(b"\n").unwrap();
        let mut answer = [0; 4096];
        let length = stdout.read(&mut answer).unwrap();
        let answer: serde_json::Value = serde_json::from_slice(&answer[..length]).unwrap();
        assert_eq!(
            answer["action"],
            if text[0] == b'{' { "allow" } else { "reject" }
        );
    }
    drop(stdin);
    assert!(doctor.wait().unwrap().success());
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let home = Home::used();
    let records: Vec<_> = (0..3000)
        .map(|n| note(NOW, HERE, n, "The same again and again"))
        .collect();
    home.record(&records);
    for arguments in [&["export", "--jsonl"][..], &["dump"], &["status"]] {
        let mut doctor = home
            .doctor(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(doctor.stdout.take());
        let run = Run::of(doctor.wait_with_output().unwrap());
        assert_eq!(
            (run.code, run.stderr.as_str()),
            (Some(0), ""),
            "{arguments:?}"
        );
    }
}

#[test]
fn what_a_hostile_record_says_reaches_no_terminal_as_it_is() {
    let home = Home::used();
    let mut hostile = note(NOW, "github.com/\u{1b}[2J/x", 1, "x");
    if let Some(Kind::HandoffNote(note)) = &mut hostile.kind {
        note.text = Some("\u{1b}]0;title\u{7} \u{202e}desrever\r\n".to_owned());
    }
    let bytes = segment_of(&header(3), 19, &hostile.encode_to_vec());
    // Names of files hold no controls on Windows, but marks that reorder.
    let name = if cfg!(windows) {
        "\u{202e}31m.seg"
    } else {
        "\u{1b}[31m.seg"
    };
    fs::write(home.segments().join(name), bytes).unwrap();
    for command in [
        &["status"][..],
        &["dump"],
        &["verify"],
        &["check"],
        &["report", "-o", "-"],
        &["resume", "--workspace", "github.com/\u{1b}[2J/x"],
    ] {
        let run = home.run(command);
        let all = run.stdout + &run.stderr;
        assert!(
            !all.contains(['\u{1b}', '\u{7}', '\u{202e}', '\r']),
            "{command:?} {all:?}"
        );
    }
}

#[test]
fn quiet_is_quiet() {
    let home = Home::used();
    assert_ne!(home.run(&["rebuild"]).stderr, "");
    assert_eq!(home.run(&["rebuild", "--quiet"]).stderr, "");
}

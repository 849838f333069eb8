//! What `sql` answers, in which form.

use std::fs;
use std::io::Write;
use std::process::Stdio;

use baton_state::proto::state::v1::record::Kind;
use prost::Message;
use serde_json::{Value, json};

use crate::home::{self, HERE, Home, Run, header, note, segment_of};
use crate::{rows, week};

#[test]
fn json_is_one_array_with_the_keys_in_the_order_of_the_columns() {
    let home = Home::new();
    let sql = "SELECT 2 AS b, 1 AS a, NULL AS n, 0.5 AS r, 'q\"' AS a, x'00ff' AS x, 9007199254740993 AS big";
    let one = r#"{"b":2,"a":1,"n":null,"r":0.5,"a:1":"q\"","x":"00ff","big":"9007199254740993"}"#;
    assert_eq!(
        home.run(&["sql", "--json", sql]).answer(),
        format!("[{one}]\n")
    );
    let twice = format!("{sql} UNION ALL {sql}");
    assert_eq!(
        home.run(&["sql", "--json", &twice]).answer(),
        format!("[{one},\n{one}]\n")
    );
    assert_eq!(
        home.run(&["sql", "--json", "SELECT * FROM notes"]).answer(),
        "[]\n"
    );
    let extremes = "SELECT 1e300 AS a, 9e999 AS b, -9e999 AS c, 1e-9 AS d, 2.0 AS e";
    let answer = home.run(&["sql", "--json", extremes]).answer();
    assert_eq!(
        answer,
        "[{\"a\":1e300,\"b\":\"Infinity\",\"c\":\"-Infinity\",\"d\":1e-9,\"e\":2}]\n"
    );
}

#[test]
fn csv_is_rfc_4180_and_tells_an_empty_text_from_nothing() {
    let home = Home::new();
    let sql = "SELECT 'a,b' AS \"x,y\", 'say \"hi\"' AS q, NULL AS n, '' AS e, 'two\nlines' AS l, 1.5 AS r";
    assert_eq!(
        home.run(&["sql", "--csv", sql]).answer(),
        "\"x,y\",q,n,e,l,r\r\n\"a,b\",\"say \"\"hi\"\"\",,\"\",\"two\nlines\",1.5\r\n"
    );
    assert_eq!(home.run(&["sql", "--csv", "--json", sql]).code, Some(2));
}

#[test]
fn a_table_for_people_is_escaped_and_says_when_it_is_empty() {
    let home = week::home();
    let mut hostile = note(home::NOW, HERE, 99, "x");
    if let Some(Kind::HandoffNote(note)) = &mut hostile.kind {
        note.text = Some("\u{1b}[2J\u{202e}x\r\n".to_owned());
    }
    fs::write(
        home.segments().join("hostile.seg"),
        segment_of(&header(3), 19, &hostile.encode_to_vec()),
    )
    .unwrap();
    let sql = "SELECT text FROM notes WHERE id LIKE '%63'";
    let table = home.run(&["sql", sql]).answer();
    assert_eq!(table, "TEXT\n\\u{1b}[2J\\u{202e}x\\u{d}\\u{a}\n");
    assert_eq!(rows(&home, sql)[0]["text"], "\u{1b}[2J\u{202e}x\r\n");
    let none = home.run(&["sql", "SELECT * FROM notes WHERE 0"]);
    assert_eq!(
        (none.code, none.stdout.as_str(), none.stderr.as_str()),
        (Some(0), "", "no rows\n")
    );
}

#[test]
fn the_statement_comes_from_stdin_too() {
    let home = week::home();
    let mut doctor = home
        .doctor(&["sql", "--csv", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let sql = b"-- how many?\nSELECT count(*) AS n\nFROM notes;\n";
    doctor.stdin.take().unwrap().write_all(sql).unwrap();
    let run = Run::of(doctor.wait_with_output().unwrap());
    assert_eq!(run.answer(), "n\r\n3\r\n");
}

#[test]
fn tables_of_a_home_that_is_not_there_are_empty_and_it_is_not_made() {
    let home = Home::new();
    let names = rows(&home, "SELECT name FROM sqlite_schema");
    for name in &names {
        let name = name["name"].as_str().unwrap();
        let count = rows(&home, &format!("SELECT count(*) AS n FROM {name}"));
        assert_eq!(
            count,
            [json!({ "n": i32::from(name == "instant") })],
            "{name}"
        );
    }
    assert!(!home.dir.exists());
}

#[test]
fn the_instant_the_zone_and_the_version_are_there() {
    let home = Home::new();
    let expected = [json!({
        "now": home::NOW,
        "at": "2026-09-21T14:13:20.000Z",
        "time_zone": "UTC",
        "version": env!("CARGO_PKG_VERSION"),
    })];
    assert_eq!(rows(&home, "SELECT * FROM instant"), expected);
}

#[test]
fn every_way_to_read_a_table_fills_it() {
    let home = week::home();
    for sql in [
        "SELECT count(*) AS n FROM notes",
        "SELECT count(*) AS n FROM main.NOTES",
        "SELECT 3 AS n WHERE EXISTS (SELECT 1 FROM notes)",
        "WITH x AS (SELECT rowid AS r FROM notes) SELECT max(r) AS n FROM x",
        "SELECT (SELECT count(1) FROM notes) AS n",
        "SELECT count(*) AS n FROM (SELECT 1 FROM notes)",
        "SELECT count(*) AS n FROM instant CROSS JOIN notes",
    ] {
        assert_eq!(rows(&home, sql), [json!({ "n": 3 })], "{sql}");
    }
}

#[test]
fn what_this_program_does_not_understand_is_kept_with_its_bytes() {
    let home = week::home();
    let newer = note(home::NOW, HERE, 5, "x").encode_to_vec();
    fs::write(
        home.segments().join("newer.seg"),
        segment_of(&header(3), 77, &newer),
    )
    .unwrap();
    let broken = b"\x0a\x01".as_slice();
    fs::write(
        home.segments().join("broken.seg"),
        segment_of(&header(4), 19, broken),
    )
    .unwrap();
    let found = rows(
        &home,
        "SELECT kind, why, workspace, raw FROM not_understood ORDER BY why",
    );
    let raw: String = newer.iter().map(|byte| format!("{byte:02x}")).collect();
    let expected = [
        json!({ "kind": "handoff_note", "why": "malformed", "workspace": null, "raw": "0a01" }),
        json!({ "kind": "77", "why": "newer_than_me", "workspace": HERE, "raw": raw }),
    ];
    assert_eq!(found, expected);
    let status: Value = serde_json::from_str(&home.run(&["status", "--json"]).answer()).unwrap();
    let health = &status["machine"]["health"];
    assert_eq!(
        (&health["newerThanMe"], &health["malformed"]),
        (&json!("1"), &json!("1"))
    );
}

#[test]
fn files_and_what_lies_in_them_are_those_of_verify() {
    let home = week::home();
    let file = home.segments().join("damaged.seg");
    let mut bytes = fs::read(
        fs::read_dir(home.segments())
            .unwrap()
            .next()
            .unwrap()
            .unwrap()
            .path(),
    )
    .unwrap();
    bytes[200] ^= 1;
    fs::write(&file, bytes).unwrap();
    fs::write(home.segments().join("foreign.seg"), b"no segment").unwrap();
    let verify: Value = serde_json::from_str(&home.run(&["verify", "--json"]).stdout).unwrap();
    let segments = rows(&home, "SELECT * FROM segments");
    let findings = rows(&home, "SELECT * FROM findings");
    let mut found = 0;
    let reports = verify["segments"].as_array().unwrap();
    assert_eq!(segments.len(), reports.len());
    for (row, report) in segments.iter().zip(reports) {
        assert_eq!(
            (&row["file"], &row["segment"]),
            (
                &report["file"],
                &report.get("segment").cloned().unwrap_or_default()
            )
        );
        assert_eq!(row["bytes"].to_string(), report["bytes"].as_str().unwrap());
        assert_eq!(
            row["records"].to_string(),
            report["records"].as_str().unwrap()
        );
        let standing = row["standing"].as_str().unwrap().to_uppercase();
        assert_eq!(report["standing"], format!("SEGMENT_STANDING_{standing}"));
        let of_file = report
            .get("findings")
            .and_then(Value::as_array)
            .map_or(0, Vec::len);
        assert_eq!(row["findings"], of_file);
        found += of_file;
    }
    assert_eq!(findings.len(), found);
    let types: Vec<&Value> = findings.iter().map(|row| &row["type"]).collect();
    assert!(types.contains(&&json!("foreign")), "{types:?}");
}

#[test]
fn a_reader_that_goes_away_ends_a_statement_that_never_would() {
    let home = Home::new();
    let sql = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n";
    for form in ["--json", "--csv"] {
        let mut doctor = home
            .doctor(&["sql", form, sql])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(doctor.stdout.take());
        let run = Run::of(doctor.wait_with_output().unwrap());
        assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{form}");
    }
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_a_statement_that_never_would() {
    use std::os::unix::process::ExitStatusExt;

    use rustix::process::{Pid, Signal, kill_process};

    let home = Home::new();
    let sql =
        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n";
    let mut doctor = home.doctor(&["sql", sql]).spawn().unwrap();
    std::thread::sleep(std::time::Duration::from_millis(200));
    assert!(doctor.try_wait().unwrap().is_none());
    kill_process(Pid::from_child(&doctor), Signal::INT).unwrap();
    assert_eq!(doctor.wait().unwrap().signal(), Some(2));
}

//! `check --bundle`: what it holds, where it is written, and what the terminal says.

mod home;

use std::fs;

use home::{Home, NOW};
use serde_json::Value;

fn bundle(home: &Home, arguments: &[&str]) -> Value {
    let run = home.run(&[&["check", "--bundle", "-", "--quiet"], arguments].concat());
    assert_eq!(run.stderr, "");
    serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{run:?}"))
}

#[test]
fn a_bundle_holds_checks_versions_counts_and_findings_and_leaves_nothing_out() {
    let home = Home::used();
    home.write(
        "config.json",
        br#"{"publicHosts":["git.acme.example","b.example"],"retention":[{"kind":"pointer","days":9}]}"#,
    );
    let mut bytes = fs::read(home.segment()).unwrap();
    bytes[200] ^= 1;
    fs::write(home.segment(), bytes).unwrap();
    fs::write(home.dir.join("notes.txt"), "12345").unwrap();
    let bundle = bundle(&home, &[]);
    assert_eq!(bundle["madeAt"], NOW.to_string());
    assert_eq!(bundle["leftOut"], 0, "{bundle:#}");
    let checks = bundle["checks"].as_array().unwrap();
    let report: Value = serde_json::from_str(&home.run(&["check", "--json"]).stdout).unwrap();
    let reported = report["checks"].as_array().unwrap();
    assert_eq!(checks.len(), reported.len());
    for (check, reported) in checks.iter().zip(reported) {
        for field in ["id", "status", "message", "durationMs"] {
            assert_eq!(check[field], reported[field]);
        }
    }
    assert_eq!(bundle["system"]["os"], std::env::consts::OS);
    assert_eq!(bundle["programs"][0]["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(
        bundle["settings"],
        serde_json::json!([{ "name": "public_hosts", "values": 2 }, { "name": "retention", "values": 1 }])
    );
    let places = bundle["places"].as_array().unwrap();
    let names: Vec<&str> = places
        .iter()
        .map(|place| place["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["config.json", "install.key", "other", "segments"]);
    assert_eq!(
        places[2],
        serde_json::json!({ "name": "other", "files": "1", "bytes": "5" })
    );
    let segments = &bundle["segments"][0];
    assert_eq!(
        (
            &segments["standing"],
            &segments["sealed"],
            &segments["count"]
        ),
        (&"SEGMENT_STANDING_COUNTS".into(), &true.into(), &"1".into())
    );
    let findings = bundle["findings"].as_array().unwrap();
    assert!(findings.iter().any(|finding| {
        finding["file"] == "1" && finding["finding"]["type"] == "FINDING_TYPE_CORRUPT_RANGE"
    }));
    assert_eq!(bundle["findingsTotal"], findings.len().to_string());
    assert_eq!(bundle["workspaces"], "1");
    assert_eq!(bundle["health"]["corruptRanges"], "1");
    let kinds = bundle["kinds"].as_array().unwrap();
    assert!(
        kinds.contains(&serde_json::json!({ "name": "usage_event", "records": "5" })),
        "{bundle}"
    );
}

#[test]
fn it_is_written_into_a_new_private_file_and_the_terminal_says_what_it_is() {
    let home = Home::used();
    home.run(&["rebuild"]);
    let file = home.folder.path().join("bundle.json");
    let name = file.to_str().unwrap();
    let run = home.run(&["check", "--bundle", name]);
    let text = fs::read_to_string(&file).unwrap();
    assert_eq!(run.code, Some(0));
    assert_eq!(run.stdout, home.run(&["check"]).stdout);
    assert_eq!(
        run.stderr,
        format!(
            "the bundle has {} bytes: checks, versions, counts and findings; no record, path or name. Read it before you attach it\n",
            text.len()
        )
    );
    assert!(text.lines().count() > 50 && text.ends_with("}\n"));
    assert_eq!(text, home.run(&["check", "--bundle", "-"]).stdout);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(
            fs::metadata(&file).unwrap().permissions().mode() & 0o7777,
            0o600
        );
    }
}

#[test]
fn what_is_there_already_is_never_written_over_and_nothing_else_is_done() {
    let home = Home::used();
    home.write("index.redb", b"x");
    let file = home.folder.path().join("mine");
    fs::write(&file, "mine").unwrap();
    let name = file.to_str().unwrap();
    let run = home.run(&["check", "--fix", "--bundle", name]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""));
    assert!(run.stderr.starts_with("error[BTN-A10]: "), "{}", run.stderr);
    assert!(!run.stderr.contains(name), "{}", run.stderr);
    assert_eq!(fs::read(&file).unwrap(), b"mine");
    assert_eq!(fs::read(home.dir.join("index.redb")).unwrap(), b"x");
    #[cfg(unix)]
    {
        let link = home.folder.path().join("link");
        std::os::unix::fs::symlink(home.folder.path().join("nowhere"), &link).unwrap();
        let run = home.run(&["check", "--bundle", link.to_str().unwrap()]);
        assert!(run.stderr.starts_with("error[BTN-A10]: "), "{}", run.stderr);
        assert!(!home.folder.path().join("nowhere").exists());
    }
    let run = home.run(&["check", "--bundle", file.join("x").to_str().unwrap()]);
    assert!(
        run.stderr
            .contains("error[BTN-A11]: file cannot be written, not a directory\n"),
        "{}",
        run.stderr
    );
}

#[test]
fn the_exit_code_is_that_of_the_checks_and_fixes_are_told() {
    let home = Home::used();
    home.write("config.json", b"{");
    home.write("index.redb", b"x");
    let run = home.run(&[
        "check",
        "--bundle",
        "-",
        "--fix",
        "--only",
        "BTN-D04,BTN-D20",
    ]);
    assert_eq!(run.code, Some(1));
    let bundle: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(
        bundle["fixes"],
        serde_json::json!([{ "id": "BTN-D20", "outcome": "done", "deed": "build the index anew from the segments" }])
    );
    assert_eq!(bundle["checks"].as_array().unwrap().len(), 2);
}

//! What users type and what comes back.

mod home;

use std::fs;

use home::{HERE, Home, NOW};

const COMMANDS: [&[&str]; 11] = [
    &["check"],
    &["resume"],
    &["status"],
    &["usage"],
    &["verify"],
    &["audit"],
    &["dump"],
    &["export", "--jsonl"],
    &["sql", "SELECT * FROM notes"],
    &["rebuild"],
    &["report", "-o", "-"],
];

#[test]
fn every_command_has_help_with_an_example() {
    let home = Home::new();
    for command in COMMANDS.iter().copied().chain([&["guard"][..], &["watch"]]) {
        let help = home.run(&[command, &["--help"]].concat()).answer();
        assert!(help.contains("Example:\n  "), "{help}");
    }
    assert!(home.run(&["--help"]).answer().contains("Exit codes:"));
    assert!(
        home.run(&["--version"])
            .answer()
            .starts_with("opencode-proxy-doctor ")
    );
}

#[test]
fn what_is_not_understood_is_exit_2_and_says_what_to_do() {
    let home = Home::new();
    for arguments in [
        &["bogus"][..],
        &["export"],
        &["check", "--fail-on", "sometimes"],
        &["check", "--json", "--compact"],
    ] {
        let run = home.run(arguments);
        assert_eq!(
            (run.code, run.stdout.as_str()),
            (Some(2), ""),
            "{arguments:?}"
        );
        assert!(!run.stderr.is_empty());
    }
    let run = home.run(&["--compact", "status"]);
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.starts_with("error[BTN-A01]: "), "{}", run.stderr);
    assert!(run.stderr.contains("\nhelp: "), "{}", run.stderr);
}

#[test]
fn every_command_answers_of_a_home_that_is_not_there_and_makes_none() {
    let home = Home::new();
    for command in COMMANDS {
        let run = home.run(command);
        assert_eq!(run.code, Some(0), "{command:?} {}", run.stderr);
    }
    assert!(!home.dir.exists());
    assert!(
        home.run(&["resume"])
            .answer()
            .contains("nothing is recorded")
    );
}

#[test]
fn the_brief_is_of_the_workspace_named() {
    let home = Home::used();
    let brief = home.run(&["resume", "--workspace", HERE]).answer();
    assert!(
        brief.contains("Look at the parser") && brief.contains("feature/empty-list"),
        "{brief}"
    );
    let after = home
        .run(&["resume", "--workspace", HERE, "--reason", "compact"])
        .answer();
    assert!(after.contains("after compaction"), "{after}");
    let other = home
        .run(&["resume", "--workspace", "github.com/owner/other"])
        .answer();
    assert!(!other.contains("Look at the parser"), "{other}");
}

#[test]
fn the_default_is_check() {
    let home = Home::used();
    assert_eq!(home.run(&["--json"]), home.run(&["check", "--json"]));
    assert_eq!(home.run(&["--compact"]), home.run(&["check", "--compact"]));
}

#[test]
fn status_shows_workspaces_models_and_usage_to_people() {
    let status = Home::used().run(&["status"]).answer();
    for shown in [
        HERE,
        "handoff_note",
        "text=Look at the parser",
        "this machine",
        "vendor/one",
        "8 records in 1 segments",
    ] {
        assert!(status.contains(shown), "{shown} is not in\n{status}");
    }
}

#[test]
fn usage_of_a_file_is_read_in_place() {
    let home = Home::used();
    let file = home.folder.path().join("usage.jsonl");
    let line = format!(
        "{{\"v\":1,\"ts\":{},\"model\":\"m\",\"ok\":true,\"total_tokens\":5}}\n",
        NOW - 1000
    );
    fs::write(&file, line.repeat(3)).unwrap();
    let path = file.to_str().unwrap();
    let of_file: serde_json::Value =
        serde_json::from_str(&home.run(&["usage", "--file", path, "--json"]).answer()).unwrap();
    assert_eq!(of_file["totals"]["requests"], 3);
    let recorded: serde_json::Value =
        serde_json::from_str(&home.run(&["usage", "--json", "--days", "1"]).answer()).unwrap();
    assert_eq!(
        (
            &recorded["totals"]["requests"],
            &recorded["read_window_days"]
        ),
        (&5.into(), &1.into())
    );
    let missing = home.run(&["usage", "--file", "missing.jsonl"]);
    assert_eq!(missing.code, Some(1));
    assert!(
        missing.stderr.starts_with("error[BTN-U02]: "),
        "{}",
        missing.stderr
    );
}

#[test]
fn problems_are_exit_1_with_the_report_on_stdout() {
    let home = Home::used();
    let mut bytes = fs::read(home.segment()).unwrap();
    bytes[200] ^= 1;
    fs::write(home.segment(), bytes).unwrap();
    for command in [
        &["verify"][..],
        &["verify", "--json"],
        &["check"],
        &["--json"],
    ] {
        let run = home.run(command);
        assert_eq!(
            (run.code, run.stderr.as_str()),
            (Some(1), ""),
            "{command:?}"
        );
        assert!(!run.stdout.is_empty());
    }
    for command in [
        &["status"][..],
        &["resume", "--workspace", HERE],
        &["dump"],
        &["export", "--jsonl"],
    ] {
        assert_eq!(home.run(command).code, Some(0), "{command:?}");
    }
}

#[test]
fn a_config_that_is_not_valid_is_an_error_with_its_code() {
    let home = Home::used();
    home.write("config.json", b"{");
    let run = home.run(&["resume"]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""));
    assert!(run.stderr.starts_with("error[BTN-H04]: "), "{}", run.stderr);
}

#[cfg(unix)]
#[test]
fn a_home_that_is_a_file_is_said_to_be_one_that_cannot_be_used() {
    let home = Home::new();
    fs::write(&home.dir, "x").unwrap();
    for command in [&["resume"][..], &["status"], &["usage"], &["verify"]] {
        let run = home.run(command);
        assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""));
        let said = "error[BTN-H01]: state directory cannot be used, ";
        assert!(run.stderr.starts_with(said), "{command:?} {}", run.stderr);
    }
}

#[test]
fn a_single_file_is_dumped_with_all_that_lies_in_it() {
    let home = Home::used();
    let mut bytes = fs::read(home.segment()).unwrap();
    bytes[200] ^= 1;
    let file = home.folder.path().join("damaged.seg");
    fs::write(&file, bytes).unwrap();
    let dump = home.run(&["dump", file.to_str().unwrap()]).answer();
    assert!(
        dump.contains("corrupt range") && dump.contains("seal"),
        "{dump}"
    );
    assert!(dump.contains("usage_event"), "{dump}");
    let missing = home.run(&["dump", "missing.seg"]);
    assert_eq!((missing.code, missing.stdout.as_str()), (Some(2), ""));
    assert_eq!(
        missing.stderr,
        "error[BTN-A01]: argument not understood, file 1 cannot be read, entity not found\n\
         help: see --help\n"
    );
}

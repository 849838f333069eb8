//! The manners of the command line: examples, slips, colours, completions, manual pages.

use std::fs;
use std::process::{Command, Output};

fn run(arguments: &[&str]) -> Output {
    launcher(arguments).output().unwrap()
}

fn launcher(arguments: &[&str]) -> Command {
    let mut launcher = Command::new(env!("CARGO_BIN_EXE_opencode-proxy-launcher"));
    launcher.args(arguments);
    launcher
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Stdout of a run that must have ended with 0.
fn answer(arguments: &[&str]) -> String {
    let run = run(arguments);
    assert!(run.status.success(), "{}", text(&run.stderr));
    text(&run.stdout)
}

#[test]
fn help_has_examples() {
    assert!(answer(&["--help"]).contains("Examples:\n  opencode-proxy-launcher "));
    for command in ["completions", "man"] {
        let help = answer(&[command, "--help"]);
        let example = format!("Example:\n  opencode-proxy-launcher {command} ");
        assert!(help.contains(&example), "{help}");
    }
}

#[test]
fn a_slip_gets_what_may_have_been_meant() {
    for (arguments, meant) in [
        (
            &["--agnet", "none"][..],
            "tip: a similar argument exists: '--agent'",
        ),
        (&["--agent", "codx"], "tip: a similar value exists: 'codex'"),
        (
            &["completions", "bsh"],
            "tip: a similar value exists: 'bash'",
        ),
    ] {
        let run = run(arguments);
        assert_eq!(run.status.code(), Some(2), "{arguments:?}");
        let said = text(&run.stderr);
        assert!(said.contains(meant), "{said}");
    }
}

#[test]
fn help_is_in_colours_unless_somebody_wants_none() {
    let is_colored = |arguments: &[&str], no_color: &str| {
        let mut launcher = launcher(arguments);
        launcher
            .env("CLICOLOR_FORCE", "1")
            .env("NO_COLOR", no_color);
        text(&launcher.output().unwrap().stdout).contains('\u{1b}')
    };
    assert!(is_colored(&["--help"], ""));
    assert!(!is_colored(&["--help"], "1"));
    assert!(!is_colored(&["--no-color", "--help"], ""));
}

#[test]
fn every_shell_has_completions() {
    for (shell, mark) in [
        ("bash", "complete -F"),
        ("zsh", "#compdef opencode-proxy-launcher"),
        ("fish", "complete -c opencode-proxy-launcher"),
        ("powershell", "Register-ArgumentCompleter"),
    ] {
        let script = answer(&["completions", shell]);
        for part in [mark, "agent", "proxy", "opencode"] {
            assert!(script.contains(part), "{shell} {part}");
        }
    }
}

#[test]
fn the_manual_page_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    answer(&["man", folder.path().to_str().unwrap()]);
    let mut written: Vec<String> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    written.sort();
    let pages = [
        "opencode-proxy-launcher-completions.1",
        "opencode-proxy-launcher.1",
    ];
    assert_eq!(written, pages);
    let page = fs::read_to_string(folder.path().join(pages[1])).unwrap();
    for part in [
        ".TH ",
        ".SH NAME",
        ".SH SYNOPSIS",
        ".SH OPTIONS",
        "Examples:",
    ] {
        assert!(page.contains(part), "{part}");
    }
}

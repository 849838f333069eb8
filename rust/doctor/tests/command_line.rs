//! The manners of the command line: examples, slips, colours, completions, manual pages.

mod home;

use std::fs;
use std::process::Command;

use home::{Home, Run};

/// Names of all commands that help lists.
fn commands(home: &Home) -> Vec<String> {
    let help = home.run(&["--help"]).answer();
    let (_, rest) = help.split_once("\nCommands:\n").unwrap();
    let (list, _) = rest.split_once("\n\n").unwrap();
    let names = list.lines().filter_map(|line| {
        let line = line.strip_prefix("  ")?;
        let name = line.split_whitespace().next()?;
        line.starts_with(name).then(|| name.to_owned())
    });
    names.collect()
}

#[test]
fn every_command_that_help_lists_has_an_example() {
    let home = Home::new();
    let commands = commands(&home);
    assert!(commands.len() >= 11, "{commands:?}");
    for command in commands.iter().map(String::as_str).chain(["man"]) {
        let help = home.run(&[command, "--help"]).answer();
        let example = format!("Example:\n  opencode-proxy-doctor {command}");
        let piped = format!("| opencode-proxy-doctor {command}");
        let has_one =
            help.contains(&example) || help.contains("Example:\n  ") && help.contains(&piped);
        assert!(has_one, "{help}");
    }
}

#[test]
fn a_slip_gets_what_may_have_been_meant() {
    let home = Home::new();
    for (arguments, meant) in [
        (&["chekc"][..], "tip: a similar subcommand exists: 'check'"),
        (&["--jsn"], "tip: a similar argument exists: '--json'"),
        (
            &["export", "--sqlit", "x"],
            "tip: a similar argument exists: '--sqlite'",
        ),
        (
            &["check", "--fail-on", "limted"],
            "tip: a similar value exists: 'limited'",
        ),
        (
            &["completions", "bsh"],
            "tip: a similar value exists: 'bash'",
        ),
        (
            &["check", "--only", "BTN-D400"],
            "no check has this id, did you mean BTN-D40?",
        ),
        (
            &["check", "--only", "everything"],
            "no check has this id: opencode-proxy-doctor check lists them",
        ),
    ] {
        let run = home.run(arguments);
        assert_eq!(
            (run.code, run.stdout.as_str()),
            (Some(2), ""),
            "{arguments:?}"
        );
        assert!(run.stderr.contains(meant), "{}", run.stderr);
    }
}

#[test]
fn help_and_errors_are_in_colours_unless_somebody_wants_none() {
    let home = Home::new();
    let run = |arguments: &[&str], no_color: &str| {
        let mut doctor = home.doctor(arguments);
        doctor.env("CLICOLOR_FORCE", "1").env("NO_COLOR", no_color);
        let run = Run::of(doctor.output().unwrap());
        run.stdout + &run.stderr
    };
    for arguments in [&["--help"][..], &["sql", "--help"], &["bogus"]] {
        assert!(run(arguments, "").contains('\u{1b}'), "{arguments:?}");
        assert!(!run(arguments, "1").contains('\u{1b}'), "{arguments:?}");
        let plain = [arguments, &["--no-color"]].concat();
        assert!(!run(&plain, "").contains('\u{1b}'), "{plain:?}");
    }
}

/// A word that bash completes, by the script that the program prints.
#[cfg(unix)]
fn completed_by_bash(home: &Home, words: &[&str]) -> Option<Vec<String>> {
    let script = home.run(&["completions", "bash"]).answer();
    let file = home.folder.path().join("completions.bash");
    fs::write(&file, script).unwrap();
    let asks = r#"
        set -eu
        source "$1"; shift
        entry=$(complete -p opencode-proxy-doctor)
        function=${entry#*-F }; function=${function%% *}
        COMP_WORDS=(opencode-proxy-doctor "$@"); COMP_CWORD=$#
        "$function" opencode-proxy-doctor "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
        printf '%s\n' "${COMPREPLY[@]}"
    "#;
    let bash = Command::new("bash")
        .args(["--norc", "--noprofile", "-c", asks, "bash"])
        .arg(&file)
        .args(words)
        .output();
    let Ok(bash) = bash else {
        println!("[skip] bash is not installed");
        return None;
    };
    let run = Run::of(bash);
    Some(run.answer().lines().map(str::to_owned).collect())
}

#[cfg(unix)]
#[test]
fn bash_completes_commands_options_and_values() {
    let home = Home::new();
    for (words, expected) in [
        (&["ch"][..], &["check"][..]),
        (&["ex"], &["export"]),
        (&["export", "--sq"], &["--sqlite"]),
        (&["check", "--fail-on", "l"], &["limited"]),
        (&["completions", "f"], &["fish"]),
    ] {
        if let Some(completed) = completed_by_bash(&home, words) {
            assert_eq!(completed, expected, "{words:?}");
        }
    }
}

#[test]
fn every_shell_has_completions_that_name_all_commands() {
    let home = Home::new();
    let commands = commands(&home);
    for (shell, mark) in [
        ("bash", "complete -F"),
        ("zsh", "#compdef opencode-proxy-doctor"),
        ("fish", "complete -c opencode-proxy-doctor"),
        ("powershell", "Register-ArgumentCompleter"),
        ("elvish", "edit:completion:arg-completer"),
    ] {
        let script = home.run(&["completions", shell]).answer();
        assert!(script.contains(mark), "{shell}");
        for command in &commands {
            assert!(script.contains(command.as_str()), "{shell} {command}");
        }
    }
}

#[test]
fn every_command_has_a_manual_page_that_groff_reads_without_a_warning() {
    let home = Home::new();
    let folder = home.folder.path().join("share/man1");
    home.run(&["man", folder.to_str().unwrap()]).answer();
    let mut pages = commands(&home);
    for page in &mut pages {
        *page = format!("opencode-proxy-doctor-{page}.1");
    }
    pages.push("opencode-proxy-doctor.1".to_owned());
    pages.sort();
    let mut written: Vec<String> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    written.sort();
    assert_eq!(written, pages);
    let mut skipped = 0;
    for page in &pages {
        let text = fs::read_to_string(folder.join(page)).unwrap();
        for part in [
            ".TH ",
            ".SH NAME",
            ".SH SYNOPSIS",
            ".SH OPTIONS",
            ".SH EXTRA",
            "Example",
        ] {
            assert!(text.contains(part), "{page} {part}");
        }
        let groff = Command::new("groff")
            .args(["-man", "-ww", "-z", "-Tutf8", "-K", "utf8"])
            .arg(folder.join(page))
            .output();
        match groff {
            Ok(groff) => assert_eq!(Run::of(groff).answer(), "", "{page}"),
            Err(_) => skipped += 1,
        }
    }
    if skipped > 0 {
        println!("[skip] groff is not installed: {skipped} pages were not read by it");
    }
}

#[test]
fn a_folder_that_cannot_be_made_is_an_error_with_its_code() {
    let home = Home::new();
    let file = home.folder.path().join("file");
    fs::write(&file, "").unwrap();
    let run = home.run(&["man", file.to_str().unwrap()]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
    let said = "error[BTN-A01]: argument not understood, the folder cannot be written, ";
    assert!(run.stderr.starts_with(said), "{}", run.stderr);
}

//! `export --sqlite`: the file, and what it is refused for.

use std::fs;
use std::process::Command;

use rusqlite::{Connection, OpenFlags};
use serde_json::Value;

use crate::home::Home;
use crate::week;

#[test]
fn the_file_is_whole_private_and_holds_what_sql_shows() {
    let home = week::home();
    let file = home.folder.path().join("baton.db");
    let path = file.to_str().unwrap();
    let run = home.run(&["export", "--sqlite", path]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(0), ""));
    assert!(run.stderr.starts_with("rows written: "), "{}", run.stderr);
    let file = Connection::open_with_flags(&file, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let sound = file.query_row("PRAGMA integrity_check", [], |row| row.get::<_, String>(0));
    assert_eq!(sound.unwrap(), "ok");
    let names: Value = serde_json::from_str(
        &home
            .run(&["sql", "--json", "SELECT name FROM sqlite_schema"])
            .answer(),
    )
    .unwrap();
    let mut all = 0;
    for name in names.as_array().unwrap() {
        let count = format!(
            "SELECT count(*) AS n FROM {}",
            name["name"].as_str().unwrap()
        );
        let there: i64 = file.query_row(&count, [], |row| row.get(0)).unwrap();
        let shown: Value =
            serde_json::from_str(&home.run(&["sql", "--json", &count]).answer()).unwrap();
        assert_eq!(shown[0]["n"].as_i64(), Some(there), "{name}");
        all += there;
    }
    assert_eq!(run.stderr, format!("rows written: {all}\n"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(
            fs::metadata(path).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }
}

#[test]
fn nothing_is_written_over_or_into_the_state_directory() {
    let home = week::home();
    let taken = home.folder.path().join("taken.db");
    fs::write(&taken, "mine").unwrap();
    // The first run makes the folders that stand in for the user's.
    home.run(&["status"]);
    let before = fs::read_dir(home.folder.path()).unwrap().count();
    let missing = home.folder.path().join("missing/x.db");
    let of_state = [home.segments().join("x.db"), home.dir.join("x.db")];
    for (file, why) in [
        (&taken, "entity already exists"),
        (&missing, "entity not found"),
        (&of_state[0], "it would lie in the state directory"),
        (&of_state[1], "it would lie in the state directory"),
    ] {
        let run = home.run(&["export", "--sqlite", file.to_str().unwrap()]);
        let first = run.stderr.lines().next().unwrap_or_default();
        assert_eq!(run.code, Some(1));
        assert_eq!(
            first,
            format!("error[BTN-Q03]: export file cannot be written, {why}")
        );
    }
    assert_eq!(fs::read_to_string(&taken).unwrap(), "mine");
    assert_eq!(fs::read_dir(home.folder.path()).unwrap().count(), before);
    assert!(!of_state[0].exists() && !of_state[1].exists());
}

#[test]
fn one_form_is_asked_for() {
    let home = Home::new();
    for arguments in [&["export"][..], &["export", "--jsonl", "--sqlite", "x.db"]] {
        let run = home.run(arguments);
        assert_eq!(run.code, Some(2), "{arguments:?}");
    }
    let run = home.run(&["export", "--sqlite", "here.db", "--quiet"]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    assert!(home.folder.path().join("here.db").is_file());
}

/// With the shell of SQLite, where it is installed.
#[test]
fn sqlite3_reads_the_file() {
    let home = week::home();
    let file = home.folder.path().join("baton.db");
    home.run(&["export", "--sqlite", file.to_str().unwrap()]);
    let sql = "SELECT type || ' ' || coalesce(ref, number) FROM pointers WHERE active";
    let Ok(shell) = Command::new("sqlite3").arg(&file).arg(sql).output() else {
        println!("[skip] sqlite3 is not installed");
        return;
    };
    let mut lines: Vec<String> = String::from_utf8(shell.stdout)
        .unwrap()
        .lines()
        .map(str::to_owned)
        .collect();
    lines.sort();
    assert_eq!(lines, ["branch fix/limit-window", "branch main", "pr 42"]);
}

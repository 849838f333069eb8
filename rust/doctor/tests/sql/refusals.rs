//! What `sql` refuses, and in which words.

use std::fs;

use crate::week;

#[test]
fn whatever_does_more_than_read_is_refused_and_leaves_no_trace() {
    let home = week::home();
    let before = home.run(&["export", "--jsonl"]).answer();
    for sql in [
        "INSERT INTO notes DEFAULT VALUES",
        "UPDATE notes SET text = 'x'",
        "DELETE FROM notes",
        "WITH x AS (SELECT 1) DELETE FROM notes",
        "DROP TABLE notes",
        "ALTER TABLE notes RENAME TO x",
        "CREATE TABLE x (y)",
        "CREATE TEMP TABLE x AS SELECT * FROM notes",
        "CREATE VIEW x AS SELECT 1",
        "CREATE VIRTUAL TABLE x USING fts5 (y)",
        "ATTACH 'other.db' AS other",
        "ATTACH ':memory:' AS other",
        "DETACH main",
        "VACUUM",
        "VACUUM INTO 'copy.db'",
        "PRAGMA journal_mode = WAL",
        "PRAGMA temp_store_directory = '/'",
        "PRAGMA writable_schema = 1",
        "PRAGMA database_list",
        "BEGIN",
        "BEGIN IMMEDIATE",
        "COMMIT",
        "SAVEPOINT x",
        "ANALYZE",
        "REINDEX",
        "EXPLAIN DELETE FROM notes",
        "SELECT load_extension('x')",
        "SELECT 1; SELECT 2",
        "SELECT 1; DROP TABLE notes",
        "SELECT 1; nonsense",
        "SELECT ?1",
        "",
        " -- nothing",
        ";",
    ] {
        let run = home.run(&["sql", sql]);
        assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""), "{sql}");
        let said = "error[BTN-Q02]: SQL is not one statement that only reads, ";
        assert!(run.stderr.starts_with(said), "{sql} {}", run.stderr);
        assert!(
            run.stderr.contains("\nhelp: ask one SELECT at a time"),
            "{}",
            run.stderr
        );
    }
    assert_eq!(home.run(&["export", "--jsonl"]).answer(), before);
    let left = fs::read_dir(home.folder.path()).unwrap();
    let left = left.filter(|entry| {
        let name = entry.as_ref().unwrap().file_name();
        name.to_string_lossy().ends_with(".db")
    });
    assert_eq!(left.count(), 0);
}

#[test]
fn an_error_says_where_and_what_may_have_been_meant() {
    let home = week::home();
    let failed = "error[BTN-Q01]: SQL statement failed, ";
    let lists = "help: docs/sql.md lists tables and columns; so does `opencode-proxy-doctor sql 'SELECT sql FROM sqlite_schema'`\n";
    for (sql, what, help) in [
        (
            "SELECT * FORM notes",
            "near \"FORM\": syntax error, character 10",
            lists,
        ),
        (
            "SELECT 1\nFROM\n notes WHEN 1",
            "near \"WHEN\": syntax error, line 3, character 8",
            lists,
        ),
        (
            "SELECT * FROM validatons",
            "no such table: validatons",
            "help: did you mean validations?\n",
        ),
        (
            "SELECT * FROM main.Note",
            "no such table: main.Note",
            "help: did you mean notes?\n",
        ),
        (
            "SELECT n.txt FROM notes n",
            "no such column: n.txt, character 8",
            "help: did you mean text?\n",
        ),
        ("SELECT * FROM chairs", "no such table: chairs", lists),
        (
            "SELECT nosuch(1)",
            "no such function: nosuch, character 8",
            lists,
        ),
        ("SELECT", "incomplete input", lists),
    ] {
        let run = home.run(&["sql", sql]);
        assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""), "{sql}");
        assert_eq!(run.stderr, format!("{failed}{what}\n{help}"), "{sql}");
    }
    let quoted = home.run(&["sql", "SELECT \"txt\" FROM notes"]);
    assert!(
        quoted.stderr.ends_with("help: did you mean text?\n"),
        "{}",
        quoted.stderr
    );
}

#[test]
fn an_error_of_a_run_never_quotes_what_is_stored() {
    let home = week::home();
    for (sql, words) in [
        (
            "SELECT json_extract('{}', text) FROM notes",
            "bad JSON path",
        ),
        (
            "SELECT json_extract(text, '$') FROM notes",
            "malformed JSON",
        ),
        (
            "SELECT abs(-9223372036854775807 - 1) FROM notes",
            "integer overflow",
        ),
    ] {
        let run = home.run(&["sql", sql]);
        assert_eq!(run.code, Some(1), "{sql}");
        let first = run.stderr.lines().next().unwrap();
        assert_eq!(
            first,
            format!("error[BTN-Q01]: SQL statement failed, {words}")
        );
    }
}

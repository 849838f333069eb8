//! The file that `report` writes.

mod home;

use std::fs;

use home::Home;

#[test]
fn a_report_is_written_and_written_anew_and_holds_what_stdout_gets() {
    let home = Home::used();
    let file = home.folder.path().join("report.html");
    for _ in 0..2 {
        let run = home.run(&["report", "--output", "report.html"]);
        assert_eq!(
            (run.code, run.stdout.as_str()),
            (Some(0), ""),
            "{}",
            run.stderr
        );
        assert!(run.stderr.starts_with("report.html: "), "{}", run.stderr);
        let page = home.run(&["report", "-o", "-"]).answer();
        assert_eq!(fs::read_to_string(&file).unwrap(), page);
    }
    assert_eq!(
        home.run(&["report", "-o", "report.html", "--quiet"]).stderr,
        ""
    );
    let names = fs::read_dir(home.folder.path()).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert!(names.into_iter().all(|name| !name.starts_with(".tmp")));
}

#[test]
fn any_other_file_is_left_as_it_is() {
    let home = Home::used();
    for (name, text) in [
        ("page.html", "<!doctype html>\n<html lang=\"en\">"),
        ("empty", ""),
        ("notes.txt", "Mine"),
    ] {
        let file = home.folder.path().join(name);
        fs::write(&file, text).unwrap();
        let run = home.run(&["report", "-o", name]);
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
        assert!(
            run.stderr.starts_with("error[BTN-A01]: ") && run.stderr.contains("is no report"),
            "{}",
            run.stderr
        );
        assert_eq!(fs::read_to_string(&file).unwrap(), text);
    }
    let run = home.run(&["report", "-o", "."]);
    assert_eq!(run.code, Some(2));
    let run = home.run(&["report", "-o", "missing/report.html"]);
    assert_eq!(run.code, Some(1));
    assert!(
        run.stderr.starts_with("error: output could not be written"),
        "{}",
        run.stderr
    );
}

#[test]
fn it_is_not_json_and_does_not_go_just_anywhere() {
    let home = Home::used();
    let run = home.run(&["report", "-o", "-", "--json"]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
    assert!(run.stderr.contains("status --json"), "{}", run.stderr);
    for arguments in [
        &["report"][..],
        &["report", "-o", "-", "--days", "0"],
        &["report", "-o", "-", "--days", "93"],
    ] {
        assert_eq!(home.run(arguments).code, Some(2), "{arguments:?}");
    }
}

#[cfg(unix)]
#[test]
fn nobody_else_can_read_it_and_a_link_stays_one() {
    use std::os::unix::fs::{MetadataExt, symlink};
    let home = Home::used();
    let folder = home.folder.path().join("reports");
    fs::create_dir(&folder).unwrap();
    let link = home.folder.path().join("report.html");
    home.run(&["report", "-o", "reports/first.html"]);
    home::set_mode(&folder.join("first.html"), 0o644);
    symlink("reports/first.html", &link).unwrap();
    assert_eq!(home.run(&["report", "-o", "report.html"]).code, Some(0));
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(
        fs::metadata(folder.join("first.html")).unwrap().mode() & 0o777,
        0o600
    );
}

//! `recover`, as it is run.

mod home;

use std::fs;
use std::path::Path;

use home::{Home, NOW, note};

/// A used home with three notes in a segment of their own, whose second record has a flipped bit. Gives the path of the
/// segment, too.
fn damaged() -> (Home, String) {
    let home = Home::new();
    home.make();
    home.write_key(7);
    let notes: Vec<_> = (0..3)
        .map(|n| note(NOW - n as i64, home::HERE, n, &format!("Note of day {n}")))
        .collect();
    home.record(&notes);
    let path = home.segment();
    let mut bytes = fs::read(&path).unwrap();
    let place = bytes.windows(5).position(|five| five == b"day 1");
    bytes[place.unwrap()] ^= 4;
    fs::write(&path, bytes).unwrap();
    (home, path.to_str().unwrap().to_owned())
}

fn out_of(home: &Home) -> String {
    home.folder
        .path()
        .join("sound.seg")
        .to_str()
        .unwrap()
        .to_owned()
}

#[test]
fn what_proves_is_written_and_counted_and_a_loss_is_exit_3() {
    let (home, file) = damaged();
    let before = fs::read(&file).unwrap();
    let out = out_of(&home);
    let run = home.run(&["recover", &file, "-o", &out]);
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    assert!(
        run.stdout.starts_with("2 records kept, 1 lost, "),
        "{}",
        run.stdout
    );
    assert!(run.stderr.contains("help: "), "{}", run.stderr);
    assert_eq!(fs::read(&file).unwrap(), before, "FILE stays as it is");
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        assert_eq!(fs::metadata(&out).unwrap().mode() & 0o777, 0o600);
    }
    let report = home.run(&["recover", &file, "-o", &format!("{out}2"), "--json"]);
    let report: serde_json::Value = serde_json::from_str(&report.stdout).unwrap();
    assert_eq!(report["start"], "RECOVERED_START_PROVEN");
    assert_eq!(
        (&report["records"], &report["lostRecords"]),
        (&"2".into(), &"1".into())
    );
}

#[test]
fn put_in_the_place_of_the_damaged_file_it_is_sound_and_tells_the_same() {
    let (home, file) = damaged();
    let before = home.run(&["status", "--json"]);
    assert_eq!(home.run(&["verify"]).code, Some(1));
    let beside = home.segments().join("sound.seg");
    home.run(&["recover", &file, "-o", beside.to_str().unwrap()]);
    assert!(
        home.run(&["verify"])
            .stdout
            .ends_with("2 records, 1 problems\n")
    );
    fs::remove_file(&file).unwrap();
    let verified = home.run(&["verify"]);
    assert_eq!(verified.code, Some(0), "{}", verified.stdout);
    assert!(verified.stdout.ends_with("2 records, 0 problems\n"));
    let workspaces = |json: &str| {
        let status: serde_json::Value = serde_json::from_str(json).unwrap();
        status["workspaces"].clone()
    };
    let after = home.run(&["status", "--json"]);
    assert_eq!(workspaces(&after.stdout), workspaces(&before.stdout));
}

#[test]
fn of_a_sound_segment_nothing_is_lost_and_the_exit_code_is_0() {
    let home = Home::used();
    let file = home.segment();
    let run = home.run(&["recover", file.to_str().unwrap(), "-o", &out_of(&home)]);
    assert_eq!(
        (run.code, run.stdout.as_str()),
        (
            Some(0),
            "8 records kept, 0 lost, 0 bytes that do not prove\n"
        )
    );
}

#[test]
fn nothing_is_written_over_and_nothing_is_left_of_what_cannot_be_recovered() {
    let (home, file) = damaged();
    let out = out_of(&home);
    fs::write(&out, "mine").unwrap();
    let run = home.run(&["recover", &file, "-o", &out]);
    assert_eq!(run.code, Some(1));
    assert!(run.stderr.contains("BTN-A10"), "{}", run.stderr);
    assert_eq!(fs::read(&out).unwrap(), b"mine");
    fs::remove_file(&out).unwrap();
    fs::write(&file, "no segment at all").unwrap();
    let run = home.run(&["recover", &file, "-o", &out]);
    assert_eq!(run.code, Some(1));
    assert!(run.stderr.contains("BTN-S03"), "{}", run.stderr);
    let absent = home.run(&["recover", "absent.seg", "-o", &out]);
    assert_eq!(absent.code, Some(2), "{}", absent.stderr);
    assert!(fs::metadata(&out).is_err());
}

#[test]
fn the_page_shows_what_is_printed() {
    let home = Home::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut bytes = fs::read(root.join("fixtures/golden/rust-kinds.seg")).unwrap();
    bytes[22] ^= 8;
    bytes[900] ^= 1;
    let file = home.folder.path().join("rust-kinds.seg");
    fs::write(&file, bytes).unwrap();
    let run = home.run(&["recover", file.to_str().unwrap(), "-o", &out_of(&home)]);
    let page = fs::read_to_string(root.join("docs/doctor.md")).unwrap();
    assert!(
        page.contains(&format!("{}{}", run.stdout, run.stderr)),
        "{}{}",
        run.stdout,
        run.stderr
    );
}

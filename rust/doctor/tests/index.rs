//! The same bytes, whatever happens to the index.

mod home;

use std::fs;
use std::thread::sleep;
use std::time::{Duration, Instant};

use home::{HERE, Home, NOW, note};

/// What the commands that may use the index answer.
fn answers(home: &Home) -> [String; 3] {
    let resume = ["resume", "--workspace", HERE];
    [
        home.run(&resume).answer(),
        home.run(&[&resume[..], &["--json"]].concat()).answer(),
        home.run(&["status", "--json"]).answer(),
    ]
}

/// A home with more than a reader of news keeps to itself.
fn home() -> (Home, [String; 3]) {
    let home = Home::used();
    let records: Vec<_> = (0..2000)
        .map(|n| note(NOW - n as i64, HERE, n, "One of many"))
        .collect();
    for some in records.chunks(1000) {
        home.record(some);
    }
    let without = answers(&home);
    home.run(&["rebuild"]);
    (home, without)
}

#[test]
fn an_index_that_is_whole_damaged_cut_empty_or_absent_gives_the_same_bytes() {
    let (home, expected) = home();
    let index = home.dir.join("index.redb");
    assert_eq!(answers(&home), expected);
    let whole = fs::read(&index).unwrap();
    let junk: Vec<u8> = (0..whole.len()).map(|n| (n * 31 % 251) as u8).collect();
    for damaged in [&junk[..], &whole[..whole.len() / 2], b"", &[0; 8192]] {
        home.write("index.redb", damaged);
        assert_eq!(answers(&home), expected);
        assert!(
            home.run(&["check"]).stdout.contains("[ok] BTN-D20"),
            "it was built again"
        );
    }
    fs::remove_file(&index).unwrap();
    assert_eq!(answers(&home), expected);
    assert!(index.exists(), "it was built again");
    fs::remove_file(&index).unwrap();
    fs::create_dir(&index).unwrap();
    assert_eq!(answers(&home), expected);
}

#[test]
fn an_index_that_another_process_holds_gives_the_same_bytes_at_once() {
    let (home, expected) = home();
    let holder = redb_holder(&home);
    let start = Instant::now();
    assert_eq!(answers(&home), expected);
    assert!(
        start.elapsed() < Duration::from_secs(5),
        "{:?}",
        start.elapsed()
    );
    drop(holder);
}

fn redb_holder(home: &Home) -> redb::Database {
    redb::Database::open(home.dir.join("index.redb")).unwrap()
}

#[cfg(unix)]
#[test]
fn a_home_that_cannot_be_written_gives_the_same_bytes() {
    let (home, expected) = home();
    fs::remove_file(home.dir.join("index.redb")).unwrap();
    for folder in [home.segments(), home.dir.clone()] {
        home::set_mode(&folder, 0o500);
    }
    let seen = answers(&home);
    for folder in [home.dir.clone(), home.segments()] {
        home::set_mode(&folder, 0o700);
    }
    assert_eq!(seen, expected);
}

#[test]
fn killed_while_it_builds_the_index_it_leaves_nothing_that_answers_wrongly() {
    let (home, expected) = home();
    let mut killed = 0;
    for round in 0..40u64 {
        let mut doctor = home.doctor(&["rebuild", "--quiet"]).spawn().unwrap();
        sleep(Duration::from_micros(round * 500));
        killed += u32::from(matches!(doctor.try_wait(), Ok(None)));
        let _ = doctor.kill();
        doctor.wait().unwrap();
        assert_eq!(
            home.run(&["resume", "--workspace", HERE]).answer(),
            expected[0],
            "round {round}"
        );
    }
    assert!(killed > 0, "none was killed half way");
    assert_eq!(answers(&home), expected);
}

#[test]
fn killed_while_it_adds_news_it_leaves_nothing_that_answers_wrongly() {
    let (home, _) = home();
    let resume = ["resume", "--workspace", HERE];
    for round in 0..8u64 {
        // More than a megabyte, so that the reader of it writes it to the index.
        let text = "A note that is long enough to fill a megabyte with fewer of its kind".repeat(2);
        let records: Vec<_> = (0..6000)
            .map(|n| note(NOW + round as i64, HERE, n, &text))
            .collect();
        for some in records.chunks(1000) {
            home.record(some);
        }
        let mut doctor = home
            .doctor(&resume)
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        sleep(Duration::from_millis(20 + round * 30));
        let _ = doctor.kill();
        doctor.wait().unwrap();
        let answer = home.run(&resume).answer();
        fs::rename(home.dir.join("index.redb"), home.dir.join("aside")).unwrap();
        assert_eq!(home.run(&resume).answer(), answer, "round {round}");
        fs::rename(home.dir.join("aside"), home.dir.join("index.redb")).unwrap();
    }
}

#[test]
fn many_at_once_give_the_same_bytes() {
    let (home, expected) = home();
    fs::remove_file(home.dir.join("index.redb")).unwrap();
    let spawned: Vec<_> = (0..8)
        .map(|n| {
            let arguments: &[&str] = if n % 4 == 0 {
                &["rebuild", "--quiet"]
            } else {
                &["resume", "--workspace", HERE]
            };
            home.doctor(arguments)
                .stdout(std::process::Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    for (n, doctor) in spawned.into_iter().enumerate() {
        let output = doctor.wait_with_output().unwrap();
        assert!(output.status.success());
        if n % 4 != 0 {
            assert_eq!(String::from_utf8(output.stdout).unwrap(), expected[0]);
        }
    }
}

#[test]
fn what_is_recorded_after_the_index_was_built_is_in_the_next_answer() {
    let (home, _) = home();
    home.record(&[note(NOW, HERE, 99_999, "Recorded a moment ago")]);
    assert!(
        home.run(&["resume", "--workspace", HERE])
            .answer()
            .contains("Recorded a moment ago")
    );
}

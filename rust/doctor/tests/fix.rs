//! `check --fix`: what it mends, what it leaves alone, and that a dry run changes nothing.

mod home;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use baton_state::proto::segment::v1::{Header, Replaced};
use baton_state::segment::folder::read_folder;
use home::{HERE, Home, NOW, Run, note};
use prost::Message as _;

const HOUR: Duration = Duration::from_secs(3600);
const RANDOM: &str = "0123456789abcdef";

/// The deeds of a run, as check, outcome and deed, and its report.
fn fix(home: &Home, arguments: &[&str]) -> (Vec<String>, serde_json::Value) {
    let run = home.run(&[&["check", "--fix", "--json"], arguments].concat());
    let report: serde_json::Value =
        serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{run:?}"));
    let none = Vec::new();
    let fixes = report["fixes"].as_array().unwrap_or(&none).iter();
    let text =
        |fix: &serde_json::Value, name: &str| fix[name].as_str().unwrap_or_default().to_owned();
    let deeds = fixes
        .map(|fix| {
            let reason = text(fix, "reason");
            assert_eq!(reason.is_empty(), text(fix, "outcome") != "failed", "{fix}");
            ["id", "outcome", "deed"]
                .map(|name| text(fix, name))
                .join(" ")
        })
        .collect();
    (deeds, report)
}

fn status(report: &serde_json::Value, id: &str) -> String {
    let mut checks = report["checks"].as_array().unwrap().iter();
    checks.find(|check| check["id"] == id).unwrap()["status"]
        .as_str()
        .unwrap()
        .to_owned()
}

/// Writes a file that was last written to so long ago.
fn aged(path: PathBuf, age: Duration) -> PathBuf {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let file = fs::File::create(&path).unwrap();
    file.set_modified(SystemTime::now() - age).unwrap();
    #[cfg(unix)]
    home::set_mode(&path, 0o600);
    path
}

/// All that lies below a folder: names with kind, mode, time and bytes.
fn tree(folder: &Path) -> BTreeMap<PathBuf, (String, SystemTime, Vec<u8>)> {
    let mut all = BTreeMap::new();
    let metadata = fs::symlink_metadata(folder).unwrap();
    let kind = format!("{:?} {:?}", metadata.file_type(), metadata.permissions());
    let bytes = if metadata.is_file() {
        fs::read(folder).unwrap()
    } else {
        Vec::new()
    };
    all.insert(
        folder.to_owned(),
        (kind, metadata.modified().unwrap(), bytes),
    );
    if metadata.is_dir() {
        for entry in fs::read_dir(folder).unwrap() {
            all.extend(tree(&entry.unwrap().path()));
        }
    }
    all
}

/// A home in which everything that can be mended is to be mended.
fn broken() -> Home {
    let home = Home::used();
    home.write("index.redb", &[9; 5000]);
    home.write("latest.json", b"{}");
    aged(home.dir.join("latest.json.77"), 2 * HOUR);
    aged(home.dir.join("locks/gc.3"), HOUR);
    unfinished_merge(&home, 50 * HOUR);
    aged(
        home.dir.join(format!("claims/a-{RANDOM}.1.{RANDOM}.tmp")),
        2 * HOUR,
    );
    #[cfg(unix)]
    {
        home::set_mode(&home.dir, 0o755);
        for folder in ["claims", "locks"] {
            home::set_mode(&home.dir.join(folder), 0o700);
        }
        home::set_mode(&home.dir.join("install.key"), 0o644);
    }
    home
}

/// A compacted segment without a seal that would replace the segments of a home, and was last written to so long ago.
fn unfinished_merge(home: &Home, age: Duration) -> PathBuf {
    let folder = read_folder(&home.segments()).unwrap();
    let replaces = folder.segments.iter().map(|segment| Replaced {
        segment_id: Some(segment.cursor.segment.to_vec()),
        bytes: Some(segment.bytes),
    });
    let header = Header {
        replaces: replaces.collect(),
        ..home::header(60)
    };
    let record = note(NOW, HERE, 9, "Copied half way").encode_to_vec();
    let path = aged(
        home.segments().join(format!("{}.seg", "3c".repeat(16))),
        age,
    );
    fs::write(&path, home::segment_of(&header, 19, &record)).unwrap();
    let file = fs::File::options().append(true).open(&path).unwrap();
    file.set_modified(SystemTime::now() - age).unwrap();
    path
}

#[test]
fn an_unfinished_merge_is_deleted_after_48_hours_while_all_that_it_replaces_is_there() {
    let home = Home::used();
    let replaced = home.segment();
    let only = ["--only", "BTN-D09"];
    let path = unfinished_merge(&home, 47 * HOUR);
    assert_eq!(fix(&home, &only).0, Vec::<String>::new());
    fs::remove_file(path).unwrap();
    let path = unfinished_merge(&home, 49 * HOUR);
    // Where what it replaces is gone, it was sealed once, and holds all that is left.
    let aside = home.folder.path().join("aside");
    fs::rename(&replaced, &aside).unwrap();
    assert_eq!(fix(&home, &only).0, Vec::<String>::new());
    fs::rename(&aside, &replaced).unwrap();
    // A merge that goes on looks for its lease, so where one may be held the file stays.
    let lease = aged(home.dir.join("locks/gc.1"), Duration::ZERO);
    let deed = "delete what was left behind: 1 unfinished merge";
    assert_eq!(fix(&home, &only).0, [format!("BTN-D09 failed {deed}")]);
    assert!(path.exists());
    aged(lease, HOUR);
    let locks = "BTN-D09 done delete what was left behind: 1 old lock";
    let done = format!("BTN-D09 done {deed}");
    assert_eq!(fix(&home, &only).0, [locks.to_owned(), done]);
    assert!(!path.exists());
    assert_eq!(home.run(&["export", "--jsonl"]).answer().lines().count(), 8);
}

#[test]
fn a_snapshot_that_is_of_no_use_is_deleted() {
    let home = Home::used();
    let only = ["--only", "BTN-D21"];
    let file = home.dir.join("latest.json");
    let other = b"{\"baton\":1,\"bytes\":0,\"crc\":\"00000000\"}\n";
    for useless in [&b"{}"[..], other] {
        home.write("latest.json", useless);
        let (deeds, report) = fix(&home, &only);
        assert_eq!(
            deeds,
            ["BTN-D21 done delete the snapshot, which baton writes anew"]
        );
        assert_eq!(
            (file.exists(), status(&report, "BTN-D21")),
            (false, "ok".to_owned())
        );
    }
    // What is no file is none that this program deletes.
    fs::create_dir(&file).unwrap();
    assert_eq!(fix(&home, &only).0, Vec::<String>::new());
    assert!(file.exists());
}

#[test]
fn all_that_is_safe_to_mend_is_mended_and_the_checks_look_afterwards() {
    let home = broken();
    let run = home.run(&["check", "--fix"]);
    let lines: Vec<&str> = run.stdout.lines().collect();
    let deeds: Vec<&&str> = lines
        .iter()
        .filter(|line| line.starts_with("[done]"))
        .collect();
    assert!(deeds.len() >= 3, "{}", run.stdout);
    assert_eq!(
        deeds.len(),
        lines
            .iter()
            .position(|line| !line.starts_with("[done]"))
            .unwrap()
    );
    assert_eq!(run.code, Some(0));
    // Of tests the clock is fixed, which is worth a word.
    assert!(
        lines.last().unwrap().ends_with(" ok, 1 warn, 0 fail"),
        "{}",
        run.stdout
    );
    let again = home.run(&["check", "--fix"]).answer();
    assert!(
        again.starts_with("nothing to mend\nstate\n[ok] BTN-D01"),
        "{again}"
    );
}

#[test]
fn a_dry_run_tells_the_same_deeds_and_changes_no_name_byte_mode_or_time() {
    let home = broken();
    // What the tests themselves make is there before.
    home.run(&["--version"]);
    let before = tree(home.folder.path());
    let (planned, report) = fix(&home, &["--dry-run"]);
    assert!(
        before == tree(home.folder.path()),
        "a dry run changed something"
    );
    assert_eq!(status(&report, "BTN-D20"), "warn");
    let (done, report) = fix(&home, &[]);
    assert!(planned.len() >= 3, "{planned:?}");
    let told: Vec<String> = planned
        .iter()
        .map(|deed| deed.replace(" planned ", " done "))
        .collect();
    assert_eq!(told, done);
    assert_eq!(status(&report, "BTN-D20"), "ok");
}

#[test]
fn only_the_fixes_of_the_checks_that_are_named_are_made() {
    let home = Home::used();
    home.write("index.redb", &[9; 5000]);
    aged(home.dir.join("latest.json.77"), 2 * HOUR);
    let (deeds, report) = fix(&home, &["--only", "BTN-D20"]);
    assert_eq!(
        deeds,
        ["BTN-D20 done build the index anew from the segments"]
    );
    assert_eq!(report["checks"].as_array().unwrap().len(), 1);
    assert!(home.dir.join("latest.json.77").exists());
}

#[test]
fn a_dry_run_without_a_fix_is_not_understood() {
    let home = Home::used();
    let run = home.run(&["check", "--dry-run"]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
    assert!(run.stderr.contains("--fix"), "{}", run.stderr);
}

#[test]
fn one_line_tells_what_was_mended() {
    let home = Home::used();
    home.write("index.redb", &[9; 5000]);
    let line = home
        .run(&["check", "--fix", "--compact", "--only", "BTN-D20"])
        .answer();
    assert_eq!(line, "[ok] 1 ok, 0 warn, 0 fail; fixes done: 1\n");
}

#[test]
fn temporary_files_are_deleted_an_hour_after_their_writer_and_nothing_else_is() {
    let home = Home::used();
    let old = [
        format!("install.key.{RANDOM}.tmp"),
        format!("index.redb.new-{RANDOM}"),
        "latest.json.4294967295".to_owned(),
        "init.json.12".to_owned(),
        "bin/baton.77".to_owned(),
        format!("claims/a-{RANDOM}.3.{RANDOM}.tmp"),
        format!("claims/a-{RANDOM}.closed.{RANDOM}.tmp"),
    ];
    let kept = [
        "latest.json.bak",
        "config.json.77",
        "install.key.backup.tmp",
        "notes.tmp",
        "bin/baton.old",
        "claims/mine.tmp",
        "segments/x.tmp",
        "mine/latest.json.77",
    ];
    let old: Vec<PathBuf> = old
        .iter()
        .map(|name| aged(home.dir.join(name), 2 * HOUR))
        .collect();
    let mut kept: Vec<PathBuf> = kept
        .iter()
        .map(|name| aged(home.dir.join(name), 1000 * HOUR))
        .collect();
    kept.push(aged(home.dir.join("latest.json.5"), HOUR / 2));
    kept.push(aged(
        home.dir.join(format!("claims/a-{RANDOM}.4.{RANDOM}.tmp")),
        HOUR / 2,
    ));
    let folder = home.dir.join("latest.json.6");
    fs::create_dir(&folder).unwrap();
    kept.push(folder);
    fix(&home, &[]);
    for path in old {
        assert!(!path.exists(), "{path:?}");
    }
    for path in kept {
        assert!(path.exists(), "{path:?}");
    }
}

#[test]
fn an_index_that_waits_for_the_future_or_is_held_is_left_alone() {
    let home = Home::used();
    home.run(&["rebuild"]);
    let index = home.dir.join("index.redb");
    let holder = redb::Database::open(&index).unwrap();
    let (deeds, _) = fix(&home, &["--only", "BTN-D20"]);
    assert_eq!(deeds, Vec::<String>::new());
    drop(holder);
    home.record(&[note(NOW + 2 * home::DAY, HERE, 9, "Ahead of its time")]);
    fs::write(&index, [9; 5000]).unwrap();
    let (deeds, _) = fix(&home, &["--only", "BTN-D20"]);
    assert_eq!(
        deeds,
        ["BTN-D20 failed build the index anew from the segments"]
    );
    assert_eq!(fs::read(&index).unwrap(), [9; 5000]);
}

#[test]
fn many_that_fix_at_once_do_no_harm() {
    let home = broken();
    let doctors: Vec<_> = (0..6)
        .map(|_| {
            let mut doctor = home.doctor(&["check", "--fix", "--json"]);
            doctor.stdout(std::process::Stdio::piped()).spawn().unwrap()
        })
        .collect();
    for doctor in doctors {
        let run = Run::of(doctor.wait_with_output().unwrap());
        assert_eq!(run.code, Some(0), "{run:?}");
        assert!(!run.stdout.contains("failed"), "{}", run.stdout);
    }
    let line = home.run(&["check", "--fix", "--compact"]).answer();
    assert!(
        line.ends_with(" ok, 1 warn, 0 fail: warn BTN-D33\n"),
        "{line}"
    );
    assert_eq!(home.run(&["export", "--jsonl"]).answer().lines().count(), 8);
}

#[cfg(unix)]
mod modes {
    use super::*;
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o7777
    }

    #[test]
    fn others_lose_their_rights_and_what_is_run_can_still_be_run() {
        let home = Home::used();
        for (name, open) in [
            ("install.key", 0o644),
            ("config.json", 0o666),
            ("bin/baton", 0o755),
            ("mine/notes.txt", 0o604),
        ] {
            home::set_mode(&aged(home.dir.join(name), HOUR), open);
        }
        for folder in ["", "segments", "bin", "mine"] {
            home::set_mode(&home.dir.join(folder), 0o777);
        }
        home::set_mode(&home.segment(), 0o444);
        let (deeds, report) = fix(&home, &["--only", "BTN-D02"]);
        assert_eq!(status(&report, "BTN-D02"), "ok", "{report}");
        assert_eq!(
            deeds,
            [
                "BTN-D02 done make the state directory private, 0700",
                "BTN-D02 done make the folder bin private, 0700",
                "BTN-D02 done make 1 folder of others private, 0700",
                "BTN-D02 done make the folder segments private, 0700",
                "BTN-D02 done make 1 file private, 0600: bin",
                "BTN-D02 done make 1 file private, 0600: config.json",
                "BTN-D02 done make 1 file private, 0600: install.key",
                "BTN-D02 done make 1 file of others private, 0600",
                "BTN-D02 done make 1 file private, 0600: segments",
            ]
        );
        let modes =
            ["", "segments", "bin", "mine", "bin/baton"].map(|name| mode(&home.dir.join(name)));
        assert_eq!(modes, [0o700; 5]);
        let modes =
            ["install.key", "config.json", "mine/notes.txt"].map(|name| mode(&home.dir.join(name)));
        assert_eq!(modes, [0o600; 3]);
        assert_eq!(mode(&home.segment()), 0o600);
    }

    #[test]
    fn what_a_link_leads_to_and_what_has_another_name_outside_keeps_its_mode() {
        let home = Home::used();
        let outside = home.folder.path().join("outside");
        fs::create_dir(&outside).unwrap();
        let files = ["linked", "twice", "inside"].map(|name| aged(outside.join(name), HOUR));
        for path in files.iter().chain([&outside]) {
            home::set_mode(path, 0o755);
        }
        symlink(&files[0], home.dir.join("config.json")).unwrap();
        fs::hard_link(&files[1], home.dir.join("latest.json")).unwrap();
        symlink(&outside, home.dir.join("claims")).unwrap();
        symlink("/nowhere", home.dir.join("asked")).unwrap();
        rustix::fs::mkfifoat(
            rustix::fs::CWD,
            home.dir.join("pipe"),
            rustix::fs::Mode::from_raw_mode(0o644),
        )
        .unwrap();
        let (deeds, _) = fix(&home, &["--only", "BTN-D02"]);
        for path in files.iter().chain([&outside]) {
            assert_eq!(mode(path), 0o755, "{path:?}");
        }
        assert_eq!(
            deeds,
            [
                "BTN-D02 failed make 1 file private, 0600: latest.json",
                "BTN-D02 failed make 1 file of others private, 0600",
            ]
        );
        // The state directory itself may be a link: the user named it.
        let home = Home::used();
        home::set_mode(&home.segments(), 0o755);
        let link = home.folder.path().join("link");
        symlink(&home.dir, &link).unwrap();
        let link = link.to_str().unwrap();
        let (deeds, _) = fix(&home, &["--only", "BTN-D02", "--home", link]);
        assert_eq!(
            deeds,
            ["BTN-D02 done make the folder segments private, 0700"]
        );
        assert_eq!(mode(&home.segments()), 0o700);
    }

    #[test]
    fn what_belongs_to_somebody_else_is_told_and_the_rest_is_mended() {
        let home = Home::used();
        let file = aged(home.dir.join("config.json"), HOUR);
        home::set_mode(&file, 0o644);
        home::set_mode(&home.segment(), 0o644);
        if std::os::unix::fs::chown(&file, Some(12345), None).is_err() {
            eprintln!("[skip] only root can give a file away");
            return;
        }
        let (deeds, _) = fix(&home, &["--only", "BTN-D02"]);
        assert_eq!(
            deeds,
            [
                "BTN-D02 failed make 1 file private, 0600: config.json",
                "BTN-D02 done make 1 file private, 0600: segments",
            ]
        );
        assert_eq!(
            (mode(&file), fs::metadata(&file).unwrap().uid()),
            (0o644, 12345)
        );
        assert_eq!(mode(&home.segment()), 0o600);
    }

    #[test]
    fn a_fix_that_fails_is_told_and_nothing_is_lost() {
        let home = broken();
        home::set_mode(&home.dir, 0o500);
        let is_root = fs::write(home.dir.join("probe"), "").is_ok();
        if is_root {
            eprintln!("[skip] root writes where nobody may");
            return;
        }
        let (deeds, report) = fix(&home, &["--only", "BTN-D20"]);
        home::set_mode(&home.dir, 0o700);
        assert_eq!(
            deeds,
            ["BTN-D20 failed build the index anew from the segments"]
        );
        assert_eq!(status(&report, "BTN-D20"), "warn");
        assert_eq!(fs::read(home.dir.join("index.redb")).unwrap(), [9; 5000]);
    }
}

//! The checks of the place of the state directory, each seen to be ok, to warn and to fail.
#![cfg(unix)]

mod home;

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::chown;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime};

use home::Home;

/// Says past the capture of the test runner that something cannot be shown here.
fn skip(what: &str) {
    let _ = writeln!(std::io::stderr(), "[skip] {what}");
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[test]
fn d05_sees_what_belongs_to_another_user() {
    let home = Home::used();
    home.expect("BTN-D05", "ok", "belongs to you");
    if !is_root() {
        return skip("BTN-D05: only root can give files away");
    }
    let give = |path: &Path| chown(path, Some(54_321), None).unwrap();
    give(&home.segment());
    home.expect("BTN-D05", "warn", "1 file in it");
    give(&home.dir.join("install.key"));
    home.expect("BTN-D05", "fail", "install.key belongs to another user");
    give(&home.dir);
    home.expect("BTN-D05", "fail", "the state directory belongs");
}

#[cfg(target_os = "linux")]
#[test]
fn d06_sees_segments_where_programs_look_that_know_less_variables() {
    let home = Home::used();
    home.expect("BTN-D06", "ok", "");
    let make = |place: &str| {
        let segments = home.user().join(place).join("segments");
        fs::create_dir_all(&segments).unwrap();
        fs::write(segments.join("1.seg"), "").unwrap();
    };
    let xdg = home.user().join("xdg");
    let xdg = ("XDG_STATE_HOME", xdg.to_str().unwrap());
    home.expect_with("BTN-D06", "ok", "", &[], &[xdg]);
    make(".local/state/baton");
    home.expect("BTN-D06", "warn", "where BATON_HOME is not set");
    home.expect_with("BTN-D06", "warn", "neither BATON_HOME nor XDG", &[], &[xdg]);
    make("xdg/baton");
    home.expect_with(
        "BTN-D06",
        "warn",
        "where BATON_HOME is not set",
        &[],
        &[xdg],
    );
    // Where that one is in use itself there is no second one.
    let first = home.user().join(".local/state/baton");
    let first = ("BATON_HOME", first.to_str().unwrap());
    home.expect_with("BTN-D06", "ok", "", &[], &[first]);
}

#[test]
fn d07_sees_a_synced_folder() {
    let mut home = Home::new();
    home.expect("BTN-D07", "ok", "of this machine");
    home.dir = home.folder.path().join("OneDrive/baton");
    home.expect("BTN-D07", "fail", "BTN-H02");
    let allow = [("BATON_ALLOW_REMOTE", "1")];
    home.expect_with("BTN-D07", "warn", "BATON_ALLOW_REMOTE", &[], &allow);
}

/// A file system of a megabyte, which goes away with the value.
#[cfg(target_os = "linux")]
struct SmallDisk<'a>(&'a Path);

#[cfg(target_os = "linux")]
impl<'a> SmallDisk<'a> {
    fn mount(at: &'a Path) -> Option<Self> {
        fs::create_dir_all(at).unwrap();
        let mount = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=1m,mode=0700", "baton-test"])
            .arg(at)
            .output();
        mount
            .is_ok_and(|mount| mount.status.success())
            .then_some(SmallDisk(at))
    }
}

#[cfg(target_os = "linux")]
impl Drop for SmallDisk<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0).status();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn d08_sees_a_disk_that_is_nearly_full_and_one_that_is() {
    let home = Home::used();
    home.expect("BTN-D08", "ok", "there is space");
    let mut small = Home::new();
    small.dir = small.folder.path().join("disk");
    let at = small.dir.clone();
    let Some(_disk) = SmallDisk::mount(&at) else {
        return skip("BTN-D08: no file system can be mounted here");
    };
    small.expect("BTN-D08", "warn", "1 MiB are free");
    let mut file = fs::File::create(small.dir.join("filler")).unwrap();
    while file.write_all(&[1; 4096]).is_ok() {}
    small.expect("BTN-D08", "fail", "no record fits");
}

#[test]
fn d09_sees_temporary_files_and_locks_that_nobody_waits_for_any_more() {
    let home = Home::used();
    let write = |name: &str, age_minutes: u64| {
        let path = home.dir.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let file = fs::File::create(path).unwrap();
        let written = SystemTime::now() - Duration::from_secs(age_minutes * 60);
        file.set_modified(written).unwrap();
    };
    let random = "00112233445566ff";
    let begun = format!("pending/{random}{random}");
    for (name, age_minutes) in [
        (&*format!("install.key.{random}.tmp"), 59),
        ("latest.json.123", 1),
        ("locks/import.1", 9),
        ("locks/proxy.3000", 99_999),
        ("notes.tmp", 99_999),
        (&*begun, 1439),
    ] {
        write(name, age_minutes);
    }
    home.expect("BTN-D09", "ok", "nothing was left behind");
    write("locks/gc.17", 11);
    home.expect("BTN-D09", "warn", "left behind: 1 old lock");
    write("latest.json.123", 61);
    write(&format!("index.redb.new-{random}"), 61);
    write(&format!("claims/a-{random}.1.{random}.tmp"), 61);
    write(&begun, 1441);
    let all = "left behind: 3 temporary files, 1 old lock, 1 unfinished check";
    home.expect("BTN-D09", "warn", all);
}

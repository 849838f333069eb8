//! Checks of the place of the state directory: whose it is, whether it is the only one, what disk it is on.

use std::ffi::OsString;
use std::fs;
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use baton_state::r#gen::tables::{ERROR_HOME_REMOTE, ERROR_HOME_UNUSABLE};
use baton_state::home::state_directory;

use super::clients::is_same_folder;
use super::ground::Ground;
use super::seen::{Seen, counted, fail, moot, ok, warn};

/// A merge writes up to 16 MiB before it deletes anything, and index and snapshot are written beside the old ones.
const LITTLE: u64 = 100 << 20;
/// The header of a segment and the largest record, each with its frame.
const LARGEST_RECORD: usize = 8 << 10;

/// Whether all of it belongs to who runs this program.
#[cfg(unix)]
pub fn owner(ground: &Ground) -> Result<Seen, Seen> {
    use std::os::unix::fs::MetadataExt;
    let own = rustix::process::geteuid().as_raw();
    let dir = ground.home.dir();
    let is_others =
        |path: &Path| fs::symlink_metadata(path).is_ok_and(|metadata| metadata.uid() != own);
    let remedy =
        "chown -R it to yourself, or name a directory of your own with --home or BATON_HOME";
    for (path, name) in [
        (dir.to_owned(), "the state directory"),
        (ground.home.segments(), "the segments folder"),
        (dir.join("install.key"), "install.key"),
    ] {
        if is_others(&path) {
            return Ok(fail(
                format!("{name} belongs to another user than the one who runs this"),
                remedy,
            ));
        }
    }
    let entries = |dir: &Path| -> Vec<std::path::PathBuf> {
        let entries = fs::read_dir(dir).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).collect()
    };
    let below = entries(dir).into_iter().flat_map(|path| {
        let inside = entries(&path);
        [path].into_iter().chain(inside)
    });
    Ok(match below.filter(|path| is_others(path)).count() {
        0 => ok("all of it belongs to you"),
        others => warn(
            format!("{} in it of another user", counted(others as u64, "file")),
            remedy,
        ),
    })
}

/// Files have owners there too, but access hangs on lists.
#[cfg(not(unix))]
pub fn owner(_ground: &Ground) -> Result<Seen, Seen> {
    Err(moot("access is left to the lists of this system"))
}

/// Whether segments lie where a program of this user looks that knows less variables than this one.
pub fn second_home(ground: &Ground) -> Result<Seen, Seen> {
    let clients = &ground.clients;
    let env = |hidden: &'static [&'static str]| {
        move |name: &str| -> Option<OsString> {
            let value = clients.env.get(std::ffi::OsStr::new(name)).cloned();
            value.filter(|_| !hidden.contains(&name))
        }
    };
    let places = [
        (&["BATON_HOME"][..], "where BATON_HOME is not set"),
        (
            &["BATON_HOME", "XDG_STATE_HOME", "LOCALAPPDATA"][..],
            "where neither BATON_HOME nor XDG_STATE_HOME is set",
        ),
    ];
    for (hidden, when) in places {
        let place = state_directory(None, &env(hidden), std::env::consts::OS);
        let Some(place) = place.filter(|place| !is_same_folder(place, ground.home.dir())) else {
            continue;
        };
        let segments = fs::read_dir(place.join("segments")).into_iter().flatten();
        let is_segment = |path: &Path| path.extension().is_some_and(|end| end == "seg");
        let count = segments
            .flatten()
            .filter(|entry| is_segment(&entry.path()))
            .count();
        if count > 0 {
            return Ok(warn(
                format!(
                    "{} in another state directory, which programs use {when}",
                    counted(count as u64, "segment")
                ),
                "start all programs with one BATON_HOME; check --home DIR looks at the other one",
            ));
        }
    }
    Ok(ok("no other state directory is in use"))
}

/// Whether it is on a disk of this machine, by the rule of BTN-H02.
pub fn local(ground: &Ground) -> Result<Seen, Seen> {
    let home = &ground.home;
    Ok(match (home.is_remote(), home.is_remote_allowed()) {
        (false, _) => ok("it is on a disk of this machine"),
        (true, true) => warn(
            format!(
                "{}, as BATON_ALLOW_REMOTE=1 allows",
                ERROR_HOME_REMOTE.cause
            ),
            ERROR_HOME_REMOTE.remedy,
        ),
        (true, false) => fail(
            format!(
                "{}: nothing is recorded ({})",
                ERROR_HOME_REMOTE.cause, ERROR_HOME_REMOTE.id
            ),
            ERROR_HOME_REMOTE.remedy,
        ),
    })
}

/// Whether a record fits, and how much more.
pub fn space(ground: &Ground) -> Result<Seen, Seen> {
    let dir = ground.home.dir();
    if !dir.is_dir() {
        return Err(moot("the state directory is not there"));
    }
    let remedy = "free space on the disk of the state directory";
    // What the disk says it has is not all: quotas, and space that is kept for others.
    let written =
        tempfile::tempfile_in(dir).and_then(|mut file| file.write_all(&[1; LARGEST_RECORD]));
    match written {
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::StorageFull | ErrorKind::QuotaExceeded
            ) =>
        {
            return Ok(fail("no record fits on the disk any more", remedy));
        }
        // BTN-D01 says that nothing can be written.
        _ => {}
    }
    Ok(match fs4::available_space(dir) {
        Ok(free) if free < LITTLE => warn(
            format!(
                "{} MiB are free on the disk of the state directory",
                free >> 20
            ),
            remedy,
        ),
        Ok(_) => ok("there is space for records"),
        Err(error) => fail(
            format!("the disk does not tell its space: {}", error.kind()),
            ERROR_HOME_UNUSABLE.remedy,
        ),
    })
}

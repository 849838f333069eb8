//! Takes the rights of others away: folders become 0700, files 0600 or, where they are run, 0700.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};

use super::Deeds;
use crate::checks::{Ground, counted, open_to_others};
use crate::names::{OTHER, place_of};

/// Closes what the check of modes finds open, and nothing else.
pub fn close(ground: &Ground, deeds: &mut Deeds) {
    // The user may have put a link in the place of the directory; below it no link is followed.
    let Ok(dir) = ground.home.dir().canonicalize() else {
        return;
    };
    let Ok(open) = open_to_others(&dir) else {
        return;
    };
    // Folders first: behind a closed folder nobody can put another file in the place of one that is looked at.
    let mut groups: BTreeMap<(bool, &str), Vec<PathBuf>> = BTreeMap::new();
    for below in open {
        let metadata = fs::symlink_metadata(dir.join(&below));
        let is_file = metadata.is_ok_and(|metadata| !metadata.is_dir());
        let place = if below.as_os_str().is_empty() {
            ""
        } else {
            place_of(&below)
        };
        groups.entry((is_file, place)).or_default().push(below);
    }
    for ((is_file, place), paths) in groups {
        let deed = |count: usize| match (is_file, place) {
            (false, "") => "make the state directory private, 0700".to_owned(),
            (false, OTHER) => format!(
                "make {} of others private, 0700",
                counted(count as u64, "folder")
            ),
            (false, place) => format!("make the folder {place} private, 0700"),
            (true, OTHER) => format!(
                "make {} of others private, 0600",
                counted(count as u64, "file")
            ),
            (true, place) => format!(
                "make {} private, 0600: {place}",
                counted(count as u64, "file")
            ),
        };
        deeds.attempt_each(paths, deed, |below| close_one(&dir, &below));
    }
}

/// Closes a file or folder that belongs to this user. What is behind a link, or has a second name that may lie elsewhere,
/// stays as it is.
fn close_one(dir: &Path, below: &Path) -> io::Result<()> {
    let file = open(dir, below)?;
    let metadata = file.metadata()?;
    if metadata.uid() != rustix::process::geteuid().as_raw() {
        return Err(ErrorKind::PermissionDenied.into());
    }
    let mode = metadata.permissions().mode();
    let closed = if metadata.is_dir() {
        0o700
    } else if metadata.is_file() && metadata.nlink() == 1 {
        0o600 | (mode & 0o100)
    } else {
        return Err(ErrorKind::Unsupported.into());
    };
    file.set_permissions(fs::Permissions::from_mode(closed))
}

/// Opens what a path below a directory names, following no link on the way, and without waiting for a pipe.
fn open(dir: &Path, below: &Path) -> io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let mut file = rustix::fs::open(dir, flags, Mode::empty())?;
    for name in below {
        file = rustix::fs::openat(&file, name, flags, Mode::empty())?;
    }
    Ok(File::from(file))
}

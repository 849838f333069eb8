//! Checks of the state directory itself.

use std::fs;
#[cfg(unix)]
use std::io;
use std::io::ErrorKind;
#[cfg(unix)]
use std::path::{Path, PathBuf};

use baton_state::r#gen::tables::{ERROR_HOME_CONFIG, ERROR_HOME_UNUSABLE};
use baton_state::home::key_id;
use baton_state::record::kind::kind_named;

use super::ground::Ground;
#[cfg(unix)]
use super::seen::FIX;
use super::seen::{Seen, counted, fail, ok, refused, warn};
#[cfg(unix)]
use crate::names::shown_place;

/// Whether the state directory is there and a file can be made in it.
pub fn home(ground: &Ground) -> Result<Seen, Seen> {
    let dir = ground.home.dir();
    match fs::metadata(dir) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(warn(
            "state directory is not there yet: nothing was recorded",
            "baton observe, or anything else that records, makes it",
        )),
        Err(error) => Ok(fail(
            format!("state directory: {}", error.kind()),
            ERROR_HOME_UNUSABLE.remedy,
        )),
        Ok(metadata) if !metadata.is_dir() => Ok(fail(
            "state directory is a file",
            ERROR_HOME_UNUSABLE.remedy,
        )),
        Ok(_) => Ok(match tempfile::tempfile_in(dir) {
            Ok(_) => ok("state directory can be written"),
            Err(error) => fail(
                format!("state directory cannot be written: {}", error.kind()),
                ERROR_HOME_UNUSABLE.remedy,
            ),
        }),
    }
}

/// Whether the modes of the directory and of what lies in it give rights to others.
#[cfg(unix)]
pub fn modes(ground: &Ground) -> Result<Seen, Seen> {
    let open = open_to_others(ground.home.dir()).map_err(|error| {
        fail(
            format!("modes cannot be read: {}", error.kind()),
            ERROR_HOME_UNUSABLE.remedy,
        )
    })?;
    let Some(first) = open.first() else {
        return Ok(ok("only you can read it"));
    };
    let shown = if first.as_os_str().is_empty() {
        "the folder itself".to_owned()
    } else {
        shown_place(first)
    };
    let message = match open.len() {
        1 => format!("others have access to {shown}"),
        more => format!("others have access to {shown} and {} more", more - 1),
    };
    let remedy = format!("{FIX}, or chmod -R go-rwx on the state directory");
    if open
        .iter()
        .any(|path| path.as_os_str().is_empty() || path == Path::new("install.key"))
    {
        // Folders and the key are the fence; a single open file behind a closed folder is not reachable.
        return Ok(fail(message, remedy));
    }
    Ok(warn(message, remedy))
}

/// What gives others any right, as paths below the state directory: the directory itself (empty) and the two levels below
/// it.
#[cfg(unix)]
pub fn open_to_others(dir: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut open = Vec::new();
    look_at(dir, Path::new(""), &mut open)?;
    Ok(open)
}

#[cfg(unix)]
fn look_at(dir: &Path, below: &Path, open: &mut Vec<PathBuf>) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let metadata = match fs::symlink_metadata(dir.join(below)) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        metadata => metadata?,
    };
    // A link carries no rights of its own.
    if !metadata.is_symlink() && metadata.permissions().mode() & 0o077 != 0 {
        open.push(below.to_owned());
    }
    if metadata.is_dir() && below.components().count() < 2 {
        let mut names: Vec<_> = fs::read_dir(dir.join(below))?
            .flatten()
            .map(|entry| entry.file_name())
            .collect();
        names.sort();
        for name in names {
            look_at(dir, &below.join(name), open)?;
        }
    }
    Ok(())
}

/// Modes say nothing on this system.
#[cfg(not(unix))]
pub fn modes(_ground: &Ground) -> Result<Seen, Seen> {
    Ok(ok("access is left to the lists of this system"))
}

/// Whether install.key is there, whole, and the one that segments were written under.
pub fn key(ground: &Ground) -> Result<Seen, Seen> {
    let key = match ground.home.read_key() {
        Ok(Some(key)) => key,
        Ok(None) => {
            let segments = ground
                .folder()?
                .segments
                .iter()
                .filter(|segment| segment.header.is_some())
                .count();
            return Ok(match segments {
                0 => ok("install.key is made with the first record"),
                _ => warn(
                    "install.key is missing: aliases of older records stay unlinked",
                    "restore it if you have a copy; else the next recorder makes a new one",
                ),
            });
        }
        Err(error) => return Ok(refused(&error)),
    };
    let id = key_id(&key);
    let headers = ground
        .folder()?
        .segments
        .iter()
        .filter_map(|segment| segment.header.as_ref());
    let foreign = headers
        .filter_map(|header| header.message.key_id.as_deref())
        .filter(|other| *other != id)
        .count();
    Ok(match foreign {
        0 => ok("install.key is whole"),
        _ => warn(
            format!(
                "{foreign} segments were written under another install.key: their aliases stay unlinked"
            ),
            "restore the key that they were written under, if you still have it",
        ),
    })
}

/// Whether config.json is valid, and names only what this program knows.
pub fn config(ground: &Ground) -> Result<Seen, Seen> {
    let config = match ground.home.config() {
        Ok(config) => config,
        Err(error) => return Ok(refused(&error)),
    };
    if !ground.home.dir().join("config.json").exists() {
        return Ok(ok("no config.json: defaults hold"));
    }
    let named = config
        .retention
        .iter()
        .filter_map(|retention| retention.kind.as_deref());
    let unknown = named.filter(|name| kind_named(name).is_none()).count();
    Ok(match unknown {
        0 => ok("config.json is valid"),
        _ => warn(
            format!(
                "config.json sets the retention of {}, which this program does not know",
                counted(unknown as u64, "kind")
            ),
            ERROR_HOME_CONFIG.remedy,
        ),
    })
}

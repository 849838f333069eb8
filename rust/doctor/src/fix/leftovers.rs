//! Deletes what writers that were killed left behind: temporary files of over an hour.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::{Deeds, files};
use crate::checks::Ground;
use crate::names::{is_temporary, place_of};

/// A temporary file may belong to a writer that lives for this long. By the real clock, never by BATON_NOW.
const MIN_AGE: Duration = Duration::from_secs(3600);
/// Folders of the state directory that temporary files lie in.
const FOLDERS: [&str; 3] = ["", "claims", "bin"];

/// Deletes them. Nothing else bears these names (`names::is_temporary`).
pub fn delete(ground: &Ground<'_>, deeds: &mut Deeds) {
    let dir = ground.home.dir();
    let mut groups: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for folder in FOLDERS {
        for below in left_behind(dir, Path::new(folder)) {
            let of = match place_of(&below) {
                "claims" => "a claim",
                "bin" => "the launcher",
                _ => match below.to_str().unwrap_or_default() {
                    name if name.starts_with("install.key") => "the key",
                    name if name.starts_with("index.redb") => "the index",
                    name if name.starts_with("latest.json") => "the snapshot",
                    _ => "init.json",
                },
            };
            groups.entry(of.to_owned()).or_default().push(below);
        }
    }
    for (of, paths) in groups {
        let deed = |count| format!("delete {} that a writer of {of} left behind", files(count));
        deeds.attempt_each(paths, deed, |below| {
            match fs::remove_file(dir.join(below)) {
                // Somebody else was faster.
                Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
                result => result,
            }
        });
    }
}

/// The temporary files of a folder that are old enough, as paths below the state directory.
fn left_behind(dir: &Path, folder: &Path) -> Vec<PathBuf> {
    let is_folder = fs::symlink_metadata(dir.join(folder)).is_ok_and(|metadata| metadata.is_dir());
    let entries = if is_folder {
        fs::read_dir(dir.join(folder))
    } else {
        Err(ErrorKind::NotADirectory.into())
    };
    let entries = entries.into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| folder.join(entry.file_name()))
        .filter(|below| is_temporary(below) && is_old(&dir.join(below)).unwrap_or(false))
        .collect();
    paths.sort();
    paths
}

/// Whether it is a file, not a link to one, that nobody wrote to for an hour.
fn is_old(path: &Path) -> io::Result<bool> {
    let metadata = fs::symlink_metadata(path)?;
    let age = SystemTime::now().duration_since(metadata.modified()?);
    Ok(metadata.is_file() && age.is_ok_and(|age| age > MIN_AGE))
}

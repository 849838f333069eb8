//! Deletes what programs that were ended left behind, as the check of it finds it.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use super::Deeds;
use crate::checks::{Ground, Leftover, OLD_LOCKS, UNFINISHED_MERGES, counted, leftovers};
use crate::names::is_merge_lease;

/// Deletes it, locks first: a merge that slept for days looks for its lease before it seals, and gives up without it.
pub fn delete(ground: &Ground, deeds: &mut Deeds) {
    let dir = ground.home.dir();
    let mut found = leftovers(ground);
    found.sort_by_key(|leftover| leftover.what != OLD_LOCKS);
    for alike in found.chunk_by(|a, b| a.what == b.what) {
        let what = alike.first().map_or("", |first| first.what);
        let deed = |count: usize| {
            format!(
                "delete what was left behind: {}",
                counted(count as u64, what)
            )
        };
        deeds.attempt_each(alike, deed, |leftover: &Leftover| {
            if what == UNFINISHED_MERGES && is_merge_held(dir) {
                return Err(ErrorKind::ResourceBusy.into());
            }
            match fs::remove_file(dir.join(&leftover.below)) {
                // Somebody else was faster.
                Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
                result => result,
            }
        });
    }
}

/// Whether anybody may hold the lease of merges.
fn is_merge_held(dir: &Path) -> bool {
    let entries = fs::read_dir(dir.join("locks"));
    let mut entries = entries.into_iter().flatten().flatten();
    entries.any(|entry| is_merge_lease(Path::new(&entry.file_name())))
}

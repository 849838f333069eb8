//! Deletes the snapshot where the check of it asks for that: `baton` writes it anew from the segments.

use std::fs;
use std::io::ErrorKind;

use super::Deeds;
use crate::checks::{Ground, is_snapshot_to_be_deleted};

/// Deletes it. A sound one that somebody put in its place meanwhile is no loss either.
pub fn delete(ground: &Ground, deeds: &mut Deeds) {
    if !is_snapshot_to_be_deleted(ground) {
        return;
    }
    deeds.attempt(
        "delete the snapshot, which baton writes anew",
        || match fs::remove_file(ground.home.dir().join("latest.json")) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error.kind().to_string()),
            _ => Ok(()),
        },
    );
}

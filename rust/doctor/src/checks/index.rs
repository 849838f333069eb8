//! The check of the index.

use std::fs;

use baton_state::fold::Fold;
use baton_state::index::load::{load_state, load_workspace};
use baton_state::index::loaded::{Loaded, Source};
use baton_state::index::unusable::Unusable;

use super::ground::Ground;
use super::seen::{FIX, Seen, fail, ok, refused, warn};

const NONE_NEEDED: &str = "nothing: answers come from the segments meanwhile";

/// Whether the index is used, and answers as the segments do.
pub fn sound(ground: &Ground<'_>) -> Result<Seen, Seen> {
    let from_segments = load_state(&ground.places, ground.now).map_err(|error| refused(&error))?;
    let workspaces = from_segments.workspaces();
    let mut news = 0;
    for workspace in workspaces.iter().map(String::as_str).chain([""]) {
        let loaded = load_workspace(&ground.places, workspace, ground.now)
            .map_err(|error| refused(&error))?;
        match loaded.source {
            Source::Segments(why) => return Ok(unused(ground, why)),
            Source::Index(bytes) => news = bytes,
        }
        if !agree(&loaded, &from_segments, workspace, ground.now) {
            return Ok(fail("the index answers otherwise than the segments", FIX));
        }
    }
    Ok(match news {
        0 => ok("the index is sound and up to date"),
        bytes => ok(format!(
            "the index is sound, {bytes} bytes behind, which readers add"
        )),
    })
}

/// Whether the index is of no use and building it anew helps.
pub fn is_to_be_built(ground: &Ground<'_>) -> bool {
    let (Ok(seen) | Err(seen)) = sound(ground);
    seen.remedy.as_deref() == Some(FIX)
}

/// Whether both come to the same winners of a workspace and of the machine.
fn agree(one: &Loaded, other: &Loaded, workspace: &str, now: i64) -> bool {
    let (one, other) = (
        one.fold(now, Some(workspace)),
        other.fold(now, Some(workspace)),
    );
    let payloads = |fold: &Fold<'_>| -> Vec<(Vec<u8>, Vec<u8>)> {
        let winners = fold.winners().into_iter();
        winners
            .map(|(key, winner)| (key.to_vec(), winner.record.payload.to_vec()))
            .collect()
    };
    payloads(&one) == payloads(&other)
}

fn unused(ground: &Ground<'_>, why: Unusable) -> Seen {
    match why {
        Unusable::Absent if !ground.places.segments.exists() => {
            ok("no index, and nothing to put into it")
        }
        Unusable::Absent => warn("there is no index yet", FIX),
        Unusable::Locked => warn("another process is writing the index", NONE_NEEDED),
        Unusable::Future => warn("the index waits for records from the future", NONE_NEEDED),
        Unusable::Io(_) if fs::metadata(&ground.places.index).is_ok() => fail(
            format!("the index cannot be read: {why}"),
            "make it readable, or delete it",
        ),
        why => warn(format!("the index is not used: {why}"), FIX),
    }
}

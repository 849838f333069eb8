//! The check of the index.

use std::collections::BTreeSet;
use std::fs;

use baton_state::fold::{Fold, Winner};
use baton_state::index::load::load_workspace;
use baton_state::index::loaded::Source;
use baton_state::index::unusable::Unusable;

use super::ground::Ground;
use super::seen::{FIX, Seen, fail, ok, refused, warn};

const NONE_NEEDED: &str = "nothing: answers come from the segments meanwhile";

/// Whether the index is used, and answers as the segments do.
pub fn sound(ground: &Ground) -> Result<Seen, Seen> {
    let fold = ground.fold()?;
    let workspaces: BTreeSet<&[u8]> = fold
        .winners()
        .iter()
        .filter_map(|(_, winner)| winner.workspace)
        .collect();
    let mut news = 0;
    for workspace in workspaces.into_iter().chain([&b""[..]]) {
        let name = String::from_utf8_lossy(workspace);
        let loaded =
            load_workspace(&ground.places, &name, ground.now).map_err(|error| refused(&error))?;
        match loaded.source {
            Source::Segments(why) => return Ok(unused(ground, why)),
            Source::Index(bytes) => news = bytes,
        }
        if !agree(&loaded.fold(ground.now, Some(&name)), fold, workspace) {
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
pub fn is_to_be_built(ground: &Ground) -> bool {
    let (Ok(seen) | Err(seen)) = sound(ground);
    seen.remedy.as_deref() == Some(FIX)
}

/// Whether the index comes to the same winners of a workspace and of the machine as all segments.
fn agree(index: &Fold<'_>, all: &Fold<'_>, workspace: &[u8]) -> bool {
    let same = |winner: &Winner<'_>| winner.workspace.is_none_or(|name| name == workspace);
    let all = all.winners().into_iter().filter(|(_, winner)| same(winner));
    let of_all = all.map(|(key, winner)| (key, winner.record.payload));
    let index = index.winners().into_iter();
    index
        .map(|(key, winner)| (key, winner.record.payload))
        .eq(of_all)
}

fn unused(ground: &Ground, why: Unusable) -> Seen {
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

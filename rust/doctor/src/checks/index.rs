//! The check of the index.

use std::collections::BTreeSet;
use std::fs;

use baton_state::fold::Fold;
use baton_state::index::load::load_index;
use baton_state::index::loaded::Source;
use baton_state::index::unusable::Unusable;

use super::ground::Ground;
use super::seen::{FIX, Seen, fail, ok, refused, warn};

const NONE_NEEDED: &str = "nothing: answers come from the segments meanwhile";

/// Whether the index is used, and answers as the segments do.
pub fn sound(ground: &Ground) -> Result<Seen, Seen> {
    let fold = ground.fold()?;
    let winners = fold.winners();
    let names = winners.iter().filter_map(|(_, winner)| winner.workspace);
    let workspaces: BTreeSet<&str> = names.filter_map(|name| str::from_utf8(name).ok()).collect();
    let workspaces: Vec<&str> = workspaces.into_iter().collect();
    let loaded = load_index(&ground.places, &workspaces, ground.now);
    let loaded = match loaded.map_err(|error| refused(&error))? {
        Ok(loaded) => loaded,
        Err(why) => return Ok(unused(ground, why)),
    };
    if !agree(&loaded.fold(ground.now, None), fold) {
        return Ok(fail("the index answers otherwise than the segments", FIX));
    }
    Ok(match loaded.source {
        Source::Index(bytes @ 1..) => ok(format!(
            "the index is sound, {bytes} bytes behind, which readers add"
        )),
        _ => ok("the index is sound and up to date"),
    })
}

/// Whether the index is of no use and building it anew helps.
pub fn is_to_be_built(ground: &Ground) -> bool {
    let (Ok(seen) | Err(seen)) = sound(ground);
    seen.remedy.as_deref() == Some(FIX)
}

/// Whether the index comes to the same winners as all segments.
fn agree(index: &Fold<'_>, all: &Fold<'_>) -> bool {
    fn payloads<'f>(fold: &'f Fold<'_>) -> impl Iterator<Item = (&'f [u8], &'f [u8])> {
        let winners = fold.winners().into_iter();
        winners.map(|(key, winner)| (key, winner.record.payload))
    }
    payloads(index).eq(payloads(all))
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

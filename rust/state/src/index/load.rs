//! Loading the winners: from the index and what is new since, or from the segments.

use std::collections::BTreeMap;

use super::gather::{Reach, from_segments};
use super::loaded::{Draft, Loaded, Places, Source};
use super::part::Part;
use super::reader::Reader;
use super::seen_file::{Look, look_at};
use super::storage::Storage;
use super::unusable::Unusable;
use crate::fold::holds_at;
use crate::record::error::BatonError;
use crate::segment::Id;
use crate::segment::folder::{Folder, Seen, Segment, read_news};

/// Bytes of segments up to which a reader that had to scan folds every workspace, so that the index can be built.
const SMALL_FOLDER: u64 = 32 << 20;

/// The winners of one workspace and of the machine, at `now`: from the index where it holds, else from the segments.
///
/// Reads no segment that looks as it did when the index was made. Refuses what `read_folder` refuses.
pub fn load_workspace(
    places: &Places<impl Storage>,
    workspace: &str,
    now: i64,
) -> Result<Loaded, BatonError> {
    match load_index(places, &[workspace], now)? {
        Ok(loaded) => Ok(loaded),
        Err(why) => {
            let looks = look_at(&places.segments).unwrap_or_default();
            let bytes: u64 = looks.values().map(|look| look.bytes).sum();
            let reach = if bytes > SMALL_FOLDER {
                Reach::Workspace(workspace)
            } else {
                Reach::State
            };
            from_segments(&places.segments, looks, reach, now, why)
        }
    }
}

/// All winners, from the segments, so that the index can be built of them. Refuses what `read_folder` refuses.
pub fn load_state(places: &Places, now: i64) -> Result<Loaded, BatonError> {
    let looks = look_at(&places.segments).unwrap_or_default();
    from_segments(&places.segments, looks, Reach::State, now, Unusable::Absent)
}

/// All winners, and what only the logs tell: usage, health, and what was left out. Refuses what `read_folder` refuses.
pub fn load_everything(places: &Places, now: i64) -> Result<Loaded, BatonError> {
    let looks = look_at(&places.segments).unwrap_or_default();
    from_segments(
        &places.segments,
        looks,
        Reach::Everything,
        now,
        Unusable::Absent,
    )
}

/// How many bytes of segments the index has not seen; or why it does not answer.
pub(super) fn bytes_behind(places: &Places<impl Storage>, now: i64) -> Result<u64, Unusable> {
    Ok(compare(&Reader::open(&places.storage, &places.index)?, places, now)?.behind)
}

/// The winners of these workspaces and of the machine, at `now`, from the index and what came since; or why it does not
/// answer. Refuses what `read_folder` refuses.
pub fn load_index(
    places: &Places<impl Storage>,
    workspaces: &[&str],
    now: i64,
) -> Result<Result<Loaded, Unusable>, BatonError> {
    let read = match Reader::open(&places.storage, &places.index) {
        Ok(reader) => read_index(&reader, places, workspaces, now),
        Err(why) => Err(why),
    };
    let (mut loaded, compared) = match read {
        Ok(read) => read,
        Err(why) => return Ok(Err(why)),
    };
    if compared.behind > 0 {
        match read_news(&places.segments, &compared.seen)? {
            Some(news) => loaded.folder = news,
            None => return Ok(Err(Unusable::Void)),
        }
        loaded.source = Source::Index(loaded.folder.segments.iter().map(Segment::bytes_read).sum());
    }
    Ok(Ok(loaded))
}

fn read_index(
    reader: &Reader,
    places: &Places<impl Storage>,
    workspaces: &[&str],
    now: i64,
) -> Result<(Loaded, Compared), Unusable> {
    let mut compared = compare(reader, places, now)?;
    let mut winners = BTreeMap::new();
    let named = workspaces
        .iter()
        .map(|name| Part::of(Some(name.as_bytes())));
    for part in named.chain([Part::Machine]) {
        let of_part = reader.winners(&part)?;
        winners.insert(part, of_part);
    }
    let loaded = Loaded {
        source: Source::Index(0),
        winners,
        log: None,
        folder: Folder::default(),
        looks: std::mem::take(&mut compared.looks),
        now,
        draft: Draft::News(reader.sheet().clone()),
    };
    Ok((loaded, compared))
}

/// The segment files beside what the index has seen of them.
struct Compared {
    looks: BTreeMap<String, Look>,
    seen: BTreeMap<Id, Seen>,
    /// Bytes that the index has not seen.
    behind: u64,
}

fn compare(reader: &Reader, places: &Places<impl Storage>, now: i64) -> Result<Compared, Unusable> {
    if !holds_at(0, reader.sheet().latest_ms, now) {
        return Err(Unusable::Future);
    }
    let looks = look_at(&places.segments)?;
    let mut behind: u64 = looks.values().map(|look| look.bytes).sum();
    let mut seen = BTreeMap::new();
    for (file, then) in reader.cursors()? {
        let look = looks
            .get(&file)
            .filter(|look| then.look.can_become(look))
            .ok_or(Unusable::Void)?;
        behind -= then.look.bytes.min(look.bytes);
        seen.extend(then.seen().map(|seen| (seen.cursor.segment, seen)));
    }
    Ok(Compared {
        looks,
        seen,
        behind,
    })
}

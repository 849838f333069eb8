//! The winners that a command needs: from the index and what is new since, or from the segments.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use prost::Message as _;

use super::gather::{Reach, from_segments, is_state};
use super::reader::Reader;
use super::seen_file::{Look, SeenFile, look_at};
use super::sheet::{Sheet, group_prefix};
use super::stored::{StoredRecord, identity_of};
use super::unusable::Unusable;
use crate::fold::state::state_of;
use crate::fold::status::status_of;
use crate::fold::usage_window::{count_usage, create_usage_window, usage_of};
use crate::fold::{Fold, FoldCounts, create_fold, fold_record, fold_winners, holds_at};
use crate::proto::state::v1::{Health, RetentionOverride};
use crate::record::error::BatonError;
use crate::segment::Id;
use crate::segment::folder::{Folder, Seen, Segment, read_news};

/// Bytes of segments up to which a reader that had to scan folds every workspace, so that the index can be built.
const SMALL_FOLDER: u64 = 32 << 20;

/// Where a state directory keeps its segments and its index.
#[derive(Debug, Clone)]
pub struct Places {
    /// Folder of the segments.
    pub segments: PathBuf,
    /// File of the index.
    pub index: PathBuf,
}

/// Where the winners come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// From the index, and this many bytes of segments that it had not seen.
    Index(u64),
    /// From the segments, because of this.
    Segments(Unusable),
}

/// The winners of a state directory, with what they were read from.
#[derive(Debug)]
pub struct Loaded {
    /// Where they come from.
    pub source: Source,
    /// Winners that own their records.
    pub(super) records: Vec<(Vec<u8>, StoredRecord)>,
    /// What the segments told beside; None from the index.
    pub(super) log: Option<Log>,
    /// What was read beside the index; without records where all were gathered.
    pub(super) folder: Folder,
    pub(super) looks: BTreeMap<String, Look>,
    pub(super) now: i64,
    pub(super) draft: Draft,
}

/// What the winners do not tell.
#[derive(Debug)]
pub(super) struct Log {
    pub(super) usage: Vec<StoredRecord>,
    pub(super) counts: FoldCounts,
    pub(super) health: Health,
}

/// What the index can be made of.
#[derive(Debug)]
pub(super) enum Draft {
    /// Nothing that would serve.
    Nothing,
    /// The news, on top of what this sheet tells.
    News(Sheet),
    /// All winners, up to this moment.
    Everything(i64),
}

impl Loaded {
    /// Folds the winners at an instant, of one workspace and the machine where one is named.
    pub fn fold(&self, now: i64, workspace: Option<&str>) -> Fold<'_> {
        let mut fold = create_fold(now, workspace);
        let kept = self.records.iter();
        fold_winners(
            &mut fold,
            kept.map(|(key, record)| (identity_of(key), record.placed())),
        );
        for record in self.folder.records().filter(is_state) {
            fold_record(&mut fold, record);
        }
        fold
    }

    /// The encoded baton.state.v1.Status. Whole only of what `load_everything` gave: others know of no usage.
    pub fn status(&self, retention: &[RetentionOverride]) -> Vec<u8> {
        let fold = self.fold(self.now, None);
        let mut state = state_of(&fold, retention);
        let mut window = create_usage_window(self.now);
        let mut health = Health::default();
        if let Some(log) = &self.log {
            state.counts = log.counts;
            health = log.health;
            for event in &log.usage {
                count_usage(&mut window, event.placed());
            }
        }
        status_of(&state, health, usage_of(&window))
    }

    /// Names of the workspaces that any winner belongs to.
    pub fn workspaces(&self) -> BTreeSet<String> {
        let fold = self.fold(self.now, None);
        let winners = fold.winners().into_iter();
        let names = winners.filter_map(|(_, winner)| winner.workspace);
        names
            .map(|name| String::from_utf8_lossy(name).into_owned())
            .collect()
    }

    /// How many winners it holds.
    pub fn winners(&self) -> usize {
        self.records.len()
    }
}

/// The winners of one workspace and of the machine, at `now`: from the index where it holds, else from the segments.
///
/// Reads no segment that looks as it did when the index was made. Refuses what `read_folder` refuses.
pub fn load_workspace(places: &Places, workspace: &str, now: i64) -> Result<Loaded, BatonError> {
    match from_index(places, workspace, now)? {
        Ok(loaded) => Ok(loaded),
        Err(why) => {
            let looks = look_at(&places.segments).unwrap_or_default();
            let bytes: u64 = looks.values().map(|look| look.bytes).sum();
            let reach = if bytes > SMALL_FOLDER {
                Reach::Workspace(workspace)
            } else {
                Reach::State
            };
            from_segments(places, looks, reach, now, why)
        }
    }
}

/// All winners, from the segments, so that the index can be built of them. Refuses what `read_folder` refuses.
pub fn load_state(places: &Places, now: i64) -> Result<Loaded, BatonError> {
    let looks = look_at(&places.segments).unwrap_or_default();
    from_segments(places, looks, Reach::State, now, Unusable::Absent)
}

/// All winners, and what only the logs tell: usage, health, and what was left out. Refuses what `read_folder` refuses.
pub fn load_everything(places: &Places, now: i64) -> Result<Loaded, BatonError> {
    let looks = look_at(&places.segments).unwrap_or_default();
    from_segments(places, looks, Reach::Everything, now, Unusable::Absent)
}

/// How many bytes of segments the index has not seen; or why it does not answer.
pub(super) fn bytes_behind(places: &Places, now: i64) -> Result<u64, Unusable> {
    let (_, _, behind) = read_index(&Reader::open(&places.index)?, places, "", now)?;
    Ok(behind)
}

fn from_index(
    places: &Places,
    workspace: &str,
    now: i64,
) -> Result<Result<Loaded, Unusable>, BatonError> {
    let read = match Reader::open(&places.index) {
        Ok(reader) => read_index(&reader, places, workspace, now),
        Err(why) => Err(why),
    };
    let (mut loaded, seen, behind) = match read {
        Ok(read) => read,
        Err(why) => return Ok(Err(why)),
    };
    if behind > 0 {
        match read_news(&places.segments, &seen)? {
            Some(news) => loaded.folder = news,
            None => return Ok(Err(Unusable::Void)),
        }
        loaded.source = Source::Index(loaded.folder.segments.iter().map(Segment::bytes_read).sum());
    }
    Ok(Ok(loaded))
}

/// The winners, the cursors, and how many bytes of segments the index has not seen.
type IndexRead = (Loaded, BTreeMap<Id, Seen>, u64);

fn read_index(
    reader: &Reader,
    places: &Places,
    workspace: &str,
    now: i64,
) -> Result<IndexRead, Unusable> {
    if !holds_at(0, reader.sheet().latest_ms, now) {
        return Err(Unusable::Future);
    }
    let looks = look_at(&places.segments)?;
    let cursors = reader.cursors()?;
    let mut behind: u64 = looks.values().map(|look| look.bytes).sum();
    let mut seen = BTreeMap::new();
    for (file, value) in &cursors {
        let file = std::str::from_utf8(file).map_err(|_| Unusable::Damaged)?;
        let then = SeenFile::decode(value.as_slice()).map_err(|_| Unusable::Damaged)?;
        let look = looks
            .get(file)
            .filter(|look| then.look.can_become(look))
            .ok_or(Unusable::Void)?;
        behind -= then.look.bytes.min(look.bytes);
        seen.extend(then.seen()?.map(|seen| (seen.cursor.segment, seen)));
    }
    let mut records = Vec::new();
    for group in [None, Some(workspace.as_bytes())] {
        records.extend(reader.winners(&group_prefix(group), |key, value| {
            Ok((key.to_vec(), StoredRecord::from_entry(key, value)?))
        })?);
    }
    let draft = Draft::News(reader.sheet().clone());
    let (source, folder) = (Source::Index(0), Folder::default());
    let loaded = Loaded {
        source,
        records,
        log: None,
        folder,
        looks,
        now,
        draft,
    };
    Ok((loaded, seen, behind))
}

//! All segments in one pass, folded as far as a command needs.

use std::collections::BTreeMap;
use std::path::Path;

use super::loaded::{Draft, Loaded, Log, Source};
use super::seen_file::Look;
use super::stored::{StoredFold, StoredRecord, is_state};
use super::unusable::Unusable;
use crate::fold::usage_window::{count_usage, create_usage_window};
use crate::fold::{create_fold, fold_record};
use crate::record::error::BatonError;
use crate::segment::folder::{PlacedRecord, Segment, read_folder};
use crate::segment::stream::{Streamed, stream};
use crate::segment::verify::health_of;

/// How much of the segments is folded.
#[derive(Debug, Clone, Copy)]
pub(super) enum Reach<'a> {
    /// The winners of one workspace and of the machine.
    Workspace(&'a str),
    /// All winners.
    State,
    /// The logs too.
    Everything,
}

/// What one thread gathers of its files.
#[derive(Debug, Default)]
struct Gathered {
    stored: StoredFold,
    usage: Vec<StoredRecord>,
}

impl Gathered {
    fn add<'a>(
        &mut self,
        records: impl Iterator<Item = PlacedRecord<'a>>,
        reach: Reach<'_>,
        now: i64,
    ) {
        let (workspace, with_logs) = match reach {
            Reach::Workspace(workspace) => (Some(workspace), false),
            Reach::State => (None, false),
            Reach::Everything => (None, true),
        };
        let mut fold = create_fold(now, workspace);
        let mut window = create_usage_window(now);
        for record in records {
            if is_state(&record) {
                fold_record(&mut fold, record);
            } else if with_logs {
                fold_record(&mut fold, record);
                if count_usage(&mut window, record) {
                    self.usage.push(StoredRecord::of(&record));
                }
            }
        }
        self.stored.absorb(&fold);
    }
}

/// The winners, from the segments of a folder; `why` they are read is told by the source.
pub(super) fn from_segments(
    dir: &Path,
    looks: BTreeMap<String, Look>,
    reach: Reach<'_>,
    now: i64,
    why: Unusable,
) -> Result<Loaded, BatonError> {
    let add_file =
        |gathered: &mut Gathered, segment: &Segment| gathered.add(segment.records(), reach, now);
    let streamed = stream(dir, Gathered::default, add_file)?;
    let (mut folder, parts, is_plain) = match streamed {
        Some(Streamed { folder, parts }) => (folder, parts, true),
        None => {
            let folder = read_folder(dir)?;
            let mut gathered = Gathered::default();
            gathered.add(folder.records(), reach, now);
            (folder, vec![gathered], false)
        }
    };
    let records = if is_plain {
        folder.segments.iter().map(|segment| segment.records).sum()
    } else {
        folder.records().count() as u64
    };
    let mut gathered = Gathered::default();
    for part in parts {
        gathered.stored.merge(part.stored);
        gathered.usage.extend(part.usage);
    }
    let counts = gathered.stored.counts();
    // Of one workspace alone, without the records from the future, or beside an unfinished compaction it would answer
    // wrongly later.
    let is_whole = is_plain && !matches!(reach, Reach::Workspace(_)) && counts.from_future == 0;
    let draft = if is_whole {
        Draft::Everything(gathered.stored.latest())
    } else {
        Draft::Nothing
    };
    let log = Log {
        usage: gathered.usage,
        latest: gathered.stored.latest(),
        counts,
        health: health_of(&folder, records),
    };
    folder.forget_records();
    let winners = gathered.stored.into_parts();
    Ok(Loaded {
        source: Source::Segments(why),
        winners,
        log: Some(log),
        folder,
        looks,
        now,
        draft,
    })
}

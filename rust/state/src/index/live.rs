//! Everything of a state directory, kept up to date while somebody looks at it.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use serde_bytes::ByteBuf;

use super::load::load_everything;
use super::loaded::{Draft, Loaded, Places};
use super::part::Part;
use super::seen_file::{Look, look_at};
use super::stored::{StoredRecord, StoredWinner, is_state};
use crate::fold::usage_window::{count_usage, create_usage_window};
use crate::fold::{FoldCounts, Winner, create_fold, fold_record, order_of};
use crate::proto::state::v1::RetentionOverride;
use crate::record::error::BatonError;
use crate::segment::folder::{PlacedRecord, Segment};
use crate::segment::follow::{News, follow};
use crate::segment::verify::health_of;

/// Most files that are looked at each time.
const MOST_OPEN: usize = 128;
/// How long after a change of the folder another one can leave it with the same time.
const SAME_TIME: Duration = Duration::from_secs(1);
/// How long records from the future may wait until everything is read anew, in milliseconds.
const FUTURE_MS: i64 = 3_600_000;

/// Everything of a state directory, kept up to date.
#[derive(Debug)]
pub struct Live {
    places: Places,
    loaded: Loaded,
    /// When the folder last gained or lost a file, as far as that is certain.
    folder: Option<SystemTime>,
    /// Whether `loaded` holds no folder any more that could be read on.
    is_void: bool,
    /// Files that may still grow, with their looks, those that were written last first.
    open: Vec<(PathBuf, Look)>,
}

impl Live {
    /// Reads everything, at `now` in milliseconds since 1970. Refuses what `load_everything` refuses.
    pub fn read(places: Places, now: i64) -> Result<Live, BatonError> {
        let folder = certain_time(&places);
        let loaded = load_everything(&places, now)?;
        let mut live = Live {
            places,
            loaded,
            folder,
            is_void: false,
            open: Vec::new(),
        };
        live.note_open();
        Ok(live)
    }

    /// Whether anything may have come. It looks at the folder's time and at the files that are not sealed, and reads
    /// nothing. A file beyond the 128 that were written last, and a sealed one that somebody changed, are for `refresh`.
    pub fn has_news(&self) -> bool {
        let folder = fs::metadata(&self.places.segments).and_then(|folder| folder.modified());
        let is_same = |(path, then): &(PathBuf, Look)| {
            fs::metadata(path).is_ok_and(|file| Look::of(&file) == *then)
        };
        folder.ok() != self.folder || !self.open.iter().all(is_same)
    }

    /// Looks at all files and reads what came since, at `now` in milliseconds since 1970. Gives whether anything came.
    /// Where more than appending happened, everything is read anew. Refuses what `load_everything` refuses, and then holds
    /// what it held.
    pub fn refresh(&mut self, now: i64) -> Result<bool, BatonError> {
        let folder = certain_time(&self.places);
        let looks = look_at(&self.places.segments).unwrap_or_default();
        let has_future = self
            .loaded
            .log
            .as_ref()
            .is_some_and(|log| log.counts.from_future > 0);
        let is_due = has_future && now.abs_diff(self.loaded.now) > FUTURE_MS.unsigned_abs();
        if looks == self.loaded.looks && !is_due {
            self.folder = folder;
            return Ok(false);
        }
        let changed: BTreeSet<String> = looks
            .iter()
            .filter(|(file, look)| self.loaded.looks.get(*file) != Some(look))
            .map(|(file, _)| file.clone())
            .collect();
        let can_follow = !has_future
            && !self.is_void
            && self
                .loaded
                .looks
                .iter()
                .all(|(file, then)| looks.get(file).is_some_and(|look| then.can_become(look)));
        let news = if can_follow {
            self.is_void = true;
            let before = std::mem::take(&mut self.loaded.folder);
            follow(&self.places.segments, before, &changed).unwrap_or_default()
        } else {
            None
        };
        match news {
            Some(news) => {
                self.loaded.add(&news, now);
                self.loaded.folder = news.folder;
                self.loaded.looks = looks;
            }
            None => self.loaded = load_everything(&self.places, now)?,
        }
        self.is_void = false;
        self.folder = folder;
        self.note_open();
        Ok(true)
    }

    /// The encoded baton.state.v1.Status at an instant not before the last `refresh`.
    pub fn status(&self, now: i64, retention: &[RetentionOverride]) -> Vec<u8> {
        self.loaded.status_at(now, retention)
    }

    /// The usage events of the last 24 hours, maybe with some that are older.
    pub fn usage_events(&self) -> impl Iterator<Item = PlacedRecord<'_>> {
        self.loaded.usage_events()
    }

    fn note_open(&mut self) {
        let segments = self.loaded.folder.segments.iter();
        let open = segments.filter(|segment| !segment.cursor.is_ended);
        self.open = open
            .filter_map(|segment| {
                let look = self.loaded.looks.get(&segment.file)?;
                Some((self.places.segments.join(&segment.file), *look))
            })
            .collect();
        self.open.sort_by_key(|(_, look)| Reverse(look.modified));
        self.open.truncate(MOST_OPEN);
    }
}

/// When the folder last gained or lost a file; None where that is so short ago that another change could leave the same
/// time, and where there is no folder.
fn certain_time(places: &Places) -> Option<SystemTime> {
    let modified = fs::metadata(&places.segments).ok()?.modified().ok()?;
    let age = SystemTime::now().duration_since(modified).ok()?;
    (age > SAME_TIME).then_some(modified)
}

impl Loaded {
    /// Folds in what came.
    fn add(&mut self, news: &News, now: i64) {
        let mut fold = create_fold(now, None);
        for record in news.segments.iter().flat_map(Segment::records) {
            fold_record(&mut fold, record);
        }
        for (identity, winner) in fold.winners() {
            self.add_winner(identity, winner);
        }
        self.now = now;
        self.draft = Draft::Nothing;
        let Some(log) = &mut self.log else {
            return;
        };
        log.latest = log.latest.max(fold.latest());
        let counts = fold.counts();
        log.counts = FoldCounts {
            newer_than_me: log.counts.newer_than_me + counts.newer_than_me,
            from_future: log.counts.from_future + counts.from_future,
            malformed: log.counts.malformed + counts.malformed,
        };
        let records = news.folder.segments.iter();
        log.health = health_of(&news.folder, records.map(|segment| segment.records).sum());
        let came = news.segments.iter().flat_map(Segment::records);
        let came: Vec<StoredRecord> = came
            .filter(|record| !is_state(record))
            .map(|record| StoredRecord::of(&record))
            .collect();
        let mut window = create_usage_window(now);
        let events = log.usage.iter().chain(&came);
        let counts: Vec<bool> = events
            .map(|event| count_usage(&mut window, event.placed()))
            .collect();
        let events = std::mem::take(&mut log.usage).into_iter().chain(came);
        let events = events.zip(counts).filter(|(_, counts)| *counts);
        log.usage = events.map(|(event, _)| event).collect();
    }

    fn add_winner(&mut self, identity: &[u8], winner: &Winner<'_>) {
        let part = Part::of(winner.workspace);
        let winners = self.winners.entry(part).or_default();
        match winners.binary_search_by(|(present, _)| present.as_slice().cmp(identity)) {
            Err(at) => {
                let identity = ByteBuf::from(identity.to_vec());
                winners.insert(at, (identity, StoredWinner::of(winner)));
            }
            Ok(at) => {
                let Some((_, present)) = winners.get_mut(at) else {
                    return;
                };
                let is_beaten = present
                    .winner(winner.workspace)
                    .is_none_or(|present| order_of(winner, &present).is_gt());
                if is_beaten {
                    *present = StoredWinner::of(winner);
                }
            }
        }
    }
}

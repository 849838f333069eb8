//! The winners that a command works with, and what they were read from.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::part::{Part, Sheet};
use super::seen_file::Look;
use super::storage::LocalStorage;
use super::stored::{StoredRecord, StoredWinners, is_state};
use super::unusable::Unusable;
use crate::fold::state::state_of;
use crate::fold::status::status_of;
use crate::fold::usage_window::{count_usage, create_usage_window, usage_of};
use crate::fold::{Fold, FoldCounts, create_fold, fold_record, fold_winners};
use crate::home::Home;
use crate::proto::state::v1::{Health, RetentionOverride};
use crate::segment::folder::{Folder, PlacedRecord};

/// Where a state directory keeps its segments and its index.
#[derive(Debug, Clone)]
pub struct Places<S = LocalStorage> {
    /// Folder of the segments.
    pub segments: PathBuf,
    /// File of the index.
    pub index: PathBuf,
    /// How redb reaches that file.
    pub storage: S,
}

impl Places {
    /// Those of a state directory.
    #[must_use]
    pub fn of(home: &Home) -> Self {
        Places {
            segments: home.segments(),
            index: home.dir().join("index.redb"),
            storage: LocalStorage,
        }
    }
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
    pub(super) winners: BTreeMap<Part, StoredWinners>,
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
    /// Latest stamp or `observed_at` of all records, in milliseconds since 1970.
    pub(super) latest: i64,
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
        for (part, winners) in &self.winners {
            let winners = winners.iter().filter_map(|(identity, stored)| {
                Some((identity.as_slice(), stored.winner(part.workspace())?))
            });
            fold_winners(&mut fold, winners);
        }
        for record in self.folder.records().filter(is_state) {
            fold_record(&mut fold, record);
        }
        fold
    }

    /// The encoded baton.state.v1.Status. Whole only of what `load_everything` gave: others know of no usage.
    pub fn status(&self, retention: &[RetentionOverride]) -> Vec<u8> {
        self.status_at(self.now, retention)
    }

    /// The same for an instant shortly after it was read.
    pub(super) fn status_at(&self, now: i64, retention: &[RetentionOverride]) -> Vec<u8> {
        let fold = self.fold(now, None);
        let mut state = state_of(&fold, retention);
        let mut window = create_usage_window(now);
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

    /// The files that it was read from, judged. Without their records where `load_everything` read them.
    pub fn folder(&self) -> &Folder {
        &self.folder
    }

    /// The latest stamp or `observed_at` of all records, in milliseconds since 1970; 0 where the index was read.
    pub fn latest(&self) -> i64 {
        self.log.as_ref().map_or(0, |log| log.latest)
    }

    /// What the fold left out of all records; nothing where the index was read.
    pub fn counts(&self) -> FoldCounts {
        self.log.as_ref().map(|log| log.counts).unwrap_or_default()
    }

    /// The usage events of the 24 hours before its instant. Only what `load_everything` gave has them.
    pub fn usage_events(&self) -> impl Iterator<Item = PlacedRecord<'_>> {
        let events = self.log.iter().flat_map(|log| &log.usage);
        events.map(StoredRecord::placed)
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
        self.winners.values().map(Vec::len).sum()
    }
}

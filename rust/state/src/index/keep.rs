//! What was read, written down for the next reader.

use std::collections::{BTreeMap, BTreeSet};

use super::load::bytes_behind;
use super::loaded::{Draft, Loaded, Places, Source};
use super::part::Part;
use super::reader::Reader;
use super::seen_file::{Look, SeenFile};
use super::storage::Storage;
use super::stored::{StoredFold, is_state};
use super::unusable::Unusable;
use super::writer::{Changes, rebuild, update};
use crate::fold::{create_fold, fold_record};
use crate::segment::folder::Folder;

/// Bytes of news from which on they are worth a transaction.
const NEWS_WORTH_KEEPING: u64 = 1 << 20;

impl Loaded {
    /// Keeps what was read for the next reader, where the index is of no use or far behind; gives whether anything was
    /// written. For after the answer: it may take a moment, and what goes wrong changes no answer.
    pub fn keep(&self, places: &Places<impl Storage>) -> Result<bool, Unusable> {
        match (&self.draft, self.source) {
            (Draft::News(sheet), Source::Index(news)) if news >= NEWS_WORTH_KEEPING => {
                let (storage, index) = (&places.storage, &places.index);
                let changes = news_of(&Reader::open(storage, index)?, self)?;
                changes.map_or(Ok(false), |changes| update(storage, index, sheet, changes))
            }
            (Draft::Everything(_), _) => match bytes_behind(places, self.now) {
                Ok(..NEWS_WORTH_KEEPING) | Err(Unusable::Locked) => Ok(false),
                Ok(_) | Err(_) => self.build(places),
            },
            _ => Ok(false),
        }
    }

    /// Builds the index anew; gives whether it did: not of a part, nor of records from the future.
    pub fn build(&self, places: &Places<impl Storage>) -> Result<bool, Unusable> {
        let Draft::Everything(latest_ms) = self.draft else {
            return Ok(false);
        };
        let mut changes = Changes::new(latest_ms);
        changes.set_cursors(&cursors_of(&self.folder, &self.looks).collect())?;
        for (part, winners) in &self.winners {
            changes.set_winners(part, winners)?;
        }
        rebuild(&places.storage, &places.index, changes).map(|()| true)
    }
}

/// What an update writes of news: the cursors, and the winners of each part that the news belong to. None where some of
/// it is from the future, which would void the index for everybody.
fn news_of(index: &Reader, loaded: &Loaded) -> Result<Option<Changes>, Unusable> {
    let mut fold = create_fold(loaded.now, None);
    for record in loaded.folder.records().filter(is_state) {
        fold_record(&mut fold, record);
    }
    if fold.counts().from_future > 0 {
        return Ok(None);
    }
    let mut cursors = index.cursors()?;
    cursors.extend(cursors_of(&loaded.folder, &loaded.looks));
    let mut changes = Changes::new(fold.latest());
    changes.set_cursors(&cursors)?;
    let mut merged = StoredFold::default();
    merged.absorb(&fold);
    let winners = fold.winners();
    let touched: BTreeSet<Part> = winners
        .iter()
        .map(|(_, winner)| Part::of(winner.workspace))
        .collect();
    for part in touched {
        let present = index.winners(&part)?;
        merged.add(part, present);
    }
    for (part, winners) in merged.into_parts() {
        changes.set_winners(&part, &winners)?;
    }
    Ok(Some(changes))
}

fn cursors_of<'a>(
    folder: &'a Folder,
    looks: &'a BTreeMap<String, Look>,
) -> impl Iterator<Item = (String, SeenFile)> + 'a {
    folder.segments.iter().filter_map(|segment| {
        let look = looks.get(&segment.file)?;
        Some((segment.file.clone(), SeenFile::new(*look, segment)))
    })
}

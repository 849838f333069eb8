//! What was read, written down for the next reader.

use std::collections::{BTreeMap, BTreeSet};

use prost::Message as _;

use super::gather::is_state;
use super::load::{Draft, Loaded, Places, Source, bytes_behind};
use super::reader::{Entry, Reader};
use super::seen_file::{Look, SeenFile};
use super::sheet::group_prefix;
use super::stored::{StoredFold, StoredRecord};
use super::unusable::Unusable;
use super::writer::{Changes, rebuild, update};
use crate::fold::{create_fold, fold_record};
use crate::segment::folder::Folder;

/// Bytes of news from which on they are worth a transaction.
const NEWS_WORTH_KEEPING: u64 = 1 << 20;

impl Loaded {
    /// Keeps what was read for the next reader, where the index is of no use or far behind; gives whether anything was
    /// written. For after the answer: it may take a moment, and what goes wrong changes no answer.
    pub fn keep(self, places: &Places) -> Result<bool, Unusable> {
        match (&self.draft, self.source) {
            (Draft::News(sheet), Source::Index(news)) if news >= NEWS_WORTH_KEEPING => {
                let changes = news_of(&Reader::open(&places.index)?, &self)?;
                changes.map_or(Ok(false), |changes| update(&places.index, sheet, changes))
            }
            (Draft::Everything(_), _) => match bytes_behind(places, self.now) {
                Ok(..NEWS_WORTH_KEEPING) | Err(Unusable::Locked) => Ok(false),
                Ok(_) | Err(_) => self.build(places),
            },
            _ => Ok(false),
        }
    }

    /// Builds the index anew; gives whether it did: not of a part, nor of records from the future.
    pub fn build(self, places: &Places) -> Result<bool, Unusable> {
        let Draft::Everything(latest_ms) = self.draft else {
            return Ok(false);
        };
        let cursors = cursors_of(&self.folder, &self.looks);
        let winners = self.records.iter();
        let winners = winners.map(|(key, record)| (key.clone(), record.to_value()));
        let changes = Changes {
            latest_ms,
            cursors,
            winners: winners.collect(),
        };
        rebuild(&places.index, changes).map(|()| true)
    }
}

/// What an update writes of news: the winners that beat those of the index, and the cursors. None where some of it is
/// from the future, which would void the index for everybody.
fn news_of(index: &Reader, loaded: &Loaded) -> Result<Option<Changes>, Unusable> {
    let mut news = StoredFold::default();
    let mut fold = create_fold(loaded.now, None);
    for record in loaded.folder.records().filter(is_state) {
        fold_record(&mut fold, record);
    }
    news.absorb(&fold);
    if news.counts().from_future > 0 {
        return Ok(None);
    }
    let latest_ms = news.latest();
    let touched: BTreeSet<Vec<u8>> = fold
        .winners()
        .iter()
        .map(|(_, winner)| group_prefix(winner.workspace))
        .collect();
    for group in touched {
        let records = index.winners(&group, StoredRecord::from_entry)?;
        let mut present = create_fold(loaded.now, None);
        for record in &records {
            fold_record(&mut present, record.placed());
        }
        news.yield_to(&present);
    }
    let winners = news
        .into_records()
        .into_iter()
        .map(|(key, record)| (key, record.to_value()))
        .collect();
    Ok(Some(Changes {
        latest_ms,
        cursors: cursors_of(&loaded.folder, &loaded.looks),
        winners,
    }))
}

fn cursors_of(folder: &Folder, looks: &BTreeMap<String, Look>) -> Vec<Entry> {
    let seen = folder.segments.iter().filter_map(|segment| {
        let look = looks.get(&segment.file)?;
        Some((
            segment.file.clone().into_bytes(),
            SeenFile::new(*look, segment).encode_to_vec(),
        ))
    });
    seen.collect()
}

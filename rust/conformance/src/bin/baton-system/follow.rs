//! A reader that follows a folder as it grows, and tells what it saw twice and what it saw go.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use baton_state::home::Home;
use baton_state::index::seen_file::{Look, look_at};
use baton_state::proto::state::v1::Record;
use baton_state::segment::folder::{Folder, PlacedRecord, Segment, read_folder};
use baton_state::segment::follow::follow;
use prost::Message;

use crate::record::name_in;
use crate::say::{orders, say};

/// What was read so far.
struct Reader {
    folder: Folder,
    looks: BTreeMap<String, Look>,
    /// Names of the records that count.
    counted: BTreeSet<String>,
    followed: u64,
    anew: u64,
}

/// Follows until stdin says anything or ends; then reads once more and tells all that counts.
pub fn run(home: &Home) -> Result<(), Box<dyn Error>> {
    let orders = orders();
    let mut reader = Reader {
        folder: Folder::default(),
        looks: BTreeMap::new(),
        counted: BTreeSet::new(),
        followed: 0,
        anew: 0,
    };
    say("ready")?;
    while !is_over(&orders) {
        reader.step(home)?;
    }
    reader.step(home)?;
    let names: Vec<_> = reader
        .counted
        .iter()
        .map(|name| format!("counts {name}"))
        .collect();
    say(&names.join("\n"))?;
    say(&format!("read {} {}", reader.followed, reader.anew))?;
    Ok(())
}

fn is_over(orders: &Receiver<String>) -> bool {
    orders.recv_timeout(Duration::from_millis(50)) != Err(RecvTimeoutError::Timeout)
}

impl Reader {
    fn step(&mut self, home: &Home) -> Result<(), Box<dyn Error>> {
        let dir = home.segments();
        let looks = look_at(&dir)?;
        if looks == self.looks {
            return Ok(());
        }
        let changed = looks
            .iter()
            .filter(|(file, look)| self.looks.get(*file) != Some(look));
        let changed = changed.map(|(file, _)| file.clone()).collect();
        let has_only_grown = self
            .looks
            .iter()
            .all(|(file, then)| looks.get(file).is_some_and(|look| then.can_become(look)));
        let before = std::mem::take(&mut self.folder);
        let news = if has_only_grown {
            // A file that goes meanwhile: everything is read anew.
            follow(&dir, before, &changed).unwrap_or_default()
        } else {
            None
        };
        self.looks = looks;
        match news {
            Some(news) => {
                self.followed += 1;
                for name in news
                    .segments
                    .iter()
                    .flat_map(Segment::records)
                    .filter_map(name)
                {
                    self.count(name)?;
                }
                self.folder = news.folder;
            }
            None => self.read_anew(&dir)?,
        }
        Ok(())
    }

    fn read_anew(&mut self, dir: &std::path::Path) -> Result<(), Box<dyn Error>> {
        self.anew += 1;
        self.looks = look_at(dir)?;
        let mut folder = read_folder(dir)?;
        let before = std::mem::take(&mut self.counted);
        for name in folder.records().filter_map(name) {
            self.count(name)?;
        }
        for name in before.difference(&self.counted) {
            say(&format!("gone {name}"))?;
        }
        folder.forget_records();
        self.folder = folder;
        Ok(())
    }

    fn count(&mut self, name: String) -> Result<(), Box<dyn Error>> {
        if let Some(twice) = self.counted.replace(name) {
            say(&format!("twice {twice}"))?;
        }
        Ok(())
    }
}

fn name(placed: PlacedRecord<'_>) -> Option<String> {
    let record = Record::decode(placed.payload).ok()?;
    name_in(&record).map(str::to_owned)
}

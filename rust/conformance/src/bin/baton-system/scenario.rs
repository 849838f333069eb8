//! A fixed course of events, one call after the other in one thread: every system call of it can be made to fail or to be
//! the last one. `conformance/system/scenario.ts` is that of the TypeScript side.

use std::cell::Cell;
use std::error::Error;
use std::fs::File;
use std::io;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use baton_state::r#gen::tables::ERROR_INDEX_UNUSABLE;
use baton_state::home::{Home, key_id};
use baton_state::index::live::Live;
use baton_state::index::load::{load_everything, load_state, load_workspace};
use baton_state::index::loaded::Places;
use baton_state::record::error::BatonError;
use baton_state::segment::disk::{Disk, LocalDisk, Moment};
use baton_state::segment::seed::highest_stamp;
use baton_state::segment::writer::Durability::{self, Durable, Written};
use baton_state::segment::writer::{Writer, WriterInit};

use crate::record::{Who, name_of, now_ms, record_of};
use crate::say::{say, say_acknowledged, say_tried};

const WHO: Who = Who { slot: 0, start: 0 };
const TWO_HOURS: Duration = Duration::from_secs(2 * 60 * 60);

/// The disk of this machine, and a clock that can be put forward, so that a writer rolls.
struct Shifted {
    disk: LocalDisk,
    ahead: Rc<Cell<Duration>>,
}

impl Disk for Shifted {
    type File = File;

    fn create_new(&mut self, path: &Path) -> io::Result<File> {
        self.disk.create_new(path)
    }

    fn remove(&mut self, path: &Path) -> io::Result<()> {
        self.disk.remove(path)
    }

    fn sync_folder(&mut self, dir: &Path) -> io::Result<()> {
        self.disk.sync_folder(dir)
    }

    fn now(&self) -> Moment {
        let Moment { wall_ms, ticks } = self.disk.now();
        let ahead = self.ahead.get();
        Moment {
            wall_ms: wall_ms + ahead.as_millis() as u64,
            ticks: ticks + ahead,
        }
    }
}

/// One run. What is refused is told and the next step taken, as a host does.
struct Run<'a> {
    home: &'a Home,
    places: Places,
    ahead: Rc<Cell<Duration>>,
    number: u64,
}

/// Says that it is ready, waits for a line on stdin, and takes all steps.
pub fn run(home: &Home) -> Result<(), Box<dyn Error>> {
    say("ready")?;
    io::stdin().read_line(&mut String::new())?;
    let mut run = Run {
        home,
        places: Places::of(home),
        ahead: Rc::default(),
        number: 0,
    };
    told("create", run.home.create())?;
    run.first_writer()?;
    run.second_writer()?;
    run.index()?;
    run.live()?;
    told("read", load_everything(&run.places, now_ms()).map(drop))?;
    say("done")?;
    Ok(())
}

impl Run<'_> {
    /// Appends by both levels, rolls and seals.
    fn first_writer(&mut self) -> Result<(), Box<dyn Error>> {
        let mut writer = self.writer()?;
        self.append(&mut writer, 2, Durable)?;
        self.append(&mut writer, 1, Written)?;
        self.ahead.set(TWO_HOURS);
        self.append(&mut writer, 2, Durable)?;
        self.ahead.set(Duration::ZERO);
        writer.close();
        Ok(())
    }

    fn second_writer(&mut self) -> Result<(), Box<dyn Error>> {
        let mut writer = self.writer()?;
        self.append(&mut writer, 1, Written)?;
        writer.close();
        Ok(())
    }

    /// Builds the index, records, and answers from the index and what is new.
    fn index(&mut self) -> Result<(), Box<dyn Error>> {
        if let Some(loaded) = told("load", load_state(&self.places, now_ms()))? {
            let built = loaded.build(&self.places);
            told(
                "index",
                built.map_err(|why| BatonError::new(&ERROR_INDEX_UNUSABLE).at(why.to_string())),
            )?;
        }
        self.second_writer()?;
        let loaded = load_workspace(&self.places, "github.com/acme/proxy", now_ms());
        told("news", loaded.map(|loaded| loaded.winners()))?;
        Ok(())
    }

    /// Reads on while it looks.
    fn live(&mut self) -> Result<(), Box<dyn Error>> {
        let live = told("live", Live::read(self.places.clone(), now_ms()))?;
        self.second_writer()?;
        if let Some(mut live) = live {
            told("refresh", live.refresh(now_ms()))?;
        }
        Ok(())
    }

    fn writer(&self) -> Result<Writer<Shifted>, Box<dyn Error>> {
        let disk = Shifted {
            disk: LocalDisk::default(),
            ahead: self.ahead.clone(),
        };
        let key = told("key", self.home.key())?;
        Ok(Writer::open_on(
            disk,
            WriterInit {
                dir: self.home.segments(),
                name: "baton-system".to_owned(),
                version: "0".to_owned(),
                key_id: key.map(|key| key_id(&key)),
            },
        )?)
    }

    fn append(
        &mut self,
        writer: &mut Writer<Shifted>,
        count: u64,
        durability: Durability,
    ) -> Result<(), Box<dyn Error>> {
        let stamp = highest_stamp(&self.home.segments(), now_ms());
        let mut names = Vec::new();
        let mut records = Vec::new();
        for _ in 0..count {
            self.number += 1;
            let name = name_of(WHO, self.number, false);
            records.push(record_of(WHO, self.number, &name, stamp + self.number)?);
            names.push(name);
        }
        say_tried(&names)?;
        if let Some(acks) = told("append", writer.append(&records, durability))? {
            say_acknowledged(&names, &acks)?;
        }
        Ok(())
    }
}

/// Tells the code of what was refused.
fn told<T>(step: &str, done: Result<T, BatonError>) -> io::Result<Option<T>> {
    match done {
        Ok(value) => Ok(Some(value)),
        Err(error) => {
            say(&format!("error {step} {}", error.code()))?;
            Ok(None)
        }
    }
}

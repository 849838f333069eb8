//! `audit --quarantine`: takes what an audit finds out of sealed segments (docs/segment-format.md, section 10).

use std::collections::BTreeSet;
use std::io::{self, Read as _};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use baton_state::r#gen::tables::{ERROR_HOME_UNUSABLE, ERROR_SEGMENTS_BUSY};
use baton_state::guard::Known;
use baton_state::home::{Home, Lease};
use baton_state::index::load::load_state;
use baton_state::index::loaded::Places;
use baton_state::record::error::BatonError;
use baton_state::segment::Id;
use baton_state::segment::disk::Disk;
use baton_state::segment::folder::{Folder, Segment};
use baton_state::segment::quarantine::{Place, Target, Written, without};
use baton_state::segment::replace::{remove_if_there, write_compacted};
use baton_state::segment::stream::survey;
use baton_state::segment::writer::random_id;

use super::files::{open, shown_in_segments};
use super::folder::{holder_of, id_of, ignored, in_order, is_dead, is_replaced};
use super::found::Found;
use super::reason::{COPIES, NAMED, STILL_NEEDED, TOO_LARGE, UNCLEAN, reason_of};
use super::segment::look_at_segment;
use super::{MOST_OF_SEGMENT, check_rules};

/// Who holds the lease says so this often.
const BEAT: Duration = Duration::from_secs(10);
/// What holds payloads of records, and is made anew from the segments.
const CACHES: [&str; 2] = ["latest.json", "index.redb"];

/// What was taken out.
#[derive(Debug, Default)]
pub struct Quarantined {
    /// What was found in files that are gone.
    pub taken: Found,
    /// Frames that held it.
    pub frames: u64,
    /// Segment files that are gone.
    pub segments: u64,
    /// Files that had to be left, for people, and why.
    pub left: BTreeSet<(String, String)>,
}

/// What a quarantine works with.
pub struct Init<'a> {
    /// The state directory.
    pub home: &'a Home,
    /// What only this process knows.
    pub known: Option<&'a Known>,
    /// Milliseconds since 1970, for the headers.
    pub now: i64,
}

/// Takes out what can be taken out, under the lease of merges, and tells `looked` of the bytes that it looks at. Refuses where
/// somebody else holds the lease, or took it over (SEGMENTS_BUSY): what was done until then stands; where the state directory
/// cannot be used (HOME_UNUSABLE, HOME_REMOTE), and where the rule pack is damaged (GUARD_PACK).
pub fn quarantine<D: Disk>(
    init: &Init<'_>,
    disk: &mut D,
    looked: impl Fn(u64),
) -> Result<Quarantined, BatonError> {
    check_rules()?;
    if !init.home.segments().exists() {
        return Ok(Quarantined::default());
    }
    init.home.create()?;
    let lease = Lease::take(&init.home.dir().join("locks"), "gc").map_err(unusable)?;
    let lease = lease.ok_or_else(|| BatonError::new(&ERROR_SEGMENTS_BUSY))?;
    let dir = init.home.segments();
    let folder = survey(&dir)?;
    let mut run = Run {
        init,
        disk,
        looked: &looked,
        lease: &lease,
        last_beat: Instant::now(),
        named: BTreeSet::new(),
        there: folder.segments.iter().filter_map(id_of).collect(),
        folder: &folder,
        dir,
        had_index: false,
        done: Quarantined::default(),
    };
    run.delete_unfinished();
    for copies in in_order(&folder) {
        run.take_out(&copies)?;
    }
    let Run {
        had_index, done, ..
    } = run;
    if had_index {
        // Without one, answers come from the segments.
        let places = Places::of(init.home);
        let _ = load_state(&places, init.now).map(|loaded| loaded.build(&places));
    }
    Ok(done)
}

/// A file that was read, and what was found in it.
struct Read<'a> {
    segment: &'a Segment,
    shown: String,
    data: Vec<u8>,
    found: Found,
}

/// One run, under the lease.
struct Run<'a, D> {
    init: &'a Init<'a>,
    disk: &'a mut D,
    looked: &'a dyn Fn(u64),
    lease: &'a Lease,
    last_beat: Instant,
    folder: &'a Folder,
    dir: PathBuf,
    /// What compacted segments name that do not count: those count as soon as any of it is gone (SEG-031).
    named: BTreeSet<Id>,
    /// Ids of the segments that are there.
    there: BTreeSet<Id>,
    had_index: bool,
    done: Quarantined,
}

impl<D: Disk> Run<'_, D> {
    /// Deletes what others left half written who held the lease once. What else does not count is kept, and what it names.
    fn delete_unfinished(&mut self) {
        let folder = self.folder;
        for segment in ignored(folder) {
            let path = self.dir.join(&segment.file);
            let read = self.read(segment);
            if is_dead(segment, &path)
                && let Ok(Read { found, .. }) = read
                && remove_if_there(self.disk, &path).is_ok()
            {
                self.done.segments += u64::from(found.findings_total > 0);
                self.done.taken.join(found);
                self.there.retain(|there| Some(*there) != id_of(segment));
                let _ = self.disk.sync_folder(&self.dir);
            } else {
                let header = segment.readable_header();
                let named = header.into_iter().flat_map(|header| &header.replaces);
                self.named.extend(named.map(|named| named.segment));
            }
        }
    }

    /// Takes out of the files of one id what is found in any of them.
    fn take_out(&mut self, copies: &[&Segment]) -> Result<(), BatonError> {
        let mut read = Vec::new();
        for segment in copies {
            self.beat()?;
            match self.read(segment) {
                Ok(file) => read.push(file),
                // It is gone, or the audit that follows tells of it.
                Err(_) => return Ok(()),
            }
        }
        if read.iter().all(|file| file.found.findings_total == 0) {
            return Ok(());
        }
        match self.replace(&read) {
            Ok(frames) => self.remove(read, frames),
            Err(Stop::Left(reason)) => {
                let with_findings = read.iter().filter(|file| file.found.findings_total > 0);
                for file in with_findings {
                    self.leave(&file.shown, &reason);
                }
            }
            Err(Stop::Busy) => return Err(BatonError::new(&ERROR_SEGMENTS_BUSY)),
        }
        Ok(())
    }

    /// Sees to it that all that is to stay of the files of one id stands elsewhere, so that they can go. Gives the number of
    /// frames that are left out.
    fn replace(&mut self, copies: &[Read<'_>]) -> Result<u64, Stop> {
        let (first, others) = copies.split_first().ok_or(Stop::Busy)?;
        if first.data.len() as u64 > MOST_OF_SEGMENT {
            return Err(Stop::left(TOO_LARGE));
        }
        let id = id_of(first.segment);
        if id.is_some_and(|id| self.named.contains(&id)) {
            return Err(Stop::left(NAMED));
        }
        if !others.iter().all(|copy| first.data.starts_with(&copy.data)) {
            return Err(Stop::left(COPIES));
        }
        let offsets = copies.iter().filter_map(|copy| copy.found.offsets.as_ref());
        let out: BTreeSet<u64> = offsets.flatten().copied().collect();
        if is_replaced(first.segment) && first.segment.cursor.is_ended {
            self.sync_holder(first.segment)?;
        } else {
            self.write(first, &out)?;
        }
        Ok(out.len() as u64)
    }

    fn write(&mut self, file: &Read<'_>, out: &BTreeSet<u64>) -> Result<(), Stop> {
        let (id, written) = self.made(file, out)?;
        let lease = self.lease;
        match write_compacted(self.disk, &self.dir, &id, &written, || lease.holds()) {
            Ok(true) => Ok(()),
            Ok(false) => Err(Stop::Busy),
            Err(error) => Err(Stop::of("cannot be written anew", &error)),
        }
    }

    /// The segment that takes the place of this one, looked through like any other.
    fn made(&self, file: &Read<'_>, out: &BTreeSet<u64>) -> Result<(Id, Written), Stop> {
        let id = random_id().map_err(|_| Stop::left("no random id could be had"))?;
        let target = Target {
            id,
            created_at: self.init.now,
            name: env!("CARGO_PKG_NAME").to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        };
        let place = Place {
            replaced: file.segment.standing.replaced,
            there: &self.there,
        };
        let written = without(&file.data, out, place, &target);
        let written = written.map_err(|unfit| Stop::left(reason_of(unfit)))?;
        let mut found = Found::default();
        let bytes = [&written.body[..], &written.seal].concat();
        look_at_segment(&file.shown, &bytes, self.init.known, |_| {}, &mut found);
        match found.findings_total {
            0 => Ok((id, written)),
            _ => Err(Stop::left(UNCLEAN)),
        }
    }

    /// Makes durable what stands for a segment that is replaced already (SEG-082).
    fn sync_holder(&mut self, replaced: &Segment) -> Result<(), Stop> {
        let needed = replaced.readable_header().is_some_and(|header| {
            let mut others = header.replaces.iter();
            others.any(|other| self.there.contains(&other.segment))
        });
        if needed {
            return Err(Stop::left(STILL_NEEDED));
        }
        let holder = holder_of(replaced, self.folder, &self.there);
        let holder = holder.ok_or(Stop::left(STILL_NEEDED))?;
        let path = self.dir.join(&holder.file);
        let synced = self.disk.sync_file(&path);
        let synced = synced.and_then(|()| self.disk.sync_folder(&self.dir));
        synced.map_err(|error| Stop::of("what stands for it cannot be synced", &error))
    }

    /// Deletes files in whose place others stand; first what may hold their records in another form.
    fn remove(&mut self, copies: Vec<Read<'_>>, frames: u64) {
        for cache in CACHES {
            let path = self.init.home.dir().join(cache);
            self.had_index |= cache == "index.redb" && path.exists();
            if let Err(error) = remove_if_there(self.disk, &path) {
                self.leave(cache, &format!("cannot be deleted: {}", error.kind()));
            }
        }
        let id = copies.first().and_then(|first| id_of(first.segment));
        let mut are_gone = true;
        for Read {
            segment,
            shown,
            found,
            ..
        } in copies
        {
            match remove_if_there(self.disk, &self.dir.join(&segment.file)) {
                Ok(()) => {
                    self.done.segments += 1;
                    self.done.taken.join(found);
                }
                Err(error) => {
                    are_gone = false;
                    self.leave(
                        &shown,
                        &format!("written anew, and cannot be deleted: {}", error.kind()),
                    );
                }
            }
        }
        if are_gone {
            self.done.frames += frames;
            self.there.retain(|there| Some(*there) != id);
        }
        // What is deleted once more after a power cut harms nobody.
        let _ = self.disk.sync_folder(&self.dir);
    }

    fn leave(&mut self, shown: &str, reason: &str) {
        self.done.left.insert((shown.to_owned(), reason.to_owned()));
    }

    fn read<'s>(&self, segment: &'s Segment) -> io::Result<Read<'s>> {
        let shown = shown_in_segments(&segment.file, self.init.known);
        let mut data = Vec::new();
        let source = open(&self.dir.join(&segment.file))?;
        source.take(MOST_OF_SEGMENT + 1).read_to_end(&mut data)?;
        let mut found = Found::with_offsets();
        look_at_segment(&shown, &data, self.init.known, self.looked, &mut found);
        Ok(Read {
            segment,
            shown,
            data,
            found,
        })
    }

    /// Says that this run lives. Refuses to go on where somebody else took the lease over.
    fn beat(&mut self) -> Result<(), BatonError> {
        if self.last_beat.elapsed() < BEAT {
            return Ok(());
        }
        self.last_beat = Instant::now();
        match self.lease.touch().map_err(unusable)? {
            true => Ok(()),
            false => Err(BatonError::new(&ERROR_SEGMENTS_BUSY)),
        }
    }
}

/// Why nothing was taken out.
enum Stop {
    /// The file has to be left, for this reason.
    Left(String),
    /// The lease was taken over.
    Busy,
}

impl Stop {
    fn left(reason: &str) -> Stop {
        Stop::Left(reason.to_owned())
    }

    fn of(what: &str, error: &io::Error) -> Stop {
        Stop::Left(format!("{what}: {}", error.kind()))
    }
}

fn unusable(error: io::Error) -> BatonError {
    BatonError::new(&ERROR_HOME_UNUSABLE).at(format!("locks, {}", error.kind()))
}

//! One pass over a folder: every file is handed on once it is scanned, and not held in memory longer than that. It
//! serves folders where every readable segment counts in full, which is all of them but those with compacted segments,
//! copies, or records that stand there twice.

use std::io::{self, ErrorKind};
use std::num::NonZero;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::file::{list, read_whole, unreadable};
use super::folder::{Folder, PlacedRecord, Segment, read_folder, settled};
use crate::record::error::BatonError;

/// Bytes from which on a second thread is worth its start.
const PARALLEL_FROM: u64 = 4 << 20;
/// More threads than this only wait for memory.
const MAX_THREADS: usize = 4;

/// What one pass over a folder gave.
pub struct Streamed<A> {
    /// The files, judged; without their bytes, so it has no records.
    pub folder: Folder,
    /// What the threads gathered, one part each.
    pub parts: Vec<A>,
}

/// Hands every file of a folder to `visit`, with the part of the thread that read it; `start` makes an empty part. What
/// `visit` gathers counts only when this function says so: a file may turn out to be a copy.
///
/// None where the folder needs more than one pass, because not every segment counts in full or a record may stand there
/// twice: `read_folder` reads it then. The order of the files is free. Refuses what `read_folder` refuses.
pub fn stream<A: Send>(
    dir: &Path,
    start: impl Fn() -> A + Sync,
    visit: impl Fn(&mut A, &Segment) + Sync,
) -> Result<Option<Streamed<A>>, BatonError> {
    let streamed = settled(|| stream_once(dir, &start, &visit))?;
    Ok(streamed.folder.is_plain().then_some(streamed))
}

/// Hands every record of a folder that counts to `visit`, once and in no order, with the part of the thread that reads it;
/// gives the parts. Only where a folder needs more than one pass, the bytes of all its files are held at once. Refuses what
/// `read_folder` refuses.
pub fn each_record<A: Send>(
    dir: &Path,
    start: impl Fn() -> A + Sync,
    visit: impl Fn(&mut A, &PlacedRecord<'_>) + Sync,
) -> Result<Vec<A>, BatonError> {
    let visit_file = |part: &mut A, segment: &Segment| {
        for record in segment.records() {
            visit(part, &record);
        }
    };
    if let Some(streamed) = stream(dir, &start, visit_file)? {
        return Ok(streamed.parts);
    }
    let mut part = start();
    for record in read_folder(dir)?.records() {
        visit(&mut part, &record);
    }
    Ok(vec![part])
}

/// All files of a folder, judged, without their bytes: it has no records. Refuses what `read_folder` refuses.
pub fn survey(dir: &Path) -> Result<Folder, BatonError> {
    Ok(settled(|| stream_once(dir, &|| (), &|(), _| {}))?.folder)
}

/// None where the folder changed meanwhile, SEG-034.
fn stream_once<A: Send>(
    dir: &Path,
    start: &(impl Fn() -> A + Sync),
    visit: &(impl Fn(&mut A, &Segment) + Sync),
) -> io::Result<Option<Streamed<A>>> {
    let files = list(dir)?;
    let names: Vec<&String> = files.iter().collect();
    let next = AtomicUsize::new(0);
    let work = || {
        let mut part = start();
        let mut scanned = Vec::new();
        let mut data = Vec::new();
        while let Some(file) = names.get(next.fetch_add(1, Ordering::Relaxed)) {
            let mut segment = match read_whole(dir, file, std::mem::take(&mut data)) {
                Ok(segment) => segment,
                Err(error) if error.kind() == ErrorKind::NotFound => return None,
                Err(_) => unreadable(dir, file),
            };
            visit(&mut part, &segment);
            data = segment.take_data();
            scanned.push(segment);
        }
        Some((part, scanned))
    };
    let finished: Vec<_> = thread::scope(|scope| {
        let others: Vec<_> = (1..threads_for(dir, &names))
            .map(|_| scope.spawn(work))
            .collect();
        let own = work();
        // A panic of a thread goes on in this one.
        let others = others.into_iter().map(|other| {
            other
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        });
        std::iter::once(own).chain(others).collect()
    });
    let Some(finished) = finished.into_iter().collect::<Option<Vec<_>>>() else {
        return Ok(None);
    };
    let (parts, scanned): (Vec<A>, Vec<Vec<Segment>>) = finished.into_iter().unzip();
    let mut segments: Vec<Segment> = scanned.into_iter().flatten().collect();
    segments.sort_by(|a, b| a.file.cmp(&b.file));
    Ok(Folder::judge(dir, &files, segments)?.map(|folder| Streamed { folder, parts }))
}

/// How many threads are worth their start.
fn threads_for(dir: &Path, files: &[&String]) -> usize {
    let sizes = files
        .iter()
        .filter_map(|file| dir.join(file).metadata().ok())
        .map(|file| file.len());
    match sizes.fold(0, u64::saturating_add) {
        ..PARALLEL_FROM => 1,
        _ => thread::available_parallelism()
            .map_or(1, NonZero::get)
            .min(MAX_THREADS),
    }
}

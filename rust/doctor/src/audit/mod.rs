//! `audit`: proves that nothing private lies in the state directory, by a look at every byte that is stored there.
//!
//! Of segments every frame is taken apart along the tables of the schema, and every text in it is judged as it would be
//! judged today before it were stored. All bytes, of segments and of other files, are looked through for what is a secret by
//! its form alone. `quarantine` takes what is found out of sealed segments. Of a segment at most `MOST_OF_SEGMENT` bytes are held by a thread, of another file about 1 MiB.

mod files;
mod folder;
mod found;
mod newest;
mod quarantine;
mod reason;
mod record;
mod report;
mod segment;
mod windows;

use std::fs::TryLockError;
use std::io::{self, Read};
use std::num::NonZero;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use baton_state::r#gen::tables::{ERROR_AUDIT_FILE, ERROR_GUARD_PACK};
use baton_state::guard::{Known, longest_token};
use baton_state::record::error::BatonError;
use baton_state::segment::MAX_READ;

use self::files::{Listed, Listing, is_for_paths, is_place_rule, open};
use self::found::Code;
pub use self::found::{Finding, Found};
pub use self::newest::{Newest, look_at_newest};
pub use self::quarantine::{Init, quarantine};
pub use self::report::{quarantine_of, report_of};
use self::segment::look_at_segment;
use self::windows::{Seen, look_through};

/// A segment file of more bytes is looked through without being taken apart. No writer makes one of an eighth of that.
const MOST_OF_SEGMENT: u64 = MAX_READ;
/// Files that come while others are looked at are looked at too, so many times.
const MOST_ROUNDS: usize = 16;
/// Bytes from which on a second thread is worth its start.
const PARALLEL_FROM: u64 = 4 << 20;
/// More threads than this only wait for memory.
const MOST_THREADS: usize = 4;
/// The file that another process may hold.
const INDEX: &str = "index.redb";
/// Why a file that another process holds is not for certain.
const LOCKED: &str = "another process has it locked, and may be changing it";

/// Why nothing is known of a piece of bytes.
const UNSURE: &str = "the steps of the guard do not last for these bytes";

/// Looks at everything below the state directory, and tells `looked` of the bytes; `known` is what only this process knows.
/// Refuses where the rule pack of this program is damaged (GUARD_PACK). A directory that is not there holds nothing.
pub fn look_at_all(
    dir: &Path,
    known: Option<&Known>,
    looked: impl Fn(u64) + Sync,
) -> Result<Found, BatonError> {
    check_rules()?;
    let mut found = Found::default();
    let mut listing = Listing::new(dir, known);
    for _ in 0..MOST_ROUNDS {
        let files = listing.news(&mut found);
        if files.is_empty() {
            return Ok(found);
        }
        warn_of_locked(&files, &mut found);
        look_at_files(&files, known, &looked, &mut found);
    }
    found.warn(
        ".",
        None,
        "files keep coming, so that not all were looked at",
    );
    Ok(found)
}

fn check_rules() -> Result<(), BatonError> {
    if longest_token(None) == 0 {
        return Err(BatonError::new(&ERROR_GUARD_PACK));
    }
    Ok(())
}

fn look_at_files(
    files: &[Listed],
    known: Option<&Known>,
    looked: &(impl Fn(u64) + Sync),
    found: &mut Found,
) {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut part = Found::default();
        while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
            look_at_file(file, known, looked, &mut part);
        }
        part
    };
    let bytes = files.iter().map(|file| file.bytes);
    let threads = match bytes.fold(0, u64::saturating_add) {
        ..PARALLEL_FROM => 1,
        _ => thread::available_parallelism()
            .map_or(1, NonZero::get)
            .min(MOST_THREADS),
    };
    thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        found.join(work());
        for other in others {
            // A panic of a thread goes on in this one.
            found.join(
                other
                    .join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            );
        }
    });
}

/// Looks at a file; what goes wrong is a warning. A file that is gone since is none.
fn look_at_file(file: &Listed, known: Option<&Known>, looked: impl Fn(u64), found: &mut Found) {
    let outcome = open(&file.path).and_then(|source| {
        if file.is_segment {
            look_at_segment_file(file, source, MOST_OF_SEGMENT, known, &looked, found)
        } else {
            let bytes = look_at_bytes(file, source, known, &looked, found)?;
            found.others.add(bytes);
            Ok(())
        }
    });
    match outcome {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            found.warn(&file.shown, None, reason(&error));
        }
        _ => {}
    }
}

/// Takes a segment of at most `most` bytes apart, and looks through a larger one.
fn look_at_segment_file(
    file: &Listed,
    mut source: impl Read,
    most: u64,
    known: Option<&Known>,
    looked: impl Fn(u64),
    found: &mut Found,
) -> io::Result<()> {
    let mut data = Vec::new();
    (&mut source).take(most + 1).read_to_end(&mut data)?;
    if data.len() as u64 <= most {
        look_at_segment(&file.shown, &data, known, looked, found);
        return Ok(());
    }
    let bytes = look_at_bytes(file, data.as_slice().chain(source), known, looked, found)?;
    found.segments.add(bytes);
    found.unjudged += bytes;
    found.warn(
        &file.shown,
        None,
        "too large for a segment: no field of it was judged",
    );
    Ok(())
}

/// Looks through a file of which nothing is known. Gives its size.
fn look_at_bytes(
    file: &Listed,
    source: impl Read,
    known: Option<&Known>,
    looked: impl Fn(u64),
    found: &mut Found,
) -> io::Result<u64> {
    let is_for_paths = is_for_paths(&file.shown);
    let seen = |seen| match seen {
        Seen::Secret { rule, .. } if is_for_paths && is_place_rule(rule) => {}
        Seen::Secret { start, end, rule } => found.add(Finding {
            file: file.shown.clone(),
            at: start,
            field: None,
            range: Some((start, end)),
            rule,
            frame: None,
            code: Code(&ERROR_AUDIT_FILE),
        }),
        Seen::Unsure(at) => found.warn(&file.shown, Some(at), UNSURE),
    };
    look_through(source, known, seen, looked)
}

/// Whether another process holds the index for itself, as one does that writes it. A check must not ask: another one may
/// open the index at the same moment.
fn warn_of_locked(files: &[Listed], found: &mut Found) {
    for file in files.iter().filter(|file| file.shown == INDEX) {
        let Ok(source) = open(&file.path) else {
            continue;
        };
        // A lock that is given ends with the file.
        if let Err(TryLockError::WouldBlock) = source.try_lock_shared() {
            found.warn(INDEX, None, LOCKED);
        }
    }
}

fn reason(error: &io::Error) -> String {
    match error.raw_os_error() {
        // ERROR_SHARING_VIOLATION and ERROR_LOCK_VIOLATION.
        Some(32 | 33) if cfg!(windows) => LOCKED.to_owned(),
        _ => error.kind().to_string(),
    }
}

#[cfg(test)]
mod stopped;
#[cfg(test)]
mod tests;

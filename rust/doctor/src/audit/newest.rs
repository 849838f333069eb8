//! What was written last, for a check that must not make anybody wait.

use std::cmp::Reverse;
use std::path::Path;

use baton_state::guard::Known;
use baton_state::record::error::BatonError;
use baton_state::segment::writer::MAX_SEGMENT_SIZE;

use super::files::{Listed, Listing};
use super::found::Found;
use super::{check_rules, look_at_file};

/// Bytes of the newest segments that are looked at, or of the newest one where that has more.
const SEGMENT_BYTES: u64 = 1 << 20;
/// Bytes of the newest other files.
const OTHER_BYTES: u64 = 1 << 20;
/// Files of either that are opened.
const MOST_FILES: usize = 250;

/// What was seen of the newest files.
pub struct Newest {
    /// What was found in them, and in all names.
    pub found: Found,
    /// Segment files that there are.
    pub segments: usize,
    /// Other files that there are.
    pub others: usize,
}

/// Looks at the newest segments, up to 1 MiB and 250 files, or at the newest one, which a writer ends at 8 MiB; and at the
/// newest other files, up to 1 MiB and 250 files. What is larger than what is left of that is passed over. Refuses where the rule pack is damaged (GUARD_PACK).
pub fn look_at_newest(dir: &Path, known: Option<&Known>) -> Result<Newest, BatonError> {
    check_rules()?;
    let mut found = Found::default();
    let files = Listing::new(dir, known).news(&mut found);
    let (segments, others): (Vec<_>, Vec<_>) = files.iter().partition(|file| file.is_segment);
    let newest_segment = segments.iter().max_by_key(|file| file.written);
    let segment_bytes = newest_segment
        .map(|file| file.bytes)
        .filter(|bytes| *bytes <= MAX_SEGMENT_SIZE)
        .map_or(SEGMENT_BYTES, |bytes| bytes.max(SEGMENT_BYTES));
    for (files, bytes) in [(&segments, segment_bytes), (&others, OTHER_BYTES)] {
        for file in newest(files, bytes) {
            look_at_file(file, known, |_| {}, &mut found);
        }
    }
    Ok(Newest {
        found,
        segments: segments.len(),
        others: others.len(),
    })
}

/// The newest files that fit into so many bytes; of those that are as old, the first by name.
fn newest<'a>(files: &[&'a Listed], mut bytes: u64) -> Vec<&'a Listed> {
    let mut files = files.to_vec();
    files.sort_by(|a, b| (Reverse(a.written), &a.path).cmp(&(Reverse(b.written), &b.path)));
    let fits = |file: &&Listed| match bytes.checked_sub(file.bytes) {
        Some(left) => {
            bytes = left;
            true
        }
        None => false,
    };
    files.into_iter().filter(fits).take(MOST_FILES).collect()
}

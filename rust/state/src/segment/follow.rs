//! A folder that was read and is read on: of the files that changed, what came since.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;

use super::file::{read_behind, read_whole};
use super::folder::{Folder, Segment};

/// What came to a folder since it was read.
#[derive(Debug)]
pub struct News {
    /// The folder as it is now, without records.
    pub folder: Folder,
    /// What came, a piece per file that changed. Its records count, each once.
    pub segments: Vec<Segment>,
}

/// Reads on a folder that has let go of its records: only the `changed` files, those that it holds from where their scan
/// stopped. None where more than appending happened, or where not every segment counts in full: then it is read anew.
pub fn follow(dir: &Path, folder: Folder, changed: &BTreeSet<String>) -> io::Result<Option<News>> {
    if !folder.is_plain() {
        return Ok(None);
    }
    let known = folder.segments.into_iter();
    let mut all: BTreeMap<String, Segment> = known
        .map(|segment| (segment.file.clone(), segment))
        .collect();
    let mut segments = Vec::with_capacity(changed.len());
    for file in changed {
        let news = match all.remove(file) {
            Some(earlier) => {
                let Some(news) = read_behind(dir, &earlier)? else {
                    return Ok(None);
                };
                all.insert(file.clone(), earlier.joined(&news));
                news
            }
            None => {
                let news = read_whole(dir, file, Vec::new())?;
                all.insert(file.clone(), news.without_data());
                news
            }
        };
        segments.push(news);
    }
    let files = all.keys().cloned().collect();
    let folder = Folder::judge(dir, &files, all.into_values().collect())?;
    let folder = folder.filter(Folder::is_plain);
    Ok(folder.map(|folder| News { folder, segments }))
}

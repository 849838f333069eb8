//! What the index keeps of each file of the segments folder: how it looked, where the scan stopped, what it adds up to.

use std::collections::BTreeMap;
use std::fs::{self, Metadata};
use std::io::{self, ErrorKind};
use std::path::Path;
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};

use crate::proto::segment::v1::SegmentStanding;
use crate::segment::folder::{Seen, Segment};
use crate::segment::judge::Standing;
use crate::segment::scan::Cursor;

/// How a file looks from outside. While a file looks the same, nothing in it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Look {
    /// Its size.
    pub bytes: u64,
    /// When it was last written: nanoseconds since 1970.
    pub modified: u64,
    /// Its inode; 0 where the system has none.
    pub inode: u64,
}

impl Look {
    /// The look of a file.
    pub fn of(metadata: &Metadata) -> Look {
        let modified = metadata
            .modified()
            .ok()
            .and_then(|at| at.duration_since(UNIX_EPOCH).ok());
        Look {
            bytes: metadata.len(),
            modified: modified.map_or(0, |at| u64::try_from(at.as_nanos()).unwrap_or(u64::MAX)),
            inode: inode(metadata),
        }
    }

    /// Whether a file that looked like this can look like `now` by having been appended to.
    pub fn can_become(&self, now: &Look) -> bool {
        self == now || (self.inode == now.inode && self.bytes < now.bytes)
    }
}

#[cfg(unix)]
fn inode(metadata: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(metadata)
}

#[cfg(not(unix))]
fn inode(_metadata: &Metadata) -> u64 {
    0
}

/// The segment files of a folder and how they look. A folder that is not there is an empty one.
pub fn look_at(folder: &Path) -> io::Result<BTreeMap<String, Look>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(BTreeMap::new()),
        entries => entries?,
    };
    let mut looks = BTreeMap::new();
    for entry in entries {
        let entry = entry?;
        let Ok(file) = entry.file_name().into_string() else {
            continue;
        };
        if !file.ends_with(".seg") || !entry.file_type()?.is_file() {
            continue;
        }
        match entry.metadata() {
            Ok(metadata) => drop(looks.insert(file, Look::of(&metadata))),
            // Deleted between listing and looking.
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(looks)
}

/// What the index keeps of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenFile {
    /// How it looked when it was read.
    pub look: Look,
    /// Where the scan stopped; absent where nothing in it counts.
    cursor: Option<Cursor>,
}

impl SeenFile {
    /// A file that looked like this, with the cursor of the segment in it where that counts in full.
    pub fn new(look: Look, segment: &Segment) -> SeenFile {
        let cursor = segment.counts().then(|| segment.cursor.clone());
        SeenFile { look, cursor }
    }

    /// What a reader of news needs to know of it; None where nothing in it counts.
    pub fn seen(self) -> Option<Seen> {
        let cursor = self.cursor?;
        let standing = Standing {
            standing: SegmentStanding::Counts,
            replaced: 0,
        };
        Some(Seen { cursor, standing })
    }
}

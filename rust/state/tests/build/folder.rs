//! Folders of segments for tests.

use std::fs;
use std::path::Path;

use baton_state::proto::segment::v1::SegmentStanding;
use baton_state::segment::folder::{Folder, read_folder};
use tempfile::TempDir;

use super::{Segment, segment};

/// A folder of these files, without their ".seg".
pub fn folder(files: &[(&str, &Segment)]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, segment) in files {
        write(dir.path(), name, segment);
    }
    dir
}

/// Writes one of them.
pub fn write(dir: &Path, name: &str, segment: &Segment) {
    fs::write(dir.join(format!("{name}.seg")), &segment.bytes).unwrap();
}

/// All that is read of it.
pub fn read(dir: &TempDir) -> Folder {
    read_folder(dir.path()).unwrap()
}

/// Standing and replaced length of every file.
pub fn standings(folder: &Folder) -> Vec<(SegmentStanding, u64)> {
    let standings = folder.segments.iter().map(|segment| segment.standing);
    standings
        .map(|standing| (standing.standing, standing.replaced))
        .collect()
}

/// Payloads of the records that count, in their order.
pub fn payloads(folder: &Folder) -> Vec<String> {
    folder
        .records()
        .map(|record| String::from_utf8_lossy(record.payload).into_owned())
        .collect()
}

/// A segment with the records a, b and c.
pub fn abc(id: u8, writer: u8) -> Segment {
    segment(id, writer)
        .record(16, b"a")
        .record(17, b"b")
        .record(18, b"c")
}

//! The files of a folder of segments. The edge: segments are read from disk here and nowhere else.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::path::Path;

use super::Id;
use super::frame::{MAGIC, MAX_SIZE};
use super::header::Header;
use super::scan::{Cursor, scan};
use super::scanned::{Seen, Segment, scan_segment};

/// Bytes of a file that are read, from its start on (SEG-038).
pub const MAX_READ: u64 = 64 << 20;
/// Bytes that hold the header of every segment that was not compacted.
const HEAD_SIZE: u64 = 4096;

/// Names of the segment files.
pub fn list(dir: &Path) -> io::Result<BTreeSet<String>> {
    let entries = match fs::read_dir(dir) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(BTreeSet::new()),
        entries => entries?,
    };
    let mut files = BTreeSet::new();
    for entry in entries {
        let entry = entry?;
        if let Ok(file) = entry.file_name().into_string()
            && file.ends_with(".seg")
            && entry.file_type()?.is_file()
        {
            files.insert(file);
        }
    }
    Ok(files)
}

/// Reads and scans a whole file into a buffer. `Segment::take_data` gives it back.
pub fn read_whole(dir: &Path, file: &str, buffer: Vec<u8>) -> io::Result<Segment> {
    let source = File::open(dir.join(file))?;
    read_on(file, source, None, Cursor::default(), buffer)
}

/// Reads and scans what a cache has not seen of a file. None where the file is shorter than the cursor that the cache
/// holds on it.
pub fn read_unseen(
    dir: &Path,
    file: &str,
    seen: &BTreeMap<Id, Seen>,
) -> io::Result<Option<Segment>> {
    if seen.is_empty() {
        return read_whole(dir, file, Vec::new()).map(Some);
    }
    let mut source = File::open(dir.join(file))?;
    let header = read_header(&mut source)?;
    let known = header.as_ref().and_then(|header| seen.get(&header.segment));
    let from = known.map_or_else(Cursor::default, |seen| seen.cursor.clone());
    if source.metadata()?.len() < from.offset {
        return Ok(None);
    }
    source.seek(SeekFrom::Start(from.offset))?;
    read_on(file, source, header, from, Vec::new()).map(Some)
}

/// Reads and scans what came to a file behind the scan of `earlier`. None where the file is shorter than that.
pub fn read_behind(dir: &Path, earlier: &Segment) -> io::Result<Option<Segment>> {
    let mut source = File::open(dir.join(&earlier.file))?;
    let from = earlier.cursor.clone();
    if source.metadata()?.len() < from.offset {
        return Ok(None);
    }
    source.seek(SeekFrom::Start(from.offset))?;
    let header = earlier.header.clone();
    read_on(&earlier.file, source, header, from, Vec::new()).map(Some)
}

/// Reads and scans a file that stands at a cursor. The header is needed where the cursor stands behind it.
fn read_on(
    file: &str,
    mut source: File,
    header: Option<Header>,
    from: Cursor,
    mut data: Vec<u8>,
) -> io::Result<Segment> {
    data.clear();
    let bytes = read_data(&mut source, from.offset, &mut data)?;
    let mut segment = scan_segment(file, header, data, from);
    segment.stretch(bytes);
    Ok(segment)
}

/// The bytes of a file that a reader reads, and its size (SEG-038).
pub fn read_part(path: &Path) -> io::Result<(Vec<u8>, u64)> {
    let mut source = File::open(path)?;
    let mut data = Vec::new();
    (&mut source).take(MAX_READ).read_to_end(&mut data)?;
    let size = source.metadata()?.len().max(data.len() as u64);
    Ok((data, size))
}

/// Reads a file on from an offset that it stands at. Gives its size; of a foreign file no more than its first bytes are
/// read.
fn read_data(source: &mut File, offset: u64, data: &mut Vec<u8>) -> io::Result<u64> {
    let size = source.metadata()?.len();
    if offset == 0 {
        source.take(MAGIC.len() as u64).read_to_end(data)?;
        if !MAGIC.starts_with(data) {
            return Ok(size);
        }
    }
    let rest = MAX_READ.saturating_sub(offset + data.len() as u64);
    // In one piece: growing by doubling would take twice as much.
    let announced = size
        .saturating_sub(offset + data.len() as u64)
        .min(rest)
        .saturating_add(1);
    data.try_reserve_exact(usize::try_from(announced).unwrap_or(usize::MAX))?;
    source.take(rest).read_to_end(data)?;
    let read = offset + data.len() as u64;
    // A file that grows meanwhile is as long as what was read of it.
    Ok(if read < MAX_READ {
        read
    } else {
        size.max(read)
    })
}

/// A file that cannot be read.
pub fn unreadable(dir: &Path, file: &str) -> Segment {
    let mut segment = scan_segment(file, None, Vec::new(), Cursor::default());
    segment.findings.clear();
    segment.bytes = fs::symlink_metadata(dir.join(file)).map_or(0, |metadata| metadata.len());
    segment
}

/// The header at the start of a file, where it proves.
pub fn read_header(source: &mut File) -> io::Result<Option<Header>> {
    let mut head = Vec::new();
    for size in [HEAD_SIZE, (MAX_SIZE + 16) as u64] {
        source
            .take(size - head.len() as u64)
            .read_to_end(&mut head)?;
        let mut scan = scan(&head, Cursor::default());
        let _ = scan.next();
        if scan.header().is_some() {
            return Ok(scan.header().cloned());
        }
        if (head.len() as u64) < size {
            break;
        }
    }
    Ok(None)
}

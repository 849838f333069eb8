//! The stamp that a recorder starts from, so that a clock set back freezes nothing (SEG-046).

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use super::file::{MAX_READ, list, read_header};
use super::frame::{SEAL, SegmentCrc, parse_frame};
use super::header::{FORMAT_MAJOR, Header};
use super::scan::{Cursor, scan};
use super::seal::{SEAL_SIZE, parse_seal};
use crate::record::stamp::{DAY_MS, ms_of};
use crate::record::wire::{Value, fields_of};

/// Behind the last this many bytes of an open segment stands its last record, unless they are damaged.
const TAIL_BYTES: u64 = 64 << 10;

/// The highest stamp in a folder of segments, those left out that are over a day ahead of `now` (milliseconds since 1970);
/// 0 where there is none. Reads the seals of sealed segments and the tails of open ones. A file that cannot be read is left
/// out.
#[must_use]
pub fn highest_stamp(dir: &Path, now: i64) -> u64 {
    let latest = u64::try_from(now.saturating_add(DAY_MS)).unwrap_or(0);
    let files = list(dir).unwrap_or_default();
    let stamps = files.iter().filter_map(|file| {
        let file = File::open(dir.join(file)).ok()?;
        highest_of_file(file, latest).ok()?
    });
    stamps.max().unwrap_or(0)
}

fn highest_of_file(mut file: File, latest: u64) -> io::Result<Option<u64>> {
    let size = file.metadata()?.len();
    let header = read_header(&mut file)?.filter(|header| header.major == FORMAT_MAJOR);
    if let Some(header) = header {
        let start = size.saturating_sub(TAIL_BYTES);
        let tail = read_from(&mut file, start)?;
        let sealed = seal_of(&tail, size, &header);
        if let Some(stamp) = sealed.filter(|stamp| ms_of(*stamp) <= latest) {
            return Ok(Some(stamp));
        }
        if sealed.is_none() && start > 0 {
            let from = Cursor {
                offset: start,
                segment: header.segment,
                writer: header.writer,
                first_seq: header.first_seq,
                is_clean: false,
                ..Cursor::default()
            };
            if let Some(stamp) = highest_of_scan(&tail, from, latest) {
                return Ok(Some(stamp));
            }
        }
    }
    let whole = read_from(&mut file, 0)?;
    Ok(highest_of_scan(&whole, Cursor::default(), latest))
}

fn read_from(file: &mut File, start: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(start))?;
    file.take(MAX_READ).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// `max_stamp` of the seal that the last bytes of a file are, where it proves as one of this segment and stands where it
/// says.
fn seal_of(tail: &[u8], size: u64, header: &Header) -> Option<u64> {
    let last = tail.len().checked_sub(SEAL_SIZE)?;
    let frame = parse_frame(tail.get(last..)?)?;
    if frame.length != SEAL_SIZE || frame.frame.ty != SEAL {
        return None;
    }
    let frame = frame.prove(SegmentCrc::new(&header.segment))?;
    let seal = parse_seal(frame.payload)?;
    (seal.bytes == Some(size - SEAL_SIZE as u64)).then_some(seal.max_stamp())
}

fn highest_of_scan(bytes: &[u8], from: Cursor, latest: u64) -> Option<u64> {
    let findings = scan(bytes, from);
    let stamps = findings.filter_map(|finding| stamp_of(finding.record?.payload));
    stamps.filter(|stamp| ms_of(*stamp) <= latest).max()
}

/// The stamp of an encoded record: its field 1.
pub(super) fn stamp_of(payload: &[u8]) -> Option<u64> {
    let mut fields = fields_of(payload).map_while(Result::ok);
    fields.find_map(|field| match (field.number, field.value) {
        (1, Value::I64(stamp)) => Some(stamp),
        _ => None,
    })
}

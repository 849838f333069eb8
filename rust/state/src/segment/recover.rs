//! What still proves of a damaged segment, as a new one: SEG-060 to SEG-063. No I/O.

use super::Id;
use super::copy::Copy;
pub use super::copy::{Target, Written};
use super::frame::{MAGIC, MAX_SEQ, UnverifiedFrame, parse_frame};
use super::header::{FORMAT_MAJOR, Header, prove_header};
use super::hex;
use super::scan::{Cursor, Finding, scan};
use super::scanned::oversized;
use super::seal::parse_seal;
use crate::r#gen::tables::{ERROR_SEGMENT_FOREIGN, ERROR_SEGMENT_LOST, ERROR_SEGMENT_NEWER};
use crate::proto::segment::v1::{self, FindingType, RecoverReport, RecoveredStart, Replaced};
use crate::record::error::BatonError;
use crate::record::kind::kind_numbered;

/// Bytes behind the magic frame in which a changed bit is looked for.
const MENDED_SIZE: usize = 4096;

/// A new segment, and what it is made of.
#[derive(Debug, Clone, PartialEq)]
pub struct Recovered {
    /// The segment.
    pub written: Written,
    /// What was kept and lost.
    pub report: RecoverReport,
}

/// Copies what proves of a damaged file of `bytes` bytes, of which `data` are the first 64 MiB (SEG-038); `named` is the id
/// that its name gives. Refuses with SEGMENT_NEWER a
/// format that this program cannot read, with SEGMENT_FOREIGN what is no segment, and with SEGMENT_LOST a segment of which
/// nothing proves.
pub fn recover(
    mut data: Vec<u8>,
    bytes: u64,
    named: Option<Id>,
    target: &Target,
) -> Result<Recovered, BatonError> {
    let is_foreign = !MAGIC.starts_with(data.get(..MAGIC.len()).unwrap_or(&data));
    let (start, header) = match mend(&mut data) {
        Some((_, header)) if header.major != FORMAT_MAJOR => {
            return Err(BatonError::new(&ERROR_SEGMENT_NEWER));
        }
        Some((start, header)) => (start, Some(header)),
        None => (RecoveredStart::Named, None),
    };
    let from = match (&header, named) {
        (Some(_), _) => Cursor::default(),
        (None, Some(id)) => behind_lost_header(id),
        (None, None) if is_foreign => return Err(BatonError::new(&ERROR_SEGMENT_FOREIGN)),
        (None, None) => return Err(BatonError::new(&ERROR_SEGMENT_LOST)),
    };
    let (segment, writer) = match &header {
        Some(header) => (header.segment, header.writer),
        None => (from.segment, from.writer),
    };
    let findings: Vec<_> = scan(&data, from).collect();
    let replaced = match &header {
        Some(_) => sound_bytes(&findings, data.len()),
        None => bytes,
    };
    let new = header_of(target, segment, header.as_ref(), replaced);
    let mut recovery = Recovery {
        data: &data,
        copy: Copy::new(&target.id, &new, writer),
        first_seq: None,
        last_seq: 0,
        report: RecoverReport::default(),
    };
    for finding in &findings {
        recovery.take(finding);
    }
    if let Some(finding) = oversized(bytes) {
        recovery.lose(finding.length());
        recovery.report.findings.push(finding);
    }
    if header.is_none() && recovery.copy.records == 0 {
        let table = if is_foreign {
            &ERROR_SEGMENT_FOREIGN
        } else {
            &ERROR_SEGMENT_LOST
        };
        return Err(BatonError::new(table));
    }
    let first_seq = header.map(|header| header.first_seq);
    Ok(recovery.finish(start, segment, target.id, first_seq))
}

/// Puts the magic frame in its place, and changes one bit of the header if it proves then (SEG-060).
fn mend(data: &mut [u8]) -> Option<(RecoveredStart, Header)> {
    let prove = |data: &[u8]| prove_header(&parse_frame(data.get(MAGIC.len()..)?)?);
    if let Some(header) = prove(data) {
        let is_whole = data.starts_with(&MAGIC);
        put_magic(data);
        let start = if is_whole {
            RecoveredStart::Proven
        } else {
            RecoveredStart::Mended
        };
        return Some((start, header));
    }
    for at in MAGIC.len()..data.len().min(MAGIC.len() + MENDED_SIZE) {
        for bit in 0..8 {
            flip(data, at, bit);
            if let Some(header) = prove(data) {
                put_magic(data);
                return Some((RecoveredStart::Mended, header));
            }
            flip(data, at, bit);
        }
    }
    None
}

fn put_magic(data: &mut [u8]) {
    if let Some(magic) = data.first_chunk_mut() {
        *magic = MAGIC;
    }
}

fn flip(data: &mut [u8], at: usize, bit: u8) {
    if let Some(byte) = data.get_mut(at) {
        *byte ^= 1 << bit;
    }
}

/// Where the scan of a segment starts whose header is lost: its id stands for its writer.
fn behind_lost_header(id: Id) -> Cursor {
    Cursor {
        segment: id,
        writer: id,
        first_seq: 1,
        frames: 2,
        is_clean: false,
        is_whole: false,
        ..Cursor::default()
    }
}

/// The header of the new segment (SEG-062).
fn header_of(target: &Target, segment: Id, damaged: Option<&Header>, bytes: u64) -> v1::Header {
    let known = damaged.map(|header| header.message.clone());
    let known = known.unwrap_or_default();
    v1::Header {
        replaces: vec![Replaced {
            segment_id: Some(segment.to_vec()),
            bytes: Some(bytes),
        }],
        schema_fingerprint: known.schema_fingerprint,
        key_id: known.key_id,
        ..target.header()
    }
}

/// Bytes before the first range that does not prove: behind it, a copy of the file may hold more.
fn sound_bytes(findings: &[Finding<'_>], bytes: usize) -> u64 {
    let bad = findings.iter().find(|finding| {
        matches!(
            finding.ty,
            FindingType::CorruptRange | FindingType::OpenTail
        )
    });
    bad.map_or(bytes as u64, |finding| finding.offset)
}

/// The new segment as it grows (SEG-061).
struct Recovery<'a> {
    data: &'a [u8],
    copy: Copy,
    /// Sequence numbers of the damaged file: of the first record that is kept, and the last one that it knows of.
    first_seq: Option<u64>,
    last_seq: u64,
    report: RecoverReport,
}

impl<'a> Recovery<'a> {
    fn take(&mut self, finding: &Finding<'_>) {
        let frame = self.frame_at(finding);
        match (finding.ty, frame) {
            (FindingType::Record, Some(frame)) => return self.keep_record(&frame),
            (FindingType::SkippedFrame, Some(frame)) => self.copy.keep_skipped(&frame),
            (FindingType::Seal | FindingType::SealMismatch, Some(frame)) => {
                if let Some(seal) = parse_seal(frame.frame.payload) {
                    let last_seq = seal.last_seq().min(MAX_SEQ);
                    self.last_seq = self.last_seq.max(last_seq);
                    self.copy.keep_stamp(seal.max_stamp());
                }
            }
            (FindingType::CorruptRange, _) => self.lose(finding.length),
            (FindingType::OpenTail, _) => {
                let tail = self.data.iter().skip(finding.offset as usize);
                if tail.clone().any(|byte| *byte != 0) {
                    self.lose(finding.length);
                }
            }
            _ => {}
        }
        self.report.findings.push(finding.message());
    }

    fn keep_record(&mut self, unverified: &UnverifiedFrame<'a>) {
        if !self.copy.keep_record(unverified) {
            return self.lose(unverified.length as u64);
        }
        let frame = unverified.frame;
        self.first_seq.get_or_insert(frame.seq);
        self.last_seq = self.last_seq.max(frame.seq);
        let is_newer = kind_numbered(frame.kind).is_none();
        *self.report.newer_than_me.get_or_insert(0) += u64::from(is_newer);
    }

    fn lose(&mut self, bytes: u64) {
        *self.report.lost_bytes.get_or_insert(0) += bytes;
    }

    fn frame_at(&self, finding: &Finding<'_>) -> Option<UnverifiedFrame<'a>> {
        parse_frame(self.data.get(usize::try_from(finding.offset).ok()?..)?)
    }

    fn finish(
        self,
        start: RecoveredStart,
        segment: Id,
        recovered: Id,
        first_seq: Option<u64>,
    ) -> Recovered {
        let first_seq = first_seq.or(self.first_seq).unwrap_or(1);
        let known = (self.last_seq + 1).saturating_sub(first_seq);
        let records = self.copy.records;
        Recovered {
            report: RecoverReport {
                start: Some(start.into()),
                segment: Some(hex(&segment)),
                recovered: Some(hex(&recovered)),
                records: Some(records),
                newer_than_me: Some(self.report.newer_than_me()),
                skipped_frames: Some(self.copy.skipped),
                lost_records: Some(known.saturating_sub(records)),
                lost_bytes: Some(self.report.lost_bytes()),
                findings: self.report.findings,
            },
            written: self.copy.finish(),
        }
    }
}

//! Builds segments for tests, sound ones and others.
#![allow(dead_code)]

pub mod folder;

use baton_state::proto::segment::v1::{self, FindingType, Seal};
use baton_state::segment::Id;
use baton_state::segment::frame::{self, Frame, Origin, SegmentCrc, push_frame};
use baton_state::segment::header::opening;
use baton_state::segment::scan::{Cursor, Finding, scan};
use baton_state::segment::seal::push_seal;

/// A segment under construction.
#[derive(Clone, Debug)]
pub struct Segment {
    pub bytes: Vec<u8>,
    pub id: Id,
    pub first_seq: u64,
    pub seq: u64,
    pub frames: u32,
}

pub fn header(id: u8, writer: u8) -> v1::Header {
    v1::Header {
        format_major: Some(1),
        format_minor: Some(0),
        segment_id: Some(vec![id; 16]),
        writer_id: Some(vec![writer; 16]),
        created_at: Some(1_700_000_000_000),
        first_seq: Some(1),
        writer_name: Some("test".to_owned()),
        ..Default::default()
    }
}

/// A segment of this id and writer without records.
pub fn segment(id: u8, writer: u8) -> Segment {
    with_header(&header(id, writer))
}

/// A compacted segment that replaces these.
pub fn compacted(id: u8, writer: u8, replaces: &[(u8, u64)]) -> Segment {
    let replaces = replaces.iter().map(|(id, bytes)| v1::Replaced {
        segment_id: Some(vec![*id; 16]),
        bytes: Some(*bytes),
    });
    with_header(&v1::Header {
        replaces: replaces.collect(),
        ..header(id, writer)
    })
}

pub fn with_header(header: &v1::Header) -> Segment {
    let id: Id = header.segment_id.clone().unwrap().try_into().unwrap();
    Segment {
        bytes: opening(&id, header),
        id,
        first_seq: header.first_seq.unwrap(),
        seq: header.first_seq.unwrap() - 1,
        frames: 2,
    }
}

impl Segment {
    fn push(&mut self, ty: u32, kind: u32, seq: u64, origin: Option<Origin>, payload: &[u8]) {
        let crc = SegmentCrc::new(&self.id);
        let frame = Frame {
            ty,
            kind,
            seq,
            origin,
            payload,
        };
        push_frame(&mut self.bytes, crc, &frame);
        self.frames += 1;
    }

    pub fn record(mut self, kind: u32, payload: &[u8]) -> Self {
        self.seq += 1;
        self.push(frame::RECORD, kind, self.seq, None, payload);
        self
    }

    pub fn copy(mut self, writer: u8, seq: u64, kind: u32, payload: &[u8]) -> Self {
        self.seq += 1;
        let origin = Some(Origin {
            writer: [writer; 16],
            seq,
        });
        self.push(frame::RECORD, kind, self.seq, origin, payload);
        self
    }

    pub fn frame(mut self, ty: u32, payload: &[u8]) -> Self {
        self.push(ty, 0, 0, None, payload);
        self
    }

    pub fn raw(mut self, bytes: &[u8]) -> Self {
        self.bytes.extend_from_slice(bytes);
        self
    }

    pub fn seal(self) -> Self {
        self.seal_with(|_| {})
    }

    pub fn seal_with(mut self, change: impl Fn(&mut Seal)) -> Self {
        let mut seal = Seal {
            frames: Some(self.frames),
            first_seq: Some(self.first_seq),
            last_seq: Some(self.seq),
            bytes: Some(self.bytes.len() as u64),
            crc: Some(crc32fast::hash(&self.bytes)),
            max_stamp: Some(0),
        };
        change(&mut seal);
        push_seal(&mut self.bytes, SegmentCrc::new(&self.id), &seal);
        self.frames += 1;
        self
    }

    pub fn len(&self) -> u64 {
        self.bytes.len() as u64
    }
}

/// A segment with three records, the offsets of its frames, and its end.
pub fn three_records() -> (Vec<u8>, Vec<usize>) {
    let mut at = vec![10];
    let mut segment = segment(7, 9);
    for payload in [&b"first"[..], &[0_u8; 200], b"third and last"] {
        at.push(segment.bytes.len());
        segment = segment.record(16, payload);
    }
    at.push(segment.bytes.len());
    (segment.bytes, at)
}

/// All findings of one scan from the start.
pub fn findings(bytes: &[u8]) -> Vec<Finding<'_>> {
    scan(bytes, Cursor::default()).collect()
}

/// Types, offsets and lengths alone.
pub fn shape(bytes: &[u8]) -> Vec<(FindingType, u64, u64)> {
    findings(bytes)
        .iter()
        .map(|finding| (finding.ty, finding.offset, finding.length))
        .collect()
}

/// Types alone.
pub fn types(bytes: &[u8]) -> Vec<FindingType> {
    findings(bytes).iter().map(|finding| finding.ty).collect()
}

/// Sequence numbers of the records.
pub fn seqs(bytes: &[u8]) -> Vec<u64> {
    findings(bytes)
        .iter()
        .filter_map(|finding| Some(finding.record?.seq))
        .collect()
}

/// The findings cover every byte behind the header once.
pub fn assert_covered(bytes: &[u8]) {
    let found = shape(bytes);
    let mut at = found.first().map_or(bytes.len() as u64, |first| first.1);
    for (_, offset, length) in found {
        assert_eq!(offset, at);
        at += length;
    }
    assert_eq!(at, bytes.len() as u64);
}

//! Answers `write`.

use std::error::Error;

use baton_state::proto::conformance::v1::{Response, Write};
use baton_state::proto::segment::v1::Seal;
use baton_state::proto::state::v1::Record;
use baton_state::segment::Id;
use baton_state::segment::frame::{
    Frame, HEADER, MAGIC, Origin, RECORD, SEAL, SegmentCrc, push_frame,
};
use prost::Message;

/// The segment of a header and its records.
pub fn answer(question: &Write) -> Result<Response, Box<dyn Error>> {
    let header = question.header.as_ref().ok_or("write without a header")?;
    let segment = SegmentCrc::new(&id(header.segment_id())?);
    let first_seq = header.first_seq();
    let mut out = MAGIC.to_vec();
    push_frame(&mut out, segment, &plain(HEADER, &header.encode_to_vec()));
    let mut max_stamp = 0;
    for (record, seq) in question.records.iter().zip(first_seq..) {
        let origin = match &record.origin {
            Some(origin) => Some(Origin {
                writer: id(origin.writer())?,
                seq: origin.seq(),
            }),
            None => None,
        };
        let frame = Frame {
            ty: RECORD,
            kind: record.kind(),
            seq,
            origin,
            payload: record.payload(),
        };
        push_frame(&mut out, segment, &frame);
        max_stamp = max_stamp.max(Record::decode(record.payload())?.stamp());
    }
    if question.seal() {
        let records = question.records.len();
        let seal = Seal {
            frames: Some(u32::try_from(records + 2)?),
            first_seq: Some(first_seq),
            last_seq: Some(first_seq + records as u64 - 1),
            bytes: Some(out.len() as u64),
            crc: Some(crc32fast::hash(&out)),
            max_stamp: Some(max_stamp),
        };
        push_frame(&mut out, segment, &plain(SEAL, &seal.encode_to_vec()));
    }
    Ok(Response {
        data: Some(out),
        ..Response::default()
    })
}

fn plain(ty: u32, payload: &[u8]) -> Frame<'_> {
    Frame {
        ty,
        kind: 0,
        seq: 0,
        origin: None,
        payload,
    }
}

fn id(bytes: &[u8]) -> Result<Id, Box<dyn Error>> {
    Ok(bytes.try_into()?)
}

//! Answers `write`.

use std::error::Error;

use baton_state::proto::conformance::v1::{Response, Write};
use baton_state::proto::segment::v1::Seal;
use baton_state::proto::state::v1::Record;
use baton_state::segment::Id;
use baton_state::segment::frame::{Frame, Origin, RECORD, SegmentCrc, push_frame};
use baton_state::segment::header::opening;
use baton_state::segment::seal::push_seal;
use prost::Message;

/// The segment of a header and its records.
pub fn answer(question: &Write) -> Result<Response, Box<dyn Error>> {
    let header = question.header.as_ref().ok_or("write without a header")?;
    let segment_id = id(header.segment_id())?;
    let segment = SegmentCrc::new(&segment_id);
    let first_seq = header.first_seq();
    let mut out = opening(&segment_id, header);
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
        push_seal(&mut out, segment, &seal);
    }
    Ok(Response {
        data: Some(out),
        ..Response::default()
    })
}

fn id(bytes: &[u8]) -> Result<Id, Box<dyn Error>> {
    Ok(bytes.try_into()?)
}

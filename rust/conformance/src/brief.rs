//! Answers `brief`.

use std::error::Error;

use baton_state::brief::brief_of;
use baton_state::proto::conformance::v1::{MakeBrief, Response};
use baton_state::proto::state::v1::Health;
use baton_state::record::wire::fields_of;
use baton_state::segment::folder::PlacedRecord;
use prost::Message;

use crate::state::folded;

/// Text of the brief, and the folded state that it was made from.
pub fn answer(question: &MakeBrief) -> Result<Response, Box<dyn Error>> {
    let payloads: Vec<_> = question
        .records
        .iter()
        .map(Message::encode_to_vec)
        .collect();
    let segment = [0; 16];
    let records = payloads.iter().zip(1..).map(|(payload, seq)| PlacedRecord {
        segment: &segment,
        offset: seq,
        length: payload.len() as u64,
        writer: [0; 16],
        seq,
        kind: kind_of(payload),
        payload,
    });
    let retention = question
        .config
        .as_ref()
        .map_or(&[][..], |config| &config.retention);
    let folded = folded(records, question.now(), retention);
    let git = question.git.as_ref();
    let brief = brief_of(
        &folded.state(),
        git,
        question.workspace(),
        question.reason(),
    );
    Ok(Response {
        text: brief.text,
        status_json: Some(folded.status_json(Health::default())?),
        ..Response::default()
    })
}

/// The member of the oneof that a record holds; 0 where it holds none.
fn kind_of(payload: &[u8]) -> u32 {
    let numbers = fields_of(payload).filter_map(|field| Some(field.ok()?.number));
    numbers.filter(|number| *number >= 16).last().unwrap_or(0)
}

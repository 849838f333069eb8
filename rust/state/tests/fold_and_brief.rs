//! The shared cases of fold and brief: conformance/cases/{fold,brief}.

use std::error::Error;
use std::fs;
use std::path::Path;

use baton_state::brief::brief_of;
use baton_state::fold::state::state_of;
use baton_state::fold::status::status_of;
use baton_state::fold::usage_window::{count_usage, create_usage_window, usage_of};
use baton_state::fold::{create_fold, fold_record};
use baton_state::proto::conformance::v1::{CaseFile, MakeBrief, request::Question};
use baton_state::proto::state::v1::Health;
use baton_state::segment::folder::PlacedRecord;
use prost::Message;
use prost_reflect::{DescriptorPool, DynamicMessage};

type Outcome<T> = Result<T, Box<dyn Error>>;

const SCHEMA: &[u8] = include_bytes!("../src/gen/schema.binpb");

fn cases_in(folder: &str) -> Outcome<CaseFile> {
    let pool = DescriptorPool::decode(SCHEMA)?;
    let descriptor = pool
        .get_message_by_name("baton.conformance.v1.CaseFile")
        .ok_or("CaseFile")?;
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../conformance/cases")
        .join(folder);
    let mut all = CaseFile::default();
    for entry in fs::read_dir(path)? {
        let text = fs::read_to_string(entry?.path())?;
        let mut json = serde_json::Deserializer::from_str(&text);
        let message = DynamicMessage::deserialize(descriptor.clone(), &mut json)?;
        all.cases.extend(message.transcode_to::<CaseFile>()?.cases);
    }
    Ok(all)
}

fn answer_brief(question: &MakeBrief) -> Outcome<(String, String)> {
    let payloads: Vec<(u32, Vec<u8>)> = question
        .records
        .iter()
        .map(|record| {
            let payload = record.encode_to_vec();
            let kind = kind_of(&payload);
            (kind, payload)
        })
        .collect();
    let segment = [0; 16];
    let mut fold = create_fold(question.now(), None);
    let mut window = create_usage_window(question.now());
    for (seq, (kind, payload)) in (1..).zip(&payloads) {
        let record = PlacedRecord {
            segment: &segment,
            offset: seq,
            length: payload.len() as u64,
            writer: [0; 16],
            seq,
            kind: *kind,
            payload,
        };
        fold_record(&mut fold, record);
        count_usage(&mut window, record);
    }
    let state = state_of(&fold, &[]);
    let brief = brief_of(
        &state,
        question.git.as_ref(),
        question.workspace(),
        question.reason(),
    );
    let status = status_of(&state, Health::default(), usage_of(&window));
    let descriptor = DescriptorPool::decode(SCHEMA)?
        .get_message_by_name("baton.state.v1.Status")
        .ok_or("Status")?;
    let status = DynamicMessage::decode(descriptor, status.as_slice())?;
    Ok((
        brief.text().to_owned(),
        serde_json_canonicalizer::to_string(&status)?,
    ))
}

/// The member of the oneof that a payload holds.
fn kind_of(payload: &[u8]) -> u32 {
    use baton_state::record::wire::fields_of;
    let numbers = fields_of(payload).filter_map(|field| field.ok().map(|field| field.number));
    numbers.filter(|number| *number >= 16).last().unwrap_or(0)
}

fn check(folder: &str) -> Outcome<usize> {
    let file = cases_in(folder)?;
    for case in &file.cases {
        let name = case.name();
        let Some(Question::Brief(question)) = case
            .request
            .as_ref()
            .and_then(|request| request.question.as_ref())
        else {
            continue;
        };
        let expected = case.expected.as_ref().ok_or(name.to_owned())?;
        let (text, status) = answer_brief(question)?;
        if let Some(expected) = &expected.text {
            assert_eq!(&text, expected, "{name}");
        }
        if let Some(expected) = &expected.status_json {
            assert_eq!(&status, expected, "{name}");
        }
    }
    Ok(file.cases.len())
}

#[test]
fn the_fold_gives_what_the_shared_cases_expect() -> Outcome<()> {
    assert!(check("fold")? >= 15);
    Ok(())
}

#[test]
fn the_brief_reads_as_the_shared_cases_expect() -> Outcome<()> {
    assert!(check("brief")? >= 30);
    Ok(())
}

//! Answers `guard`.

use std::error::Error;

use baton_state::guard::{Known, KnownFacts, encode_verdict, judge_by, policy_of};
use baton_state::proto::conformance::v1::{Guard, Own, Response};
use baton_state::proto::guard::v1::Verdict;
use baton_state::proto::policy::v1;
use baton_state::record::schema::{IdentShape, TextClass, TextPolicy};
use prost::Message;

/// The verdict on a text.
pub fn answer(question: &Guard) -> Result<Response, Box<dyn Error>> {
    let policy = question.policy.as_ref().ok_or("guard without a policy")?;
    let plain = policy_of(class_of(policy.class()).ok_or("guard without a text class")?);
    let hex_lengths: Vec<usize> = policy.hex_length.iter().map(|n| *n as usize).collect();
    let values: Vec<&str> = policy.value.iter().map(String::as_str).collect();
    let policy = TextPolicy {
        max_bytes: policy.max_bytes.map_or(plain.max_bytes, |n| n as usize),
        shape: shape_of(policy.shape()),
        hex_lengths: &hex_lengths,
        values: &values,
        ..plain
    };
    let own = question.own.as_ref().and_then(known_of);
    let judgement = judge_by(&policy, question.text(), own.as_ref());
    let bytes = encode_verdict(&judgement, None);
    let verdict = Verdict::decode(bytes.as_slice())?;
    if verdict.encode_to_vec() != bytes {
        return Err("the verdict is not canonical".into());
    }
    Ok(Response {
        verdict: Some(verdict),
        output: judgement.output,
        ..Response::default()
    })
}

fn known_of(own: &Own) -> Option<Known> {
    let list = |text: &Option<String>| text.iter().cloned().collect();
    let secret = own.secret.iter().cloned();
    Known::compile(KnownFacts {
        variables: secret
            .map(|value| ("SERVICE_SECRET".to_owned(), value))
            .collect(),
        values: Vec::new(),
        homes: list(&own.home),
        users: list(&own.user),
        hosts: list(&own.host),
    })
}

fn class_of(class: v1::TextClass) -> Option<TextClass> {
    Some(match class {
        v1::TextClass::Unspecified => return None,
        v1::TextClass::Enum => TextClass::Enum,
        v1::TextClass::Ident => TextClass::Ident,
        v1::TextClass::Digest => TextClass::Digest,
        v1::TextClass::RepoPath => TextClass::RepoPath,
        v1::TextClass::Ref => TextClass::Ref,
        v1::TextClass::Url => TextClass::Url,
        v1::TextClass::Command => TextClass::Command,
        v1::TextClass::Note => TextClass::Note,
        v1::TextClass::Opaque => TextClass::Opaque,
    })
}

fn shape_of(shape: v1::IdentShape) -> IdentShape {
    match shape {
        v1::IdentShape::Unspecified => IdentShape::Any,
        v1::IdentShape::Name => IdentShape::Name,
        v1::IdentShape::Alias => IdentShape::Alias,
        v1::IdentShape::Workspace => IdentShape::Workspace,
        v1::IdentShape::Host => IdentShape::Host,
        v1::IdentShape::Model => IdentShape::Model,
        v1::IdentShape::Time => IdentShape::Time,
    }
}

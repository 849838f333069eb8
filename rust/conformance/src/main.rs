//! Conformance runner of the Rust side: reads varint-length-delimited Requests on stdin and answers each with one
//! length-delimited Response on stdout. It calls the library as it is; `conformance/runner.ts` does the same.

mod brief;
mod encode;
mod guard;
mod read;
mod scan;
mod shape;
mod state;
mod workspace;
mod write;

use std::error::Error;
use std::io::{self, Read, Write};

use baton_state::proto::conformance::v1::{Request, Response, request::Question};
use prost::Message;

/// What the driver takes for "cannot answer this yet"; no case expects it.
const UNANSWERED: &str = "UNANSWERED";

fn main() -> Result<(), Box<dyn Error>> {
    let mut input = Vec::new();
    io::stdin().read_to_end(&mut input)?;
    let mut rest = input.as_slice();
    let mut output = Vec::new();
    while !rest.is_empty() {
        let request = Request::decode_length_delimited(&mut rest)?;
        answer(request)?.encode_length_delimited(&mut output)?;
    }
    io::stdout().write_all(&output)?;
    Ok(())
}

/// Answers one question.
fn answer(request: Request) -> Result<Response, Box<dyn Error>> {
    match request.question {
        Some(Question::Scan(question)) => Ok(scan::answer(&question)),
        Some(Question::Read(question)) => read::answer(&question),
        Some(Question::Write(question)) => write::answer(&question),
        Some(Question::Guard(question)) => guard::answer(&question),
        Some(Question::Encode(question)) => encode::answer(&question),
        Some(Question::Brief(question)) => brief::answer(&question),
        Some(Question::Shape(question)) => Ok(shape::answer(&question)),
        Some(Question::NameWorkspace(question)) => Ok(workspace::answer(&question)),
        None => Ok(Response {
            error: Some(UNANSWERED.to_owned()),
            ..Response::default()
        }),
    }
}

//! Conformance runner of the Rust side: reads varint-length-delimited Requests on stdin and answers each, as it comes,
//! with one length-delimited Response on stdout. It calls the library as it is; `conformance/runner.ts` does the same.

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
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};

use baton_state::proto::conformance::v1::{Request, Response, request::Question};
use prost::Message;

/// What the driver takes for "cannot answer this yet"; no case expects it.
const UNANSWERED: &str = "UNANSWERED";

fn main() -> Result<(), Box<dyn Error>> {
    let mut input = BufReader::new(io::stdin().lock());
    let mut output = BufWriter::new(io::stdout().lock());
    let mut message = Vec::new();
    while !input.fill_buf()?.is_empty() {
        let size = read_size(&mut input)?;
        message.clear();
        if (&mut input).take(size).read_to_end(&mut message)? as u64 != size {
            return Err("the stream ends inside a message".into());
        }
        let response = answer(Request::decode(message.as_slice())?)?;
        output.write_all(&response.encode_length_delimited_to_vec())?;
        if input.buffer().is_empty() {
            output.flush()?;
        }
    }
    Ok(())
}

/// The size in front of a message.
fn read_size(input: &mut impl Read) -> io::Result<u64> {
    let (mut size, mut shift, mut byte) = (0, 0, [0x80]);
    while byte[0] >= 0x80 && shift < u64::BITS {
        input.read_exact(&mut byte)?;
        size |= u64::from(byte[0] & 0x7f) << shift;
        shift += 7;
    }
    Ok(size)
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

//! Answers `encode`.

use std::error::Error;

use baton_state::guard::record::guard_record;
use baton_state::proto::conformance::v1::{Encode, Response};

/// The record as it would be stored, or the code of the error that refuses it.
pub fn answer(question: &Encode) -> Result<Response, Box<dyn Error>> {
    let record = question.record.as_ref().ok_or("encode without a record")?;
    Ok(match guard_record(record) {
        Ok(guarded) => Response {
            data: Some(guarded.payload().to_vec()),
            ..Response::default()
        },
        Err(error) => Response {
            error: Some(error.code().to_owned()),
            ..Response::default()
        },
    })
}

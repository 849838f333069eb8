//! Answers `shape`.

use baton_state::guard::shape_command;
use baton_state::proto::conformance::v1::{Response, Shape};

/// The safe shape of a command line.
pub fn answer(question: &Shape) -> Response {
    Response {
        text: Some(shape_command(&question.argv)),
        ..Response::default()
    }
}

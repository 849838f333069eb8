//! Answers `scan`.

use baton_state::proto::conformance::v1::{Response, Scan};
use baton_state::segment::scan::{Cursor, scan};

/// Findings of one file, records included.
pub fn answer(question: &Scan) -> Response {
    let findings = scan(question.data(), Cursor::default());
    Response {
        findings: findings.map(|finding| finding.message()).collect(),
        ..Response::default()
    }
}

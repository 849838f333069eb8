//! `verify`: every frame of every segment, proved.

use baton_state::json::json_of_bytes;
use baton_state::proto::segment::v1::{Finding, SegmentReport};
use baton_state::segment::verify::verify_folder;
use prost::Message;

use super::context::Context;
use super::lines::words;
use crate::outcome::Outcome;
use crate::table::Rows;
use baton_native::failure::Failure;

/// Prints a row per segment, or the VerifyReport with `--json`. Problems found make exit 1.
pub fn run(context: &mut Context) -> Result<Outcome, Failure> {
    let report = verify_folder(&context.home.segments())?;
    let out = &mut context.out;
    if out.json {
        out.data(json_of_bytes(
            "baton.segment.v1.VerifyReport",
            &report.encode_to_vec(),
        )?)?;
    } else {
        let mut rows = Rows::new(
            out,
            &[
                "file", "#bytes", "#records", "sealed", "standing", "findings",
            ],
        );
        for segment in &report.segments {
            rows.add(row(segment));
        }
        rows.print(out)?;
        out.line(format!(
            "{} records, {} problems",
            report.records(),
            report.problems()
        ))?;
    }
    Ok(if report.problems() > 0 {
        Outcome::Problems
    } else {
        Outcome::Done
    })
}

fn row(segment: &SegmentReport) -> [String; 6] {
    let findings: Vec<String> = segment.findings.iter().map(finding).collect();
    [
        segment.file().to_owned(),
        segment.bytes().to_string(),
        segment.records().to_string(),
        if segment.sealed() { "yes" } else { "no" }.to_owned(),
        words(segment.standing().as_str_name(), "SEGMENT_STANDING_"),
        findings.join(", "),
    ]
}

fn finding(finding: &Finding) -> String {
    let end = finding.offset().saturating_add(finding.length());
    format!(
        "{} {}..{end}",
        words(finding.r#type().as_str_name(), "FINDING_TYPE_"),
        finding.offset()
    )
}

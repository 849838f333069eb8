//! `recover`: what proves of one damaged segment, as a new file.

use std::path::Path;

use baton_native::failure::Failure;
use baton_native::output::Output;
use baton_state::r#gen::tables::ERROR_ARGUMENT;
use baton_state::json::json_of_bytes;
use baton_state::proto::segment::v1::{RecoverReport, RecoveredStart};
use baton_state::record::error::BatonError;
use baton_state::segment::recover::{Target, recover};
use baton_state::segment::writer::random_id;
use baton_state::segment::{Id, read_part};
use prost::Message;

use super::context::Context;
use crate::cli::RecoverArgs;
use crate::new_file;
use crate::outcome::Outcome;

/// Writes OUT and says what was kept and lost, as a RecoverReport with `--json`. A loss makes exit 3.
pub fn run(context: &mut Context, args: &RecoverArgs) -> Result<Outcome, Failure> {
    new_file::expect_absent(&args.output)?;
    let (data, bytes) = read_part(&args.file).map_err(|error| {
        BatonError::new(&ERROR_ARGUMENT).at(format!("FILE cannot be read, {}", error.kind()))
    })?;
    let target = Target {
        id: random_id()?,
        created_at: context.now,
        name: env!("CARGO_PKG_NAME").to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    let recovered = recover(data, bytes, id_in_name(&args.file), &target)?;
    new_file::write(
        &args.output,
        &[&recovered.written.body, &recovered.written.seal],
    )?;
    print(&mut context.out, &recovered.report)?;
    let report = &recovered.report;
    let is_whole = report.lost_records() == 0 && report.lost_bytes() == 0;
    Ok(if is_whole {
        Outcome::Done
    } else {
        Outcome::Loss
    })
}

/// The id that the name of a segment gives (SEG-060).
fn id_in_name(file: &Path) -> Option<Id> {
    let name = file.file_name()?.to_str()?;
    let digits = name.get(..32)?;
    let is_lower_hex = digits
        .bytes()
        .all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
    let id = u128::from_str_radix(digits, 16).ok()?;
    is_lower_hex.then(|| id.to_be_bytes())
}

fn print(out: &mut Output, report: &RecoverReport) -> Result<(), Failure> {
    if out.json {
        let bytes = report.encode_to_vec();
        return out.data(json_of_bytes("baton.segment.v1.RecoverReport", &bytes)?);
    }
    match report.start() {
        RecoveredStart::Mended => out.line("the start was damaged, and could be mended")?,
        RecoveredStart::Named => {
            out.line("the start is lost: the id is that of the name, the writer is unknown")?;
        }
        RecoveredStart::Proven | RecoveredStart::Unspecified => {}
    }
    out.line(format!(
        "{} records kept, {} lost, {} bytes that do not prove",
        report.records(),
        report.lost_records(),
        report.lost_bytes()
    ))?;
    out.note(
        "help: laid into segments/ under a name that ends in .seg, the new file stands for the damaged one, which may then be moved elsewhere",
    );
    Ok(())
}

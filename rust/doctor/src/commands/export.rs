//! `export --jsonl`: every record that counts, in its inspectable form.

use baton_state::segment::export::{export_line, in_export_order};
use baton_state::segment::folder::read_folder;

use super::context::Context;
use crate::outcome::Outcome;
use baton_native::failure::Failure;

/// Prints one line of JSON per record.
pub fn run(context: &mut Context) -> Result<Outcome, Failure> {
    let folder = read_folder(&context.home.segments())?;
    for record in in_export_order(&folder) {
        context.out.data(export_line(&record)?)?;
    }
    Ok(Outcome::Done)
}

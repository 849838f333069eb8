//! `export`: every record that counts, as lines of JSON, or as the tables of a SQLite file.

use baton_state::segment::export::{export_line, in_export_order};
use baton_state::segment::folder::read_folder;

use super::context::Context;
use crate::cli::ExportArgs;
use crate::outcome::Outcome;
use crate::sql::file;
use baton_native::failure::Failure;

/// Prints one line of JSON per record, or writes the file.
pub fn run(context: &mut Context, args: &ExportArgs) -> Result<Outcome, Failure> {
    if let Some(file) = &args.sqlite {
        let rows = file::write(&context.home, context.now, file)?;
        context.out.note(&format!("rows written: {rows}"));
        return Ok(Outcome::Done);
    }
    let folder = read_folder(&context.home.segments())?;
    for record in in_export_order(&folder) {
        context.out.data(export_line(&record)?)?;
    }
    Ok(Outcome::Done)
}

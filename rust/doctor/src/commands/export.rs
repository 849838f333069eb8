//! `export --jsonl`: every record that counts, in its inspectable form.

use baton_state::segment::folder::{Folder, PlacedRecord, read_folder};

use super::Context;
use super::lines::export_line;
use crate::error::{Failure, Outcome};

/// Prints one line of JSON per record.
pub fn run(context: &mut Context) -> Result<Outcome, Failure> {
    let folder = read_folder(&context.home.segments())?;
    for record in in_export_order(&folder) {
        context.out.data(export_line(&record)?)?;
    }
    Ok(Outcome::Done)
}

/// The records that count, in the order of origin writer and sequence number; ties by kind and payload.
pub fn in_export_order(folder: &Folder) -> Vec<PlacedRecord<'_>> {
    let mut records: Vec<_> = folder.records().collect();
    records.sort_by(|a, b| {
        (a.writer, a.seq, a.kind, a.payload).cmp(&(b.writer, b.seq, b.kind, b.payload))
    });
    records
}

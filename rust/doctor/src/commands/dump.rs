//! `dump`: records for people, of all segments or of single files, damaged ones too.

use baton_state::brief::time::instant;
use baton_state::r#gen::tables::ERROR_ARGUMENT;
use baton_state::record::error::BatonError;
use baton_state::record::kind::kind_numbered;
use baton_state::segment::export::{decoded, export_line, in_export_order, kind_name};
use baton_state::segment::folder::{PlacedRecord, read_folder};
use baton_state::segment::scan::{Cursor, scan};
use baton_state::segment::{Id, MAX_READ, hex, read_part};

use super::context::Context;
use super::lines::{fields_text, words};
use crate::cli::DumpArgs;
use crate::outcome::Outcome;
use baton_native::failure::Failure;
use baton_native::output::{Output, shown};

/// Prints a line per record, or per record one line of JSON with `--json`; of files also what else lies in them.
pub fn run(context: &mut Context, args: &DumpArgs) -> Result<Outcome, Failure> {
    if args.files.is_empty() {
        let folder = read_folder(&context.home.segments())?;
        for record in in_export_order(&folder) {
            print(&mut context.out, &record)?;
        }
        return Ok(Outcome::Done);
    }
    for (file, number) in args.files.iter().zip(1..) {
        let (bytes, size) = read_part(file).map_err(|error| {
            let place = format!("file {number} cannot be read, {}", error.kind());
            BatonError::new(&ERROR_ARGUMENT).at(place)
        })?;
        dump_file(&mut context.out, &bytes)?;
        if !context.out.json && size > MAX_READ {
            context.out.line(format!("{MAX_READ}..{size} oversized"))?;
        }
    }
    Ok(Outcome::Done)
}

fn dump_file(out: &mut Output, bytes: &[u8]) -> Result<(), Failure> {
    let mut scan = scan(bytes, Cursor::default());
    while let Some(finding) = scan.next() {
        match (finding.record, scan.header()) {
            (Some(record), Some(header)) => {
                let (writer, seq) = record.origin.map_or((header.writer, record.seq), |origin| {
                    (origin.writer, origin.seq)
                });
                let placed = PlacedRecord {
                    segment: &header.segment,
                    offset: finding.offset,
                    length: finding.length,
                    writer,
                    seq,
                    kind: record.kind,
                    payload: record.payload,
                };
                print(out, &placed)?;
            }
            _ if out.json => {}
            _ => {
                let end = finding.offset.saturating_add(finding.length);
                let name = words(finding.ty.as_str_name(), "FINDING_TYPE_");
                out.line(format!("{}..{end} {name}", finding.offset))?;
            }
        }
    }
    Ok(())
}

fn print(out: &mut Output, record: &PlacedRecord<'_>) -> Result<(), Failure> {
    if out.json {
        return out.data(export_line(record)?);
    }
    let place = format!("{}:{}", short(record.segment), record.offset);
    let name = format!("{}/{}", short(&record.writer), record.seq);
    let head = format!("{place} {name} {}", kind_name(record));
    let Some(decoded) = decoded(record.payload) else {
        return out.line(format!(
            "{head} {} bytes that are no record",
            record.payload.len()
        ));
    };
    let at = decoded.observed_at.map(instant).unwrap_or_default();
    let whose = decoded.workspace.as_deref().unwrap_or("-");
    let said = match kind_numbered(record.kind) {
        Some(kind) => fields_text(kind, record.payload),
        None => format!("{} bytes, newer than this program", record.payload.len()),
    };
    out.line(format!("{head} {at} {} {}", shown(whose), shown(&said)))
}

/// The first digits of an id; enough to tell it from others.
fn short(id: &Id) -> String {
    hex(id).chars().take(8).collect()
}

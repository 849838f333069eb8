//! Answers `read`.

use std::error::Error;
use std::fs;

use baton_state::proto::conformance::v1::{Read, Response};
use baton_state::record::error::BatonError;
use baton_state::segment::export::{export_line, in_export_order};
use baton_state::segment::folder::read_folder;
use baton_state::segment::verify::{health_of, verify_report};

use crate::state::folded;

/// Report of a folder, the state that it folds to, and its records as lines.
pub fn answer(question: &Read) -> Result<Response, Box<dyn Error>> {
    let dir = tempfile::tempdir()?;
    for file in &question.files {
        fs::write(dir.path().join(file.name()), file.data())?;
    }
    let folder = read_folder(dir.path())?;
    let mut unchanged = fs::read_dir(dir.path())?.count() == question.files.len();
    for file in &question.files {
        unchanged &= fs::read(dir.path().join(file.name()))? == file.data();
    }
    if !unchanged {
        return Err("reading changed the folder (SEG-027)".into());
    }
    let health = health_of(&folder, folder.records().count() as u64);
    let folded = folded(folder.records(), question.now(), &[]);
    let export_lines = in_export_order(&folder)
        .iter()
        .map(|record| Ok(export_line(record)?.trim_end().to_owned()))
        .collect::<Result<_, BatonError>>()?;
    Ok(Response {
        verify: Some(verify_report(&folder)),
        status_json: Some(folded.status_json(health)?),
        export_lines,
        ..Response::default()
    })
}

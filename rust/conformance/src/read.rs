//! Answers `read`.

use std::error::Error;
use std::fs;

use baton_state::proto::conformance::v1::{Read, Response};
use baton_state::segment::folder::read_folder;
use baton_state::segment::verify::verify_report;

/// Report of a folder.
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
    Ok(Response {
        verify: Some(verify_report(&folder)),
        ..Response::default()
    })
}

//! Answers `read`.

use std::error::Error;
use std::fs::{self, File};
use std::io::Read as _;

use baton_state::proto::conformance::v1::{Read, Response};
use baton_state::record::error::BatonError;
use baton_state::segment::export::{export_line, in_export_order};
use baton_state::segment::folder::read_folder;
use baton_state::segment::verify::{health_of, verify_folder};

use crate::state::folded;

/// Report of a folder, the state that it folds to, and its records as lines.
pub fn answer(question: &Read) -> Result<Response, Box<dyn Error>> {
    let dir = tempfile::tempdir()?;
    for file in &question.files {
        let path = dir.path().join(file.name());
        fs::write(&path, file.data())?;
        if let Some(bytes) = file.stretched {
            File::options().write(true).open(&path)?.set_len(bytes)?;
        }
    }
    let folder = read_folder(dir.path())?;
    let report = verify_folder(dir.path())?;
    let mut unchanged = fs::read_dir(dir.path())?.count() == question.files.len();
    for file in &question.files {
        let mut source = File::open(dir.path().join(file.name()))?;
        let mut start = vec![0; file.data().len()];
        source.read_exact(&mut start)?;
        let bytes = file.stretched.unwrap_or(start.len() as u64);
        unchanged &= start == file.data() && source.metadata()?.len() == bytes;
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
        verify: Some(report),
        status_json: Some(folded.status_json(health)?),
        export_lines,
        ..Response::default()
    })
}

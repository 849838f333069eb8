//! `report`: one page to look at instead of read.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use baton_state::r#gen::tables::ERROR_ARGUMENT;
use baton_state::record::error::BatonError;
use baton_state::segment::folder::read_folder;
use jiff::tz::TimeZone;
use tempfile::NamedTempFile;

use super::context::Context;
use crate::cli::ReportArgs;
use crate::outcome::Outcome;
use crate::report::{BEGINNING, Question, page};
use crate::view::View;
use baton_native::failure::Failure;
use baton_native::output::shown;

/// Writes the page to the file that is named, or to stdout. Refuses, before anything is read, `--json` and a file that is
/// no report, and what `View::read` and `read_folder` refuse.
pub fn run(context: &mut Context, args: &ReportArgs) -> Result<Outcome, Failure> {
    let refused = |place: &str| BatonError::new(&ERROR_ARGUMENT).at(place);
    if context.out.json {
        let place = "a report is a page; status --json and usage --json have its numbers";
        return Err(refused(place).into());
    }
    let file = match args.output.to_str() {
        Some("-") => None,
        _ => Some(target(&args.output)?),
    };
    if let Some(file) = &file
        && !may_be_written(file)?
    {
        return Err(refused("the file of --output is there and is no report; name another").into());
    }
    let retention = context.home.config()?.retention;
    let view = View::read(&context.home, context.now)?;
    let folder = read_folder(&context.home.segments())?;
    let page = page(Question {
        view: &view,
        folder: &folder,
        retention: &retention,
        days: args.days,
        zone: TimeZone::system(),
    })
    .map_err(|_| Failure::Output(ErrorKind::Other))?;
    match file {
        None => context.out.data(page)?,
        Some(file) => {
            write(&file, page.as_bytes())?;
            let name = args.output.to_string_lossy();
            context.out.note(&format!(
                "{}: {} KB",
                shown(&name),
                page.len().div_ceil(1000)
            ));
        }
    }
    Ok(Outcome::Done)
}

/// The file itself, where a link to it is named.
fn target(named: &Path) -> io::Result<PathBuf> {
    match fs::canonicalize(named) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(named.to_path_buf()),
        target => target,
    }
}

/// Whether there is no file yet, or one that this program made.
fn may_be_written(file: &Path) -> io::Result<bool> {
    let mut beginning = Vec::new();
    match fs::metadata(file) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(true),
        Err(error) => return Err(error),
        Ok(metadata) if !metadata.is_file() => return Ok(false),
        Ok(_) => File::open(file)?
            .take(BEGINNING.len() as u64)
            .read_to_end(&mut beginning)?,
    };
    Ok(beginning == BEGINNING.as_bytes())
}

/// Writes a file, 0600, that is there in full or not at all.
fn write(file: &Path, page: &[u8]) -> io::Result<()> {
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let mut temporary = NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
    temporary.write_all(page)?;
    temporary.as_file().sync_all()?;
    temporary.persist(file).map_err(|error| error.error)?;
    Ok(())
}

//! Files that a person asks for by name: always new ones, mode 0600.

use std::fs::{File, OpenOptions, remove_file, symlink_metadata};
use std::io::{self, ErrorKind, Write as _};
use std::path::Path;

use baton_state::r#gen::tables::{ERROR_FILE_EXISTS, ERROR_FILE_UNWRITABLE};
use baton_state::record::error::BatonError;
use baton_state::segment::disk::{Disk as _, LocalDisk};

/// Refuses a file that is there already (FILE_EXISTS), before anything is done.
pub fn expect_absent(file: &Path) -> Result<(), BatonError> {
    match symlink_metadata(file) {
        Ok(_) => Err(BatonError::new(&ERROR_FILE_EXISTS)),
        Err(_) => Ok(()),
    }
}

/// Writes the parts into a new file, each synced before the next one. Refuses where something is there already
/// (FILE_EXISTS), whatever it is, and where the system refuses (FILE_UNWRITABLE); then nothing is left behind.
pub fn write(file: &Path, parts: &[&[u8]]) -> Result<(), BatonError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut opened = options.open(file).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => BatonError::new(&ERROR_FILE_EXISTS),
        kind => BatonError::new(&ERROR_FILE_UNWRITABLE).at(kind.to_string()),
    })?;
    let written = write_synced(&mut opened, parts).and_then(|()| sync_folder_of(file));
    written.map_err(|error| {
        let _ = remove_file(file);
        BatonError::new(&ERROR_FILE_UNWRITABLE).at(error.kind().to_string())
    })
}

/// Makes the name durable.
fn sync_folder_of(file: &Path) -> io::Result<()> {
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    LocalDisk::default().sync_folder(folder.unwrap_or(Path::new(".")))
}

fn write_synced(opened: &mut File, parts: &[&[u8]]) -> io::Result<()> {
    for part in parts {
        opened.write_all(part)?;
        opened.sync_all()?;
    }
    Ok(())
}

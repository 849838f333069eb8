//! Putting a compacted segment in the place of others: the steps on the disk, in the order of SEG-053.

use std::io::{self, ErrorKind};
use std::path::Path;

use super::copy::Written;
use super::disk::{Disk, DiskFile};
use super::open::write_whole;
use super::{Id, hex};

/// Writes a compacted segment: its body, synced, then, if `holds` says that the lease is still held, the seal, synced, and the
/// name. Gives whether that was so. Refuses what the disk refuses. Where it does not come to an end no file is left, as far as
/// it lets itself be removed.
pub fn write_compacted<D: Disk>(
    disk: &mut D,
    dir: &Path,
    id: &Id,
    segment: &Written,
    holds: impl FnOnce() -> bool,
) -> io::Result<bool> {
    let path = dir.join(format!("{}.seg", hex(id)));
    let mut file = disk.create_new(&path)?;
    let filled = fill(&mut file, segment, holds);
    drop(file);
    let filled = filled.and_then(|is_sealed| {
        if is_sealed {
            disk.sync_folder(dir)?;
        }
        Ok(is_sealed)
    });
    if !matches!(filled, Ok(true)) {
        let _ = disk.remove(&path);
    }
    filled
}

fn fill(
    file: &mut impl DiskFile,
    segment: &Written,
    holds: impl FnOnce() -> bool,
) -> io::Result<bool> {
    write_whole(file, &segment.body).map_err(|failure| failure.error)?;
    file.sync_data()?;
    if !holds() {
        return Ok(false);
    }
    write_whole(file, &segment.seal).map_err(|failure| failure.error)?;
    file.sync_data()?;
    Ok(true)
}

/// Deletes a file; one that is gone already is no error.
pub fn remove_if_there<D: Disk>(disk: &mut D, path: &Path) -> io::Result<()> {
    match disk.remove(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

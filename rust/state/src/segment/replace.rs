//! Putting a compacted segment in the place of others: the steps on the disk, in the order of SEG-053.

use std::io::{self, ErrorKind};
use std::path::Path;

use super::copy::Written;
use super::disk::{Disk, DiskFile};
use super::open::write_whole;
use super::{Id, hex};

/// Writes a compacted segment: its body, synced, then, if `holds` says that the lease is still held, the seal, synced, and the
/// name. Gives whether what it replaces can go: not where the lease was lost by the end, because a file that its writer slept
/// over may have been taken for one that was left behind. Refuses what the disk refuses. Where it does not come to an end no file
/// is left, as far as it lets itself be removed; but once it is sealed, whoever has the lease by now may have deleted what it
/// replaces: then it stays.
pub fn write_compacted<D: Disk>(
    disk: &mut D,
    dir: &Path,
    id: &Id,
    segment: &Written,
    holds: impl Fn() -> bool,
) -> io::Result<bool> {
    let path = dir.join(format!("{}.seg", hex(id)));
    let mut file = disk.create_new(&path)?;
    let mut is_sealed = false;
    let filled = fill(&mut file, segment, &holds, &mut is_sealed);
    drop(file);
    let safe = filled.and_then(|()| {
        if is_sealed {
            disk.sync_folder(dir)?;
        }
        Ok(is_sealed && holds())
    });
    if !matches!(safe, Ok(true)) && (!is_sealed || holds()) {
        let _ = disk.remove(&path);
    }
    safe
}

/// Writes body and seal; `is_sealed` says whether the seal was begun.
fn fill(
    file: &mut impl DiskFile,
    segment: &Written,
    holds: impl Fn() -> bool,
    is_sealed: &mut bool,
) -> io::Result<()> {
    write_whole(file, &segment.body).map_err(|failure| failure.error)?;
    file.sync_data()?;
    if !holds() {
        return Ok(());
    }
    *is_sealed = true;
    write_whole(file, &segment.seal).map_err(|failure| failure.error)?;
    file.sync_data()
}

/// Deletes a file; one that is gone already is no error.
pub fn remove_if_there<D: Disk>(disk: &mut D, path: &Path) -> io::Result<()> {
    match disk.remove(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

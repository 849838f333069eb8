//! What a writer asks of the machine: files, folders, clocks. Tests put another one in its place.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// A point in time by both clocks of the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Milliseconds since 1970.
    pub wall_ms: u64,
    /// Time since some start, which nobody can set.
    pub ticks: Duration,
}

impl Moment {
    /// How far an earlier moment is away, by the clock that says more; one that was set back counts as well.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Duration {
        let wall = Duration::from_millis(self.wall_ms.abs_diff(earlier.wall_ms));
        wall.max(self.ticks.saturating_sub(earlier.ticks))
    }
}

/// Where segments are written.
pub trait Disk {
    /// A file that is open for writing.
    type File: DiskFile;
    /// Creates a file that must not be there, mode 0600.
    fn create_new(&mut self, path: &Path) -> io::Result<Self::File>;
    /// Deletes a file.
    fn remove(&mut self, path: &Path) -> io::Result<()>;
    /// Makes the bytes of a file durable that another process wrote.
    fn sync_file(&mut self, path: &Path) -> io::Result<()> {
        let mut options = OpenOptions::new();
        // Windows syncs only what is open for writing.
        options
            .read(true)
            .write(cfg!(windows))
            .open(path)?
            .sync_all()
    }
    /// Makes the names in a folder durable.
    fn sync_folder(&mut self, dir: &Path) -> io::Result<()>;
    /// The time.
    fn now(&self) -> Moment;
}

/// A file that is open for writing. Whatever is written goes to its end.
pub trait DiskFile {
    /// One write, which may take fewer bytes.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize>;
    /// Makes the bytes durable.
    fn sync_data(&mut self) -> io::Result<()>;
    /// Cuts the file.
    fn truncate(&mut self, bytes: u64) -> io::Result<()>;
    /// Whether the file still has a name.
    fn has_name(&self) -> io::Result<bool>;
}

/// The machine itself.
#[derive(Debug)]
pub struct LocalDisk {
    start: Instant,
}

impl Default for LocalDisk {
    fn default() -> Self {
        Self {
            start: Instant::now(),
        }
    }
}

impl Disk for LocalDisk {
    type File = File;

    fn create_new(&mut self, path: &Path) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options.create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(options.append(true), 0o600);
        // Windows does not cut a file that was opened for appending alone.
        #[cfg(not(unix))]
        options.write(true);
        options.open(path)
    }

    fn remove(&mut self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    #[cfg(unix)]
    fn sync_folder(&mut self, dir: &Path) -> io::Result<()> {
        File::open(dir)?.sync_all()
    }

    /// Windows has no such call: names are durable with the file there.
    #[cfg(not(unix))]
    fn sync_folder(&mut self, _dir: &Path) -> io::Result<()> {
        Ok(())
    }

    fn now(&self) -> Moment {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH);
        Moment {
            wall_ms: wall.map_or(0, |wall| wall.as_millis() as u64),
            ticks: self.start.elapsed(),
        }
    }
}

impl DiskFile for File {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Write::write(self, bytes)
    }

    fn sync_data(&mut self) -> io::Result<()> {
        File::sync_data(self)
    }

    fn truncate(&mut self, bytes: u64) -> io::Result<()> {
        self.set_len(bytes)?;
        #[cfg(not(unix))]
        std::io::Seek::seek(self, io::SeekFrom::End(0))?;
        Ok(())
    }

    #[cfg(unix)]
    fn has_name(&self) -> io::Result<bool> {
        Ok(std::os::unix::fs::MetadataExt::nlink(&self.metadata()?) > 0)
    }

    /// Windows does not delete a file that is open.
    #[cfg(not(unix))]
    fn has_name(&self) -> io::Result<bool> {
        Ok(true)
    }
}

//! Leases: one process at a time does a thing, such as a merge (SEG-055), and holds `<state>/locks/<name>.<n>` while it does.
//! Their age is judged by the real clock, never by BATON_NOW. `ts/src/home/lease.ts` is the same protocol.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::segment::hex;

/// A lease that was not touched for this long is taken over.
const STALE: Duration = Duration::from_secs(600);

/// A lease that was taken. It is given back when it is dropped, where it is still held.
#[derive(Debug)]
pub struct Lease {
    folder: PathBuf,
    name: String,
    number: u64,
    path: PathBuf,
    /// What its file holds: random, so that nobody takes another's for this one.
    token: String,
}

impl Lease {
    /// Takes the lease of a name, of lower-case letters, in a folder that is made, 0700, where missing. Gives None where somebody
    /// else holds it; refuses what the file system refuses where nothing can be written.
    pub fn take(folder: &Path, name: &str) -> io::Result<Option<Lease>> {
        let mut random = [0; 16];
        getrandom::fill(&mut random).map_err(io::Error::other)?;
        let token = hex(&random);
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(folder)?;
        let before = leases_in(folder, name)?;
        if before.iter().any(|other| other.is_live) {
            return Ok(None);
        }
        let number = 1 + before.iter().map(|other| other.number).max().unwrap_or(0);
        let path = folder.join(format!("{name}.{number}"));
        if !write_new(&path, &token)? {
            return Ok(None);
        }
        let lease = Lease {
            folder: folder.to_owned(),
            name: name.to_owned(),
            number,
            path,
            token,
        };
        // Somebody who listed the folder at the same moment may have taken another number: then both give way.
        let others = leases_in(folder, name)?;
        let is_alone = others
            .iter()
            .all(|other| !other.is_live || other.path == lease.path);
        Ok(is_alone.then_some(lease))
    }

    /// Whether it is still this process that holds it: nobody took it over after a long pause.
    #[must_use]
    pub fn holds(&self) -> bool {
        // Whoever takes a lease over takes the next number, and leaves the file of the former holder where it is.
        let is_last =
            |leases: Vec<SeenLease>| leases.iter().all(|other| other.number <= self.number);
        self.is_there() && leases_in(&self.folder, &self.name).is_ok_and(is_last)
    }

    /// Says that the holder lives; false, and nothing is said, where it does not hold the lease any more. Refuses what the file
    /// system refuses.
    pub fn touch(&self) -> io::Result<bool> {
        if !self.holds() {
            return Ok(false);
        }
        let file = File::options().write(true).open(&self.path)?;
        file.set_modified(SystemTime::now())?;
        Ok(true)
    }

    fn is_there(&self) -> bool {
        fs::read(&self.path).is_ok_and(|content| content == self.token.as_bytes())
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if !self.is_there() {
            // It was taken over, and removed with that.
            return;
        }
        let others = leases_in(&self.folder, &self.name).unwrap_or_default();
        for other in others.iter().filter(|other| !other.is_live) {
            // Whoever took the lease over removes it too.
            let _ = fs::remove_file(&other.path);
        }
        let _ = fs::remove_file(&self.path);
    }
}

struct SeenLease {
    path: PathBuf,
    number: u64,
    is_live: bool,
}

/// The leases of a name, dead ones too: `<name>.` and 1 to 15 digits.
fn leases_in(folder: &Path, name: &str) -> io::Result<Vec<SeenLease>> {
    let mut leases = Vec::new();
    for entry in fs::read_dir(folder)? {
        let file = entry?.file_name();
        let digits = file
            .to_str()
            .and_then(|file| file.strip_prefix(name)?.strip_prefix('.'));
        let digits = digits.filter(|digits| {
            (1..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
        });
        let Some(number) = digits.and_then(|digits| digits.parse().ok()) else {
            continue;
        };
        let path = folder.join(&file);
        match fs::metadata(&path).and_then(|metadata| metadata.modified()) {
            Ok(touched) => leases.push(SeenLease {
                path,
                number,
                is_live: distance(touched, SystemTime::now()) < STALE,
            }),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(leases)
}

/// How far two moments lie apart, whichever is first.
fn distance(a: SystemTime, b: SystemTime) -> Duration {
    a.duration_since(b).unwrap_or_else(|error| error.duration())
}

/// Creates a file with its content, 0600; false where it is there already.
fn write_new(path: &Path, content: &str) -> io::Result<bool> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(mut file) => file.write_all(content.as_bytes()).map(|()| true),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    }
}

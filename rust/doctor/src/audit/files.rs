//! The files of the state directory, and how each is opened: never through a symbolic link, never what may block.

use std::collections::BTreeSet;
use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use baton_state::r#gen::tables::ERROR_AUDIT_FILE;
use baton_state::guard::{Action, judge};
use baton_state::record::schema::{IdentShape, TextClass, TextPolicy};

use super::found::{Code, Finding, Found};

/// The rules of secrets alone, for names and links: other texts than those of records have no form to keep.
const ANY_TEXT: TextPolicy<'_> = TextPolicy {
    class: TextClass::Opaque,
    max_bytes: usize::MAX,
    shape: IdentShape::Any,
    hex_lengths: &[],
    values: &[],
};

/// A file to look at.
#[derive(Debug, Clone)]
pub struct Listed {
    /// Where it lies.
    pub path: PathBuf,
    /// Its path below the state directory, for people.
    pub shown: String,
    /// Whether it is called as a segment is, and lies where segments lie.
    pub is_segment: bool,
    /// Its size when it was listed.
    pub bytes: u64,
    /// When it was last written; the start of time where the system does not tell.
    pub written: SystemTime,
}

/// Lists what lies below a folder, again and again: each time what was not there before.
pub struct Listing<'a> {
    dir: &'a Path,
    /// What was listed.
    seen: BTreeSet<PathBuf>,
    /// Folders that could not be read.
    unread: BTreeSet<PathBuf>,
}

impl<'a> Listing<'a> {
    /// Of this folder.
    pub fn new(dir: &'a Path) -> Self {
        Listing {
            dir,
            seen: BTreeSet::new(),
            unread: BTreeSet::new(),
        }
    }

    /// The files that came, in the order of their paths. Names, and what symbolic links say, are looked at here.
    pub fn news(&mut self, found: &mut Found) -> Vec<Listed> {
        let mut files = Vec::new();
        let mut folders = vec![PathBuf::new()];
        while let Some(folder) = folders.pop() {
            let entries = match fs::read_dir(self.dir.join(&folder)) {
                Ok(entries) => entries,
                Err(error) => {
                    self.pass_over(&folder, &error, found);
                    continue;
                }
            };
            for entry in entries {
                let looked_at = entry.and_then(|entry| {
                    let below = folder.join(entry.file_name());
                    let metadata = fs::symlink_metadata(entry.path())?;
                    if metadata.is_dir() {
                        folders.push(below.clone());
                    }
                    Ok(self.look_at(below, &metadata, found))
                });
                match looked_at {
                    Ok(file) => files.extend(file),
                    Err(error) => self.pass_over(&folder, &error, found),
                }
            }
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        files
    }

    /// Warns once of a folder that cannot be read in full. What is gone is nobody's concern.
    fn pass_over(&mut self, folder: &Path, error: &io::Error, found: &mut Found) {
        if error.kind() != ErrorKind::NotFound && self.unread.insert(folder.to_owned()) {
            found.warn(&shown(folder), None, error.kind().to_string());
        }
    }

    /// The file at a path, if it came and is one.
    fn look_at(
        &mut self,
        below: PathBuf,
        metadata: &Metadata,
        found: &mut Found,
    ) -> Option<Listed> {
        if !self.seen.insert(below.clone()) {
            return None;
        }
        let name = below.file_name().unwrap_or_default();
        look_at_text(&below, "name", name.as_encoded_bytes(), found);
        if metadata.is_symlink() {
            look_at_link(self.dir, &below, found);
        } else if metadata.is_file() {
            return Some(listed(self.dir.join(&below), &below, metadata));
        } else if !metadata.is_dir() {
            found.warn(&shown(&below), None, "neither a file nor a folder");
        }
        None
    }
}

fn listed(path: PathBuf, below: &Path, metadata: &Metadata) -> Listed {
    Listed {
        path,
        shown: shown(below),
        is_segment: below.parent() == Some(Path::new("segments"))
            && below.extension().is_some_and(|end| end == "seg"),
        bytes: metadata.len(),
        written: metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH),
    }
}

/// Opens a file of the state directory. Refuses what is no file any more, and links.
pub fn open(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.read(true);
    #[cfg(unix)]
    {
        let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
        std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, flags.bits().cast_signed());
    }
    let file = options.open(path)?;
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(ErrorKind::InvalidInput.into())
    }
}

/// A path below the state directory for people, with slashes; "." for the directory itself. What the guard takes for a
/// secret is left out of it.
fn shown(below: &Path) -> String {
    let parts = below.iter().map(|part| {
        let bytes = part.as_encoded_bytes();
        let judgement = judge(&ANY_TEXT, bytes);
        match judgement.findings.first() {
            Some(finding) if judgement.action != Action::Allow => {
                format!("[left out: {}]", finding.rule)
            }
            _ => String::from_utf8_lossy(bytes).into_owned(),
        }
    });
    let parts: Vec<String> = parts.collect();
    if parts.is_empty() {
        ".".to_owned()
    } else {
        parts.join("/")
    }
}

/// What a link says is stored here, what it leads to is not, unless it leads to what lies here as well.
fn look_at_link(dir: &Path, below: &Path, found: &mut Found) {
    let path = dir.join(below);
    match fs::read_link(&path) {
        Ok(target) => look_at_text(below, "link", target.as_os_str().as_encoded_bytes(), found),
        Err(error) => found.warn(&shown(below), None, error.kind().to_string()),
    }
    match (fs::canonicalize(&path), fs::canonicalize(dir)) {
        (Ok(target), Ok(dir)) if target.starts_with(&dir) => {}
        // It leads to nothing.
        (Err(error), _) if error.kind() == ErrorKind::NotFound => {}
        _ => found.warn(
            &shown(below),
            None,
            "a link out of the state directory, which is not followed",
        ),
    }
}

fn look_at_text(below: &Path, field: &str, text: &[u8], found: &mut Found) {
    for finding in judge(&ANY_TEXT, text).findings {
        found.add(Finding {
            file: shown(below),
            at: 0,
            field: Some(field.to_owned()),
            range: finding.place.map(|(start, end)| (start as u64, end as u64)),
            rule: finding.rule,
            frame: None,
            code: Code(&ERROR_AUDIT_FILE),
        });
    }
}

//! The files of the state directory, and how each is opened: never through a symbolic link, never what may block.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use baton_state::r#gen::tables::ERROR_AUDIT_FILE;
use baton_state::guard::{Finding as Reason, Known, judge_by};
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
    known: Option<&'a Known>,
    /// What was listed.
    seen: BTreeSet<PathBuf>,
    /// Folders that could not be read.
    unread: BTreeSet<PathBuf>,
}

/// A folder below the state directory, and its path for people; both empty for the directory itself.
#[derive(Clone, Default)]
struct Folder {
    below: PathBuf,
    shown: String,
}

impl<'a> Listing<'a> {
    /// Of this folder; `known` is what only this process knows.
    pub fn new(dir: &'a Path, known: Option<&'a Known>) -> Self {
        Listing {
            dir,
            known,
            seen: BTreeSet::new(),
            unread: BTreeSet::new(),
        }
    }

    /// The files that came, in the order of their paths. Names, and what symbolic links say, are looked at here.
    pub fn news(&mut self, found: &mut Found) -> Vec<Listed> {
        let mut files = Vec::new();
        let mut folders = vec![Folder::default()];
        while let Some(folder) = folders.pop() {
            let entries = match fs::read_dir(self.dir.join(&folder.below)) {
                Ok(entries) => entries,
                Err(error) => {
                    self.pass_over(&folder, &error, found);
                    continue;
                }
            };
            for entry in entries {
                let entry = entry
                    .and_then(|entry| Ok((entry.file_name(), fs::symlink_metadata(entry.path())?)));
                match entry {
                    Ok((name, metadata)) => {
                        let file = self.look_at(&folder, &name, &metadata, &mut folders, found);
                        files.extend(file);
                    }
                    Err(error) => self.pass_over(&folder, &error, found),
                }
            }
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        files
    }

    /// Warns once of a folder that cannot be read in full. What is gone is nobody's concern.
    fn pass_over(&mut self, folder: &Folder, error: &io::Error, found: &mut Found) {
        if error.kind() == ErrorKind::NotFound || !self.unread.insert(folder.below.clone()) {
            return;
        }
        let shown = match folder.shown.as_str() {
            "" => ".",
            shown => shown,
        };
        found.warn(shown, None, error.kind().to_string());
    }

    /// The file of a name, if it came and is one.
    fn look_at(
        &mut self,
        folder: &Folder,
        name: &OsStr,
        metadata: &Metadata,
        folders: &mut Vec<Folder>,
        found: &mut Found,
    ) -> Option<Listed> {
        let below = folder.below.join(name);
        let is_new = self.seen.insert(below.clone());
        if !is_new && !metadata.is_dir() {
            return None;
        }
        let refused = judge_by(&ANY_TEXT, name.as_encoded_bytes(), self.known).findings;
        let shown = shown(folder, name, &refused);
        if is_new {
            add(&shown, "name", refused, found);
        }
        if metadata.is_dir() {
            folders.push(Folder { below, shown });
        } else if metadata.is_symlink() {
            self.look_at_link(&below, &shown, found);
        } else if metadata.is_file() {
            return Some(Listed {
                path: self.dir.join(&below),
                shown,
                is_segment: folder.below == Path::new("segments")
                    && below.extension().is_some_and(|end| end == "seg"),
                bytes: metadata.len(),
                written: metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH),
            });
        } else {
            found.warn(&shown, None, "neither a file nor a folder");
        }
        None
    }

    /// What a link says is stored here, what it leads to is not, unless it leads to what lies here as well. It may say where the
    /// user's home directory is: it is a path.
    fn look_at_link(&self, below: &Path, shown: &str, found: &mut Found) {
        let path = self.dir.join(below);
        match fs::read_link(&path) {
            Ok(target) => {
                let target = target.as_os_str().as_encoded_bytes();
                let mut refused = judge_by(&ANY_TEXT, target, self.known).findings;
                refused.retain(|reason| !is_place_rule(reason.rule));
                add(shown, "link", refused, found);
            }
            Err(error) => found.warn(shown, None, error.kind().to_string()),
        }
        match (fs::canonicalize(&path), fs::canonicalize(self.dir)) {
            (Ok(target), Ok(dir)) if target.starts_with(&dir) => {}
            // It leads to nothing.
            (Err(error), _) if error.kind() == ErrorKind::NotFound => {}
            _ => found.warn(
                shown,
                None,
                "a link out of the state directory, which is not followed",
            ),
        }
    }
}

/// Rules of what a process knows of the place where it runs.
const PLACE_RULES: [&str; 3] = ["home-directory", "user-name", "host-name"];

/// Whether a rule is of what a process knows of the place where it runs, which is no secret where a path belongs.
pub fn is_place_rule(rule: &str) -> bool {
    PLACE_RULES.contains(&rule)
}

/// Whether a file holds paths because it is there for that: what the user set, what `baton init` wrote where, what clients
/// start.
pub fn is_for_paths(shown: &str) -> bool {
    shown == "config.json" || shown.starts_with("init.json") || shown.starts_with("bin/")
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

/// The path of a file of the segments folder for people.
pub fn shown_in_segments(name: &str, known: Option<&Known>) -> String {
    let refused = judge_by(&ANY_TEXT, name.as_bytes(), known).findings;
    let segments = Folder {
        shown: "segments".to_owned(),
        ..Folder::default()
    };
    shown(&segments, name.as_ref(), &refused)
}

/// A path for people, with slashes. A name that the guard refuses is left out of it.
fn shown(folder: &Folder, name: &OsStr, refused: &[Reason]) -> String {
    let name = match refused.first() {
        Some(reason) => format!("[left out: {}]", reason.rule),
        None => name.to_string_lossy().into_owned(),
    };
    match folder.shown.as_str() {
        "" => name,
        folder => format!("{folder}/{name}"),
    }
}

/// Adds why a name, or what a link says, is refused.
fn add(file: &str, field: &str, refused: Vec<Reason>, found: &mut Found) {
    for reason in refused {
        found.add(Finding {
            file: file.to_owned(),
            at: 0,
            field: Some(field.to_owned()),
            range: reason.place.map(|(start, end)| (start as u64, end as u64)),
            rule: reason.rule,
            frame: None,
            code: Code(&ERROR_AUDIT_FILE),
        });
    }
}

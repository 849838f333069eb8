//! The id of the tree as it lies on disk, taken without writing any content (docs/proof.md, section 4).

use std::ffi::OsString;
use std::fs::{self, File, FileTimes};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use tempfile::TempDir;

use super::bytes::split_nul;
use super::run::Git;

/// The places of a work tree, absolute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkTree {
    /// Its root.
    pub toplevel: PathBuf,
    /// The git folder that all worktrees share.
    pub common_folder: PathBuf,
    /// The index.
    pub index: PathBuf,
}

/// Most bytes that are hashed for a digest (GIT-035).
const HASH_LIMIT: u64 = 64 * 1024 * 1024;

/// The id of the tree that a commit of every file that is not ignored would have. `is_clean` says that the status
/// found nothing: then the index already is that tree. Gives `None` where it cannot be taken, in time or at all.
#[must_use]
pub fn tree_id(git: &Git, tree: &WorkTree, is_clean: bool) -> Option<String> {
    let scratch = scratch_outside(&[&tree.toplevel, &tree.common_folder])?;
    let index = scratch.path().join("index");
    let objects = scratch.path().join("objects");
    copy_index(&tree.index, &index).ok()?;
    write_alternates(&objects, &tree.common_folder.join("objects")).ok()?;
    let mut hooks = OsString::from("core.hooksPath=");
    hooks.push(scratch.path().join("hooks"));
    let env = [
        ("GIT_INDEX_FILE", index.as_path()),
        ("GIT_OBJECT_DIRECTORY", objects.as_path()),
    ];
    let ask = |words: &[&str], input: Option<Vec<u8>>| {
        let mut args: Vec<OsString> =
            vec!["-c".into(), "core.splitIndex=false".into(), "-c".into()];
        args.push(hooks.clone());
        args.extend(words.iter().map(OsString::from));
        let output = git.run(&tree.toplevel, &args, &env, input)?;
        (output.code == 0).then_some(output.stdout)
    };
    if !is_clean {
        let listed = ask(
            &["ls-files", "-z", "-m", "-d", "-o", "--exclude-standard"],
            None,
        )?;
        let changed = in_order(&tree.toplevel, &listed)?;
        if !changed.is_empty() {
            let update = [
                "update-index",
                "-z",
                "--add",
                "--remove",
                "--info-only",
                "--stdin",
            ];
            ask(&update, Some(changed))?;
        }
    }
    let written = ask(&["write-tree", "--missing-ok"], None)?;
    Some(String::from_utf8(written).ok()?.trim_end().to_owned())
}

/// A new private folder that is in none of `folders`; `None` where the temporary folder itself is.
fn scratch_outside(folders: &[&Path]) -> Option<TempDir> {
    let parent = fs::canonicalize(std::env::temp_dir()).ok()?;
    for folder in folders {
        if parent.starts_with(fs::canonicalize(folder).ok()?) {
            return None;
        }
    }
    tempfile::Builder::new()
        .prefix("baton-")
        .tempdir_in(parent)
        .ok()
}

/// Git compares an entry's content only if the index is not younger than the entry. So the copy keeps the time of the
/// index, rounded down to the second, or edits of the same size within that second would be missed (GIT-031).
fn copy_index(from: &Path, to: &Path) -> io::Result<()> {
    let mut source = match File::open(from) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        opened => opened?,
    };
    let modified = source.metadata()?.modified()?;
    let seconds = modified
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    let mut bytes = Vec::new();
    source.read_to_end(&mut bytes)?;
    let mut copy = File::create_new(to)?;
    copy.write_all(&bytes)?;
    copy.set_times(FileTimes::new().set_modified(UNIX_EPOCH + Duration::from_secs(seconds)))
}

fn write_alternates(objects: &Path, real: &Path) -> io::Result<()> {
    let info = objects.join("info");
    fs::create_dir_all(&info)?;
    let mut line = real.as_os_str().as_encoded_bytes().to_vec();
    line.push(b'\n');
    fs::write(info.join("alternates"), line)
}

/// The listed paths without those that end in "/" (repositories that are not submodules), first what no file lies at
/// any more, so that a file can follow a folder of its name and the other way round (GIT-034). Gives `None` where
/// there is more than 64 MiB to hash.
fn in_order(toplevel: &Path, listed: &[u8]) -> Option<Vec<u8>> {
    let mut gone = Vec::new();
    let mut there = Vec::new();
    let mut size: u64 = 0;
    for path in split_nul(listed).filter(|path| !path.ends_with(b"/")) {
        let group = match fs::symlink_metadata(toplevel.join(path_of(path)?)) {
            Ok(found) if !found.is_dir() => {
                size = size.saturating_add(found.len());
                &mut there
            }
            _ => &mut gone,
        };
        group.extend_from_slice(path);
        group.push(0);
        if size > HASH_LIMIT {
            return None;
        }
    }
    gone.append(&mut there);
    Some(gone)
}

#[cfg(unix)]
#[allow(clippy::unnecessary_wraps)]
fn path_of(bytes: &[u8]) -> Option<&Path> {
    use std::os::unix::ffi::OsStrExt;
    Some(Path::new(std::ffi::OsStr::from_bytes(bytes)))
}

#[cfg(not(unix))]
fn path_of(bytes: &[u8]) -> Option<&Path> {
    std::str::from_utf8(bytes).ok().map(Path::new)
}

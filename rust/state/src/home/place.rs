//! Where the state directory lies, and where it may not lie (`docs/design.md`, "State directory").

use std::path::{Path, PathBuf};

use super::system::Env;

/// Folder names under which a synchroniser works; a name may go on behind a space, "-" or "(".
const SYNCED_FOLDERS: [&str; 6] = [
    "onedrive",
    "dropbox",
    "icloud drive",
    "mobile documents",
    "google drive",
    "googledrive",
];
/// File systems of other machines.
const REMOTE_TYPES: [&str; 16] = [
    "nfs",
    "nfs3",
    "nfs4",
    "cifs",
    "smb2",
    "smb3",
    "smbfs",
    "ncpfs",
    "afs",
    "ceph",
    "glusterfs",
    "drvfs",
    "fuse.sshfs",
    "fuse.rclone",
    "davfs",
    "fuse.davfs2",
];

/// The state directory that `--home`, environment and system name; `os` as in `std::env::consts::OS`. None where nothing
/// names one.
#[must_use]
pub fn state_directory(home: Option<&Path>, env: Env<'_>, os: &str) -> Option<PathBuf> {
    let path = |name: &str| {
        env(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    if let Some(named) = home.map(Path::to_path_buf).or_else(|| path("BATON_HOME")) {
        return Some(named);
    }
    let user = || {
        path(if os == "windows" {
            "USERPROFILE"
        } else {
            "HOME"
        })
        .or_else(std::env::home_dir)
    };
    match os {
        "windows" => {
            let local =
                path("LOCALAPPDATA").or_else(|| Some(user()?.join("AppData").join("Local")));
            Some(local?.join("baton"))
        }
        "macos" => Some(user()?.join("Library/Application Support/baton")),
        _ => {
            let xdg = path("XDG_STATE_HOME").filter(|xdg| xdg.has_root());
            let state = xdg.or_else(|| Some(user()?.join(".local/state")));
            Some(state?.join("baton"))
        }
    }
}

/// Whether a directory is on a synced or remote folder, as its real path and the table of mounts tell. `mounts` is the
/// text of /proc/mounts, empty where there is none.
#[must_use]
pub fn is_remote_place(dir: &str, mounts: &str) -> bool {
    is_share(dir) || dir.split(['/', '\\']).any(is_synced) || is_remote_mount(dir, mounts)
}

/// Whether a path names another machine, as Windows writes it.
fn is_share(dir: &str) -> bool {
    let long = dir
        .get(..8)
        .is_some_and(|start| start.eq_ignore_ascii_case(r"\\?\unc\"));
    let rest = dir
        .strip_prefix(['/', '\\'])
        .and_then(|rest| rest.strip_prefix(['/', '\\']));
    long || rest
        .is_some_and(|rest| rest.starts_with(|next| !matches!(next, '?' | '.' | '/' | '\\')))
}

fn is_synced(part: &str) -> bool {
    let name = part.to_lowercase();
    name == "cloudstorage"
        || SYNCED_FOLDERS.iter().any(|synced| {
            let rest = name.strip_prefix(synced);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '(', '-']))
        })
}

fn is_remote_mount(dir: &str, mounts: &str) -> bool {
    let mut longest = 0;
    let mut is_remote = false;
    for line in mounts.lines() {
        let mut words = line.split(' ').skip(1);
        let (Some(point), Some(ty)) = (words.next().map(unescape), words.next()) else {
            continue;
        };
        let rest = dir.strip_prefix(point.as_str());
        let holds =
            point == "/" || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        // Of two mounts on one point the later one is seen.
        if !holds || point.len() < longest {
            continue;
        }
        longest = point.len();
        let options = words.next().unwrap_or_default();
        // WSL 2 mounts the drives of Windows as 9p; other machines use that for their own disks.
        is_remote = REMOTE_TYPES.contains(&ty)
            || (ty == "9p" && (options.contains("aname=drvfs") || is_drive(&point)));
    }
    is_remote
}

/// Whether it is where WSL mounts a drive of Windows.
fn is_drive(point: &str) -> bool {
    let letter = point.strip_prefix("/mnt/").map(str::as_bytes);
    letter.is_some_and(|letter| matches!(letter, [b'a'..=b'z']))
}

/// Resolves the octal escapes of a table of mounts, such as `\040` for a space.
fn unescape(escaped: &str) -> String {
    let mut bytes = Vec::with_capacity(escaped.len());
    let mut rest = escaped.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        match rest {
            [
                b'\\',
                a @ b'0'..=b'3',
                b @ b'0'..=b'7',
                c @ b'0'..=b'7',
                behind @ ..,
            ] => {
                bytes.push((a - b'0') << 6 | (b - b'0') << 3 | (c - b'0'));
                rest = behind;
            }
            _ => {
                bytes.push(*first);
                rest = behind;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

//! The check of what was left in the state directory by programs that were ended.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::ground::Ground;
use super::seen::{Seen, ok, warn};

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);
/// A lease of this age is taken over (`ts/src/home/lease.ts`).
const STALE_LEASE: Duration = Duration::from_secs(600);

/// A folder of the state directory, which names leftovers have there, and from which age on nobody waits for them.
type Kind = (&'static str, fn(&str) -> bool, Duration);

/// All kinds of leftovers. Locks of the proxy are none: the system gives them back when their process ends.
const KINDS: [Kind; 4] = [
    ("", is_temporary, HOUR),
    ("claims", is_temporary, HOUR),
    ("locks", is_lease, STALE_LEASE),
    ("pending", |_| true, DAY),
];

/// Whether nothing was left behind.
pub fn none(ground: &Ground) -> Result<Seen, Seen> {
    let found = leftovers(ground.home.dir(), SystemTime::now());
    let locks = found.iter().filter(|path| is_in(path, "locks")).count();
    let begun = found.iter().filter(|path| is_in(path, "pending")).count();
    let counts = [
        (found.len() - locks - begun, "temporary files"),
        (locks, "old locks"),
        (begun, "checks whose end nobody saw"),
    ];
    let told = counts.iter().filter(|(count, _)| *count > 0);
    let told: Vec<String> = told
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    Ok(if told.is_empty() {
        ok("nothing was left behind")
    } else {
        warn(
            format!("left behind: {}", told.join(", ")),
            "opencode-proxy-doctor check --fix removes them; nothing waits for them",
        )
    })
}

/// Files of the state directory that a program left behind when it was ended; their age is judged by the clock of the
/// machine, never by BATON_NOW. A folder that cannot be read has none.
pub fn leftovers(dir: &Path, now: SystemTime) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for (folder, is_kind, age) in KINDS {
        for entry in fs::read_dir(dir.join(folder))
            .into_iter()
            .flatten()
            .flatten()
        {
            let Ok(metadata) = entry.metadata() else {
                continue;
            };
            let written = metadata.modified().ok();
            let is_old = written.and_then(|at| now.duration_since(at).ok()) > Some(age);
            if metadata.is_file() && is_old && entry.file_name().to_str().is_some_and(is_kind) {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    found
}

fn is_in(path: &Path, folder: &str) -> bool {
    path.parent().is_some_and(|parent| parent.ends_with(folder))
}

/// What writers of keys, claims, snapshots (`write-file-atomic`) and indexes call a file until it is whole.
fn is_temporary(name: &str) -> bool {
    name.ends_with(".tmp")
        || name.starts_with("latest.json.")
        || name.starts_with("index.redb.new-")
}

/// `import.<n>` and `gc.<n>`.
fn is_lease(name: &str) -> bool {
    let number = name
        .strip_prefix("import.")
        .or_else(|| name.strip_prefix("gc."));
    number.is_some_and(|number| {
        (1..=15).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit())
    })
}

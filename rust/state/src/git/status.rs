//! Reads `git status --porcelain=v2 --branch -z` (docs/proof.md, section 3).

use super::bytes::split_nul;

/// What the status says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Status {
    /// HEAD; absent before the first commit.
    pub commit: Option<String>,
    /// Absent when detached.
    pub branch: Option<String>,
    /// Whether HEAD is detached.
    pub detached: bool,
    /// Upstream branch.
    pub upstream: Option<String>,
    /// Commits that upstream does not have; absent where the upstream is gone.
    pub ahead: Option<u32>,
    /// Commits that only upstream has.
    pub behind: Option<u32>,
    /// Entries, untracked ones included; an untracked folder is one.
    pub changed_files: u32,
    /// Whether a submodule holds modified or untracked files (GIT-024).
    pub dirty_submodule: bool,
}

/// Reads the NUL-terminated output of git. Lines that it does not know are skipped, as git asks of readers.
#[must_use]
pub fn read_status(output: &[u8]) -> Status {
    let mut status = Status::default();
    let mut is_original_path = false;
    for entry in split_nul(output) {
        let line = String::from_utf8_lossy(entry);
        if std::mem::take(&mut is_original_path) {
            continue;
        }
        match line.get(..2) {
            Some("# ") => read_header(&mut status, line.get(2..).unwrap_or_default()),
            Some("? ") => status.changed_files = status.changed_files.saturating_add(1),
            Some(kind @ ("1 " | "2 " | "u ")) => {
                is_original_path = kind == "2 ";
                status.changed_files = status.changed_files.saturating_add(1);
                status.dirty_submodule |= is_dirty_submodule(line.get(5..9).unwrap_or_default());
            }
            _ => {}
        }
    }
    status
}

fn read_header(status: &mut Status, header: &str) {
    let Some((name, value)) = header.split_once(' ') else {
        return;
    };
    let text = || Some(value.to_owned());
    match name {
        "branch.oid" if value != "(initial)" => status.commit = text(),
        "branch.head" if value == "(detached)" => status.detached = true,
        "branch.head" => status.branch = text(),
        "branch.upstream" => status.upstream = text(),
        "branch.ab" => {
            if let Some((ahead, behind)) = counts(value) {
                status.ahead = Some(ahead);
                status.behind = Some(behind);
            }
        }
        _ => {}
    }
}

/// "+1 -2"
fn counts(value: &str) -> Option<(u32, u32)> {
    let (ahead, behind) = value.split_once(' ')?;
    Some((
        count(ahead.strip_prefix('+')?)?,
        count(behind.strip_prefix('-')?)?,
    ))
}

fn count(digits: &str) -> Option<u32> {
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| digits.parse().unwrap_or(u32::MAX))
}

/// "S", then "C" for another commit, "M" for modified and "U" for untracked files, "." for no.
fn is_dirty_submodule(field: &str) -> bool {
    matches!(field.as_bytes(), [b'S', _, b'M', _] | [b'S', _, _, b'U'])
}

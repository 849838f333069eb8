//! Reading the files of others: whole, if they are of a sane size, or their end.

use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::path::Path;

/// More than any configuration or plugin has, in bytes.
const MAX_BYTES: u64 = 8 << 20;

/// Why a file has no text. It says neither where the file lies nor what it holds.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Unread {
    /// The system does not give it.
    #[error("cannot be read: {0}")]
    Io(ErrorKind),
    /// It is not text in UTF-8.
    #[error("is not text in UTF-8")]
    NotText,
    /// It is larger than this program reads.
    #[error("is larger than 8 MiB")]
    TooLarge,
    /// Its text is not what it should be.
    #[error("is not valid: line {0}")]
    Invalid(usize),
}

/// The bytes of a file; None where there is none.
pub fn read_bytes(path: &Path) -> Result<Option<Vec<u8>>, Unread> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes));
    match read {
        Ok(_) if bytes.len() as u64 > MAX_BYTES => Err(Unread::TooLarge),
        Ok(_) => Ok(Some(bytes)),
        Err(error) if is_absent(&error) => Ok(None),
        Err(error) => Err(Unread::Io(error.kind())),
    }
}

/// The text of a file without a byte order mark; None where there is none.
pub fn read_text(path: &Path) -> Result<Option<String>, Unread> {
    let Some(bytes) = read_bytes(path)? else {
        return Ok(None);
    };
    let text = String::from_utf8(bytes).map_err(|_| Unread::NotText)?;
    Ok(Some(match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    }))
}

/// The last `bytes` of a file, with what is no UTF-8 replaced.
pub fn read_end(path: &Path, bytes: u64) -> Result<String, Unread> {
    let mut end = Vec::new();
    let mut read = || {
        let mut file = File::open(path)?;
        let length = file.seek(SeekFrom::End(0))?;
        file.seek(SeekFrom::Start(length.saturating_sub(bytes)))?;
        file.take(bytes).read_to_end(&mut end)
    };
    read().map_err(|error| Unread::Io(error.kind()))?;
    Ok(String::from_utf8_lossy(&end).into_owned())
}

fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

/// The line, counted from 1, that a byte offset of a text lies in.
pub fn line_at(text: &str, offset: usize) -> usize {
    let before = text.as_bytes().iter().take(offset);
    before.filter(|byte| **byte == b'\n').count() + 1
}

/// What may stand in a version beside numbers.
const VERSION_WORDS: [&str; 11] = [
    "alpha", "beta", "canary", "dev", "next", "nightly", "pre", "preview", "rc", "snapshot",
    "windows",
];
/// What the proxy may say of itself: how it does, and how it picks a model.
const PROXY_WORDS: [&str; 6] = [
    "ok",
    "starting",
    "degraded",
    "error",
    "random",
    "round-robin",
];

/// A word of another program, if it can be nothing else than a version (its build is left out) or one of the proxy's own
/// words; else "?". Other words may hold anything, a name or a secret too.
pub fn plain(word: &str) -> &str {
    let version = word.split('+').next().unwrap_or_default();
    if PROXY_WORDS.contains(&word) {
        word
    } else if is_version(version) {
        version
    } else {
        "?"
    }
}

/// Whether a text is numbers and words of versions, joined by dots and hyphens, a number first: `1.18.0-rc.2`.
pub fn is_version(text: &str) -> bool {
    let is_part = |part: &str| {
        let word = part.trim_end_matches(|last: char| last.is_ascii_digit());
        !part.is_empty()
            && part.len() - word.len() <= 8
            && (word.is_empty() || VERSION_WORDS.contains(&word))
    };
    text.starts_with(|first: char| first.is_ascii_digit())
        && text.len() <= 40
        && text.split(['.', '-']).all(is_part)
}

/// Whether two paths lead to one directory.
pub fn is_same_folder(one: &Path, other: &Path) -> bool {
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    real(one) == real(other)
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn only_versions_and_the_words_of_the_proxy_are_shown() {
        for version in [
            "1",
            "0.169.2",
            "1.18.0-rc.2",
            "20.1.0-beta3",
            "2.47.1.windows.1",
        ] {
            assert_eq!(plain(version), version);
        }
        assert_eq!(plain("1.18.0+build.of.acme"), "1.18.0");
        assert_eq!(plain("round-robin"), "round-robin");
        for other in [
            "",
            "acme",
            "1.0-acme",
            "1.0-rcacme",
            "v1",
            "1..2",
            "1.123456789",
            "1.0 x",
        ] {
            assert_eq!(plain(other), "?", "{other}");
        }
    }
}

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

/// A word of another program, if it is one that may be shown: a version, a name; else "?".
pub fn plain(word: &str) -> &str {
    let is_plain = word
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"._+-".contains(&byte));
    if is_plain && (1..=40).contains(&word.len()) {
        word
    } else {
        "?"
    }
}

/// Whether two paths lead to one directory.
pub fn is_same_folder(one: &Path, other: &Path) -> bool {
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    real(one) == real(other)
}

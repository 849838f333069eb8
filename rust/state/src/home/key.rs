//! install.key and what is derived from it: aliases and digests that mean nothing without it (`docs/design.md`).

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::system::unreadable;
use crate::r#gen::tables::ERROR_HOME_KEY;
use crate::record::error::BatonError;
use crate::segment::disk::{Disk as _, LocalDisk};
use crate::segment::hex;

/// install.key.
pub type Key = [u8; 32];

/// How long a reader waits for another process to finish writing the key.
const MAX_WAIT: Duration = Duration::from_secs(1);
/// Between two looks.
const WAIT_STEP: Duration = Duration::from_millis(10);
/// Bytes of a block of SHA-256, and most bytes of a key here.
const BLOCK: usize = 64;

/// `prefix` ("ws-", "wt-", "s-") and 16 hexadecimal digits: HMAC-SHA-256 under the key of the purpose, a NUL and the
/// value, cut to 8 bytes.
#[must_use]
pub fn alias(key: &[u8], purpose: &str, prefix: &str, value: &str) -> String {
    let [mac, _, _, _] = quarters(keyed(key, purpose, value));
    format!("{prefix}{}", hex(&mac))
}

/// 32 hexadecimal digits: as `alias`, cut to 16 bytes.
#[must_use]
pub fn digest(key: &[u8], purpose: &str, value: &str) -> String {
    let [first, second, _, _] = quarters(keyed(key, purpose, value));
    hex(&first) + &hex(&second)
}

/// Tells which key a segment was written under: the first 8 bytes of HMAC(install.key, "id").
#[must_use]
pub fn key_id(key: &[u8]) -> [u8; 8] {
    let [first, _, _, _] = quarters(mac(key, &[b"id"]));
    first
}

/// Reads the key at `path`, as `Home::read_key` says.
pub(super) fn read_key(path: &Path) -> Result<Option<Key>, BatonError> {
    let start = Instant::now();
    loop {
        let bytes = match fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unreadable(&ERROR_HOME_KEY, &error)),
        };
        let size = bytes.len();
        if let Ok(key) = Key::try_from(bytes) {
            return Ok(Some(key));
        }
        if size > size_of::<Key>() || start.elapsed() > MAX_WAIT {
            return Err(BatonError::new(&ERROR_HOME_KEY));
        }
        sleep(WAIT_STEP);
    }
}

/// Reads the key at `path`, or makes it, as `Home::key` says.
pub(super) fn create_key(path: &Path) -> Result<Key, BatonError> {
    if let Some(key) = read_key(path)? {
        return Ok(key);
    }
    write_key(path).map_err(|error| unreadable(&ERROR_HOME_KEY, &error))?;
    read_key(path)?.ok_or_else(|| BatonError::new(&ERROR_HOME_KEY))
}

/// Of several processes that do so at once one wins; for the others that is no error.
fn write_key(path: &Path) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut key = Key::default();
    getrandom::fill(&mut key).map_err(io::Error::other)?;
    let mut random = [0; 8];
    getrandom::fill(&mut random).map_err(io::Error::other)?;
    // The name that the TypeScript writer gives too, by which whoever cleans up knows it.
    let mut temporary = tempfile::Builder::new()
        .prefix(&format!("install.key.{}", hex(&random)))
        .rand_bytes(0)
        .suffix(".tmp")
        .tempfile_in(folder)?;
    temporary.write_all(&key)?;
    temporary.as_file().sync_all()?;
    match fs::hard_link(temporary.path(), path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => {
            // No hard links here (exFAT): whoever creates the file itself writes the key, the others wait for its length.
            write_exclusive(path, &key)?;
        }
        _ => {}
    }
    temporary.close()?;
    LocalDisk::default().sync_folder(folder)
}

fn write_exclusive(path: &Path, key: &Key) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(mut file) => {
            file.write_all(key)?;
            file.sync_all()
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

fn keyed(key: &[u8], purpose: &str, value: &str) -> [u8; 32] {
    mac(key, &[purpose.as_bytes(), b"\0", value.as_bytes()])
}

/// HMAC-SHA-256, which pads a key with zeros to a block itself.
fn mac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut block = [0_u8; BLOCK];
    for (place, byte) in block.iter_mut().zip(key) {
        *place = *byte;
    }
    let mut mac = Hmac::<Sha256>::new(&block.into());
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

fn quarters(mac: [u8; 32]) -> [[u8; 8]; 4] {
    let mut quarters = [[0; 8]; 4];
    for (quarter, bytes) in quarters.iter_mut().zip(mac.as_chunks().0) {
        *quarter = *bytes;
    }
    quarters
}

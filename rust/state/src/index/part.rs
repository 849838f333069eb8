//! What the index is made of: a few parts, each read whole, and the sheet that proves them. A damaged redb page can change,
//! lose or invent entries without an error, so the sheet lists every part with its checksum and carries its own.

use std::collections::BTreeMap;

use crc32fast::Hasher;
use serde::{Deserialize, Serialize};

use super::unusable::Unusable;
use crate::r#gen::tables::SCHEMA_FINGERPRINT;

/// Version of the index. Another one is not read but built again.
const VERSION: u32 = 2;

/// Key of the sheet.
pub(super) const SHEET_KEY: &[u8] = b"";

/// A part of the index, under a key of its own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// What was seen of the segment files.
    Cursors,
    /// The winners of the machine.
    Machine,
    /// The winners of a workspace, by its name in UTF-8.
    Workspace(Vec<u8>),
}

impl Part {
    /// The part that holds the winners of a workspace; of the machine where there is none.
    pub fn of(workspace: Option<&[u8]>) -> Part {
        workspace.map_or(Part::Machine, |name| Part::Workspace(name.to_vec()))
    }

    /// Name of the workspace whose winners it holds.
    pub fn workspace(&self) -> Option<&[u8]> {
        match self {
            Part::Workspace(name) => Some(name),
            Part::Cursors | Part::Machine => None,
        }
    }

    /// Its key in the table.
    pub(super) fn key(&self) -> Vec<u8> {
        match self {
            Part::Cursors => vec![1],
            Part::Machine => vec![2],
            Part::Workspace(name) => [&[3], name.as_slice()].concat(),
        }
    }
}

/// What the index says of itself. Not a proto of the schema: nothing but this crate reads it, and an index of another
/// version or schema is thrown away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sheet {
    /// First bytes of the hash of the schema that the fold was made under.
    #[serde(with = "serde_bytes")]
    schema: Vec<u8>,
    /// Latest stamp or `observed_at` of the records that were folded, in milliseconds since 1970. Where it is more than
    /// a day ahead of now, the fold holds records from the future and answers for nobody.
    pub latest_ms: i64,
    /// Keys of all parts, with the checksums of key and value.
    checksums: BTreeMap<Vec<u8>, u32>,
}

impl Sheet {
    /// A sheet of an index without parts.
    pub(super) fn new(latest_ms: i64) -> Sheet {
        Sheet {
            schema: SCHEMA_FINGERPRINT.to_vec(),
            latest_ms,
            checksums: BTreeMap::new(),
        }
    }

    /// Lists a part, in place of what was listed under its key.
    pub(super) fn list(&mut self, key: &[u8], value: &[u8]) {
        self.checksums.insert(key.to_vec(), checksum(key, value));
    }

    /// Whether there is a part of this key.
    pub(super) fn lists(&self, key: &[u8]) -> bool {
        self.checksums.contains_key(key)
    }

    /// Whether this is the part that was listed under its key.
    pub(super) fn proves(&self, key: &[u8], value: &[u8]) -> bool {
        self.checksums.get(key) == Some(&checksum(key, value))
    }

    /// Its stored form: version, checksum, content.
    pub(super) fn seal(&self) -> Result<Vec<u8>, Unusable> {
        let content = encoded(self)?;
        let mut stored = VERSION.to_le_bytes().to_vec();
        stored.extend_from_slice(&checksum(SHEET_KEY, &content).to_le_bytes());
        stored.extend_from_slice(&content);
        Ok(stored)
    }

    /// The sheet of a stored form, where that proves and is of this version and schema.
    pub(super) fn unseal(stored: &[u8]) -> Result<Sheet, Unusable> {
        let (version, rest) = stored.split_first_chunk().ok_or(Unusable::Damaged)?;
        if u32::from_le_bytes(*version) != VERSION {
            return Err(Unusable::OtherVersion);
        }
        let (crc, content) = rest.split_first_chunk().ok_or(Unusable::Damaged)?;
        if u32::from_le_bytes(*crc) != checksum(SHEET_KEY, content) {
            return Err(Unusable::Damaged);
        }
        let sheet: Sheet = decoded(content)?;
        if sheet.schema != SCHEMA_FINGERPRINT {
            return Err(Unusable::OtherVersion);
        }
        Ok(sheet)
    }
}

/// A value as a part or the sheet holds it.
pub(super) fn encoded<T: Serialize>(value: &T) -> Result<Vec<u8>, Unusable> {
    postcard::to_allocvec(value).map_err(|_| Unusable::Damaged)
}

/// The value of what `encoded` gave.
pub(super) fn decoded<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, Unusable> {
    postcard::from_bytes(bytes).map_err(|_| Unusable::Damaged)
}

fn checksum(key: &[u8], value: &[u8]) -> u32 {
    let mut hasher = Hasher::new();
    hasher.update(&(key.len() as u64).to_le_bytes());
    hasher.update(key);
    hasher.update(value);
    hasher.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet() -> Sheet {
        let mut sheet = Sheet::new(7);
        sheet.list(b"key", b"value");
        sheet
    }

    #[test]
    fn a_part_under_another_key_or_changed_does_not_prove() {
        assert!(sheet().proves(b"key", b"value"));
        assert!(!sheet().proves(b"kez", b"value"));
        assert!(!sheet().proves(b"key", b"valuf"));
        assert!(sheet().lists(b"key") && !sheet().lists(b""));
    }

    #[test]
    fn every_flipped_bit_of_a_sheet_shows() {
        let stored = sheet().seal().unwrap();
        assert_eq!(Sheet::unseal(&stored), Ok(sheet()));
        for bit in 0..stored.len() * 8 {
            let mut flipped = stored.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(Sheet::unseal(&flipped).is_err(), "bit {bit}");
        }
        for length in 0..stored.len() {
            assert!(Sheet::unseal(&stored[..length]).is_err(), "{length} bytes");
        }
    }

    #[test]
    fn parts_have_keys_of_their_own() {
        let parts = [
            Part::Cursors,
            Part::Machine,
            Part::of(Some(b"")),
            Part::of(Some(b"a")),
        ];
        let keys: std::collections::BTreeSet<_> = parts.iter().map(Part::key).collect();
        assert_eq!(keys.len(), parts.len());
        assert_eq!(Part::of(None), Part::Machine);
    }
}

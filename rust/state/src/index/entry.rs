//! Entries that prove: a damaged redb page can change, lose or invent entries without an error, so each value carries
//! a checksum over its table, key and bytes, and each group of entries a tally that tells when one is missing.

use crc32fast::Hasher;

/// The tables of the index. Keys and values of all of them are plain bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table {
    /// One entry, the [`Sheet`](super::sheet::Sheet).
    Sheet,
    /// One entry per segment file.
    Cursors,
    /// One entry per identity key.
    Winners,
}

impl Table {
    /// Name of the table in redb.
    pub fn name(self) -> &'static str {
        match self {
            Table::Sheet => "sheet",
            Table::Cursors => "cursors",
            Table::Winners => "winners",
        }
    }
}

/// How many entries a group has, and the sum of their checksums: a missing, doubled or foreign entry shows.
#[derive(Clone, Copy, PartialEq, Eq, prost::Message)]
pub struct Tally {
    /// Number of entries.
    #[prost(uint64, tag = "1")]
    pub count: u64,
    /// Sum of their checksums.
    #[prost(fixed64, tag = "2")]
    pub sum: u64,
}

impl Tally {
    /// Counts an entry in.
    pub fn add(&mut self, crc: u32) {
        self.count = self.count.wrapping_add(1);
        self.sum = self.sum.wrapping_add(u64::from(crc));
    }

    /// Counts an entry out.
    pub fn remove(&mut self, crc: u32) {
        self.count = self.count.wrapping_sub(1);
        self.sum = self.sum.wrapping_sub(u64::from(crc));
    }
}

fn checksum(table: Table, key: &[u8], value: &[u8]) -> u32 {
    let mut hasher = Hasher::new();
    hasher.update(table.name().as_bytes());
    hasher.update(&(key.len() as u64).to_le_bytes());
    hasher.update(key);
    hasher.update(value);
    hasher.finalize()
}

/// The stored form of a value, its CRC-32 in front, and that CRC.
pub fn seal(table: Table, key: &[u8], value: &[u8]) -> (Vec<u8>, u32) {
    let crc = checksum(table, key, value);
    let mut stored = Vec::with_capacity(4 + value.len());
    stored.extend_from_slice(&crc.to_le_bytes());
    stored.extend_from_slice(value);
    (stored, crc)
}

/// The value and its CRC where the stored form proves, else nothing.
pub fn unseal<'a>(table: Table, key: &[u8], stored: &'a [u8]) -> Option<(&'a [u8], u32)> {
    let (crc, value) = stored.split_first_chunk::<4>()?;
    let crc = u32::from_le_bytes(*crc);
    (crc == checksum(table, key, value)).then_some((value, crc))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_under_another_key_or_in_another_table_does_not_prove() {
        let (stored, crc) = seal(Table::Winners, b"key", b"value");
        assert_eq!(
            unseal(Table::Winners, b"key", &stored),
            Some((&b"value"[..], crc))
        );
        assert_eq!(unseal(Table::Winners, b"kez", &stored), None);
        assert_eq!(unseal(Table::Cursors, b"key", &stored), None);
        assert_eq!(unseal(Table::Winners, b"key", &stored[..3]), None);
    }

    #[test]
    fn every_flipped_bit_of_a_value_shows() {
        let (stored, _) = seal(Table::Winners, b"key", b"value");
        for bit in 0..stored.len() * 8 {
            let mut flipped = stored.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(unseal(Table::Winners, b"key", &flipped), None);
        }
    }
}

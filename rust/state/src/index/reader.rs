//! The file `index.redb`, read: proven parts come out, or nothing. A damaged file makes redb panic inside reads, or answer
//! wrongly without an error, so it runs isolated and its answers are checked.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use redb::{Builder, ReadOnlyDatabase, ReadOnlyTable, ReadableDatabase, TableDefinition};
use serde::de::DeserializeOwned;

use super::isolate::isolated;
use super::part::{Part, SHEET_KEY, Sheet, decoded};
use super::seen_file::SeenFile;
use super::storage::Storage;
use super::stored::StoredWinners;
use super::unusable::{Unusable, guarded};

const CACHE: usize = 8 << 20;

/// The one table of the index.
pub(super) const PARTS: TableDefinition<'static, &'static [u8], &'static [u8]> =
    TableDefinition::new("parts");

type Parts = ReadOnlyTable<&'static [u8], &'static [u8]>;

/// The index, open for reading. Writers are kept out while it lives, so it is read and dropped at once.
pub struct Reader {
    // Dropped in isolation, and in this order.
    open: Option<(Parts, ReadOnlyDatabase)>,
    sheet: Sheet,
}

impl Reader {
    /// Opens the index at `path` and proves its sheet. Never waits, never writes, never repairs.
    pub fn open(storage: &impl Storage, path: &Path) -> Result<Reader, Unusable> {
        if !fs::metadata(path)?.is_file() {
            return Err(Unusable::Damaged);
        }
        let mut builder = Builder::new();
        builder.set_cache_size(CACHE);
        let database = isolated(|| storage.open_read_only(&builder, path))
            .map_err(|_| Unusable::Damaged)??;
        let parts = guarded(|| Ok(database.begin_read()?.open_table(PARTS)?))?;
        let mut reader = Reader {
            open: Some((parts, database)),
            sheet: Sheet::new(0),
        };
        reader.sheet = reader.get(SHEET_KEY, Sheet::unseal)?;
        Ok(reader)
    }

    /// What the index says of itself.
    pub fn sheet(&self) -> &Sheet {
        &self.sheet
    }

    /// What was seen of the segment files, by name.
    pub fn cursors(&self) -> Result<BTreeMap<String, SeenFile>, Unusable> {
        self.part(&Part::Cursors)
    }

    /// The winners of a part, in byte order of their identity keys; none where there is no such part.
    pub fn winners(&self, part: &Part) -> Result<StoredWinners, Unusable> {
        self.part(part)
    }

    /// What a part holds, where it proves; an empty one where there is no such part.
    fn part<T: DeserializeOwned + Default>(&self, part: &Part) -> Result<T, Unusable> {
        let key = part.key();
        if !self.sheet.lists(&key) {
            return Ok(T::default());
        }
        self.get(&key, |value| {
            if self.sheet.proves(&key, value) {
                decoded(value)
            } else {
                Err(Unusable::Damaged)
            }
        })
    }

    fn get<T>(
        &self,
        key: &[u8],
        read: impl FnOnce(&[u8]) -> Result<T, Unusable>,
    ) -> Result<T, Unusable> {
        let (parts, _) = self.open.as_ref().ok_or(Unusable::Damaged)?;
        let value = guarded(|| Ok(parts.get(key)?.map(|value| read(value.value()))))?;
        value.ok_or(Unusable::Damaged)?
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let open = self.open.take();
        let _ = isolated(|| drop(open));
    }
}

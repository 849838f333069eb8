//! The file `index.redb`, read: proven entries come out, or nothing. A damaged file makes redb panic inside reads, or
//! answer wrongly without an error, so it runs isolated and its answers are checked.

use std::fs;
use std::ops::Bound;
use std::path::Path;

use prost::Message as _;
use redb::{Builder, ReadOnlyDatabase, ReadTransaction, ReadableDatabase, TableDefinition};

use super::entry::{Table, Tally, unseal};
use super::isolate::isolated;
use super::sheet::{Sheet, VERSION};
use super::unusable::{Unusable, guarded};
use crate::r#gen::tables::SCHEMA_FINGERPRINT;

const CACHE: usize = 8 << 20;
pub(super) const SHEET_KEY: &[u8] = b"";

pub(super) fn definition(table: Table) -> TableDefinition<'static, &'static [u8], &'static [u8]> {
    TableDefinition::new(table.name())
}

/// A key and its value.
pub type Entry = (Vec<u8>, Vec<u8>);

/// The index, open for reading. Writers are kept out while it lives, so it is read and dropped at once.
pub struct Reader {
    // Dropped in isolation, and in this order.
    open: Option<(ReadTransaction, ReadOnlyDatabase)>,
    sheet: Sheet,
}

impl Reader {
    /// Opens the index at `path` and proves its sheet. Never waits, never writes, never repairs.
    pub fn open(path: &Path) -> Result<Reader, Unusable> {
        if !fs::metadata(path)?.is_file() {
            return Err(Unusable::Damaged);
        }
        let open = isolated(|| {
            let database = Builder::new().set_cache_size(CACHE).open_read_only(path)?;
            let transaction = database.begin_read().map_err(|_| Unusable::Damaged)?;
            Ok::<_, Unusable>((transaction, database))
        })
        .map_err(|_| Unusable::Damaged)??;
        let mut reader = Reader {
            open: Some(open),
            sheet: Sheet::default(),
        };
        let (sheets, _) = reader.read(Table::Sheet, SHEET_KEY, |_, value| proven_sheet(value))?;
        reader.sheet = sheets.into_iter().next().ok_or(Unusable::Damaged)?;
        Ok(reader)
    }

    /// What the index says of itself.
    pub fn sheet(&self) -> &Sheet {
        &self.sheet
    }

    /// All cursors, in byte order of their keys.
    pub fn cursors(&self) -> Result<Vec<Entry>, Unusable> {
        self.tallied(Table::Cursors, &[], self.sheet.cursors, |file, value| {
            Ok((file.to_vec(), value.to_vec()))
        })
    }

    /// All winners of the group with this prefix, in byte order of their keys; none where there is no such group. What
    /// `make` makes of key and value is given, what it refuses is refused.
    pub fn winners<T>(
        &self,
        prefix: &[u8],
        make: impl Fn(&[u8], &[u8]) -> Result<T, Unusable>,
    ) -> Result<Vec<T>, Unusable> {
        self.tallied(Table::Winners, prefix, self.sheet.tally(prefix), make)
    }

    fn tallied<T>(
        &self,
        table: Table,
        prefix: &[u8],
        expected: Tally,
        make: impl Fn(&[u8], &[u8]) -> Result<T, Unusable>,
    ) -> Result<Vec<T>, Unusable> {
        let (entries, seen) = self.read(table, prefix, make)?;
        if seen == expected {
            Ok(entries)
        } else {
            Err(Unusable::Damaged)
        }
    }

    fn read<T>(
        &self,
        table: Table,
        prefix: &[u8],
        make: impl Fn(&[u8], &[u8]) -> Result<T, Unusable>,
    ) -> Result<(Vec<T>, Tally), Unusable> {
        let Some((transaction, _)) = &self.open else {
            return Err(Unusable::Damaged);
        };
        guarded(|| {
            let opened = transaction.open_table(definition(table))?;
            let mut entries = Vec::new();
            let mut tally = Tally::default();
            for entry in opened.range::<&[u8]>((Bound::Included(prefix), Bound::Unbounded))? {
                let (key, stored) = entry?;
                if !key.value().starts_with(prefix) {
                    break;
                }
                let Some((value, crc)) = unseal(table, key.value(), stored.value()) else {
                    return Ok(Err(Unusable::Damaged));
                };
                tally.add(crc);
                match make(key.value(), value) {
                    Ok(made) => entries.push(made),
                    Err(why) => return Ok(Err(why)),
                }
            }
            Ok(Ok((entries, tally)))
        })?
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let open = self.open.take();
        let _ = isolated(|| drop(open));
    }
}

pub(super) fn proven_sheet(value: &[u8]) -> Result<Sheet, Unusable> {
    let sheet = Sheet::decode(value).map_err(|_| Unusable::Damaged)?;
    if sheet.version != VERSION || sheet.schema != SCHEMA_FINGERPRINT {
        return Err(Unusable::OtherVersion);
    }
    Ok(sheet)
}

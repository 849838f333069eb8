//! How redb reaches the file of the index. Tests put another way in its place.

use std::fs::File;
use std::path::Path;

use redb::backends::FileBackend;
use redb::{Builder, Database, DatabaseError, ReadOnlyDatabase};

/// A way to the file of the index.
pub trait Storage {
    /// A database in a file that was just created, still empty.
    fn create(&self, builder: &Builder, file: File) -> Result<Database, DatabaseError>;
    /// The database of a file that is there, for writing; redb repairs what a crash left.
    fn open(&self, builder: &Builder, path: &Path) -> Result<Database, DatabaseError>;
    /// The same for reading alone; redb refuses what it would have to repair.
    fn open_read_only(
        &self,
        builder: &Builder,
        path: &Path,
    ) -> Result<ReadOnlyDatabase, DatabaseError>;
}

/// The file itself.
#[derive(Debug, Clone, Copy, Default)]
pub struct LocalStorage;

impl Storage for LocalStorage {
    fn create(&self, builder: &Builder, file: File) -> Result<Database, DatabaseError> {
        builder.create_with_backend(FileBackend::new(file)?)
    }

    fn open(&self, builder: &Builder, path: &Path) -> Result<Database, DatabaseError> {
        builder.open(path)
    }

    fn open_read_only(
        &self,
        builder: &Builder,
        path: &Path,
    ) -> Result<ReadOnlyDatabase, DatabaseError> {
        builder.open_read_only(path)
    }
}

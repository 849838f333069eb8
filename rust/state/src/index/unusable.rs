//! Why the index does not answer, and the fence around redb that tells.

use std::io::ErrorKind;

use redb::DatabaseError;

use super::isolate::isolated;

/// Why the index does not answer. None of these is an error of a command: the segments answer instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// There is no index.
    #[error("there is none yet")]
    Absent,
    /// Another process has it open for writing.
    #[error("another process is writing it")]
    Locked,
    /// It does not prove, or redb refused it.
    #[error("it is damaged")]
    Damaged,
    /// A program was killed while it wrote.
    #[error("its last update was interrupted")]
    Interrupted,
    /// Another version of the index or of the schema made it.
    #[error("another version made it")]
    OtherVersion,
    /// It holds records from the future.
    #[error("it holds records from the future")]
    Future,
    /// A segment that it has read is gone, replaced, shorter or changed (SEG-035).
    #[error("a segment that it has read is gone or replaced")]
    Void,
    /// The operating system refused.
    #[error("it cannot be opened: {0}")]
    Io(ErrorKind),
}

impl From<DatabaseError> for Unusable {
    fn from(error: DatabaseError) -> Self {
        match error {
            DatabaseError::DatabaseAlreadyOpen => Unusable::Locked,
            DatabaseError::RepairAborted => Unusable::Interrupted,
            DatabaseError::UpgradeRequired(_) | DatabaseError::LockProtocolMismatch => {
                Unusable::OtherVersion
            }
            DatabaseError::Storage(redb::StorageError::Io(error))
                if error.kind() == ErrorKind::NotFound =>
            {
                Unusable::Absent
            }
            DatabaseError::Storage(redb::StorageError::Io(error)) if is_refusal(error.kind()) => {
                Unusable::Io(error.kind())
            }
            _ => Unusable::Damaged,
        }
    }
}

impl From<std::io::Error> for Unusable {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            ErrorKind::NotFound => Unusable::Absent,
            kind => Unusable::Io(kind),
        }
    }
}

fn is_refusal(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem | ErrorKind::StorageFull
    )
}

/// Runs redb; what it refuses and where it panics is damage unless said otherwise.
pub(super) fn guarded<T>(work: impl FnOnce() -> Result<T, redb::Error>) -> Result<T, Unusable> {
    match isolated(work) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(redb::Error::Io(error))) if is_refusal(error.kind()) => {
            Err(Unusable::Io(error.kind()))
        }
        Ok(Err(redb::Error::TableDoesNotExist(_))) => Err(Unusable::OtherVersion),
        Ok(Err(_)) | Err(_) => Err(Unusable::Damaged),
    }
}

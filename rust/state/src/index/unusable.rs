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
    #[error("the system refuses it: {0}")]
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
            DatabaseError::Storage(redb::StorageError::Io(error)) => refused(&error),
            _ => Unusable::Damaged,
        }
    }
}

impl From<std::io::Error> for Unusable {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            ErrorKind::NotFound => Unusable::Absent,
            _ if is_of_lock(&error) => Unusable::Locked,
            kind => Unusable::Io(kind),
        }
    }
}

/// What redb met while it read or wrote the file.
fn refused(error: &std::io::Error) -> Unusable {
    match error.kind() {
        ErrorKind::NotFound => Unusable::Absent,
        _ if is_of_lock(error) => Unusable::Locked,
        kind if is_refusal(kind) => Unusable::Io(kind),
        _ => Unusable::Damaged,
    }
}

/// Whether another process keeps this one from the file. Locks of Windows hold for readers, too: ERROR_SHARING_VIOLATION
/// where it cannot be opened, ERROR_LOCK_VIOLATION where bytes of it cannot be read, as those of an open redb.
fn is_of_lock(error: &std::io::Error) -> bool {
    cfg!(windows) && matches!(error.raw_os_error(), Some(32 | 33))
}

fn is_refusal(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::PermissionDenied
            | ErrorKind::ReadOnlyFilesystem
            | ErrorKind::StorageFull
            | ErrorKind::QuotaExceeded
            | ErrorKind::FileTooLarge
    )
}

/// Runs redb; what it refuses and where it panics is damage unless said otherwise.
pub(super) fn guarded<T>(work: impl FnOnce() -> Result<T, redb::Error>) -> Result<T, Unusable> {
    match isolated(work) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(redb::Error::Io(error))) => Err(match refused(&error) {
            // It was there when it was opened.
            Unusable::Absent => Unusable::Damaged,
            why => why,
        }),
        Ok(Err(redb::Error::TableDoesNotExist(_))) => Err(Unusable::OtherVersion),
        Ok(Err(_)) | Err(_) => Err(Unusable::Damaged),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Error;

    use redb::StorageError;

    use super::*;

    /// What each way to the index makes of an error of the system.
    fn seen(code: i32) -> [Unusable; 3] {
        let error = || Error::from_raw_os_error(code);
        [
            Unusable::from(error()),
            Unusable::from(DatabaseError::Storage(StorageError::Io(error()))),
            guarded(|| -> Result<(), _> { Err(redb::Error::Io(error())) }).unwrap_err(),
        ]
    }

    #[cfg(windows)]
    #[test]
    fn an_index_that_another_process_has_open_is_locked_however_windows_says_so() {
        for code in [32, 33] {
            assert_eq!(seen(code), [Unusable::Locked; 3], "error {code}");
        }
        assert_eq!(seen(5), [Unusable::Io(ErrorKind::PermissionDenied); 3]);
    }

    #[cfg(unix)]
    #[test]
    fn an_index_that_may_not_be_read_or_written_is_refused_and_none_is_damaged_by_that() {
        for (code, kind) in [
            (13, ErrorKind::PermissionDenied),
            (27, ErrorKind::FileTooLarge),
            (28, ErrorKind::StorageFull),
            (30, ErrorKind::ReadOnlyFilesystem),
        ] {
            assert_eq!(seen(code), [Unusable::Io(kind); 3], "error {code}");
        }
        let [absent, unopened, lost] = seen(2);
        assert_eq!(
            [absent, unopened, lost],
            [Unusable::Absent, Unusable::Absent, Unusable::Damaged]
        );
    }
}

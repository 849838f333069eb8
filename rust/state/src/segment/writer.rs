//! Writing of segments: one recorder, one file at a time, no locks (SEG-040 … SEG-045).

use std::io::{self, ErrorKind};
use std::path::PathBuf;
use std::time::Duration;

use super::Id;
use super::disk::{Disk, LocalDisk, Moment};
use super::header::{FORMAT_MAJOR, FORMAT_MINOR};
use super::open::OpenSegment;
use super::seal::SEAL_SIZE;
use crate::r#gen::tables::{
    ERROR_HOME_UNUSABLE, ERROR_RECORD_SIZE, ERROR_SEGMENT_IO, ERROR_SEGMENT_NO_SPACE,
    SCHEMA_FINGERPRINT,
};
use crate::guard::record::GuardedRecord;
use crate::proto::segment::v1::Header;
use crate::record::error::BatonError;

/// A segment never grows past this (SEG-044).
pub const MAX_SEGMENT_SIZE: u64 = 8 << 20;
/// Most bytes of the payloads of one batch, with the frames around them.
pub const MAX_BATCH_SIZE: usize = 1 << 20;
/// Most bytes of a frame besides its payload.
const MAX_FRAME_OVERHEAD: usize = 67;

/// Input/output error.
const EIO: i32 = 5;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const IDLE_HOUR: Duration = Duration::from_secs(60 * 60);
const LONG_PAUSE: Duration = Duration::from_secs(1);

/// What a writer needs.
#[derive(Debug, Clone)]
pub struct WriterInit {
    /// The folder of segments; it must be there.
    pub dir: PathBuf,
    /// Name of the program, for the header.
    pub name: String,
    /// Its version.
    pub version: String,
    /// First 8 bytes of HMAC(install.key, "id"), where there is a key.
    pub key_id: Option<[u8; 8]>,
}

/// What an acknowledgement promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// In the kernel: survives the process.
    Written,
    /// On the disk: survives a power cut. It promises this of its own batch alone, which is synced before it is
    /// acknowledged; so after a failed sync no other batch is written again (SEG-043).
    Durable,
}

/// Where a record went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ack {
    /// Id of the segment.
    pub segment: Id,
    /// Its sequence number.
    pub seq: u64,
}

/// A writer of segments. What it does not acknowledge may be given to it again. It takes stamps as they are: where they
/// start is the duty of the recorder that makes them (SEG-046).
#[derive(Debug)]
pub struct Writer<D: Disk = LocalDisk> {
    init: WriterInit,
    disk: D,
    id: Id,
    next_seq: u64,
    last_write: Moment,
    current: Option<OpenSegment<D::File>>,
}

/// Why a batch was not written.
enum Failure {
    /// The segment is left for good: another one may take the batch (SEG-043).
    Abandoned(io::Error),
    Full,
    NotOpened(BatonError),
}

impl Writer {
    /// A writer with a random id. Does no I/O. Refuses where the system has no random bytes (HOME_UNUSABLE).
    pub fn open(init: WriterInit) -> Result<Self, BatonError> {
        Self::open_on(LocalDisk::default(), init)
    }
}

impl<D: Disk> Writer<D> {
    /// As `open`, on another disk.
    pub fn open_on(disk: D, init: WriterInit) -> Result<Self, BatonError> {
        Ok(Self {
            init,
            id: random_id()?,
            next_seq: 1,
            last_write: disk.now(),
            disk,
            current: None,
        })
    }

    /// Id of the recorder.
    #[must_use]
    pub fn id(&self) -> &Id {
        &self.id
    }

    /// Writes records, all into one segment, and acknowledges all of them or none. Refuses with RECORD_SIZE a batch above
    /// `MAX_BATCH_SIZE`, with SEGMENT_NO_SPACE on a full disk, with SEGMENT_IO what failed in two segments, with
    /// HOME_UNUSABLE where no segment can be created.
    pub fn append(
        &mut self,
        records: &[GuardedRecord],
        durability: Durability,
    ) -> Result<Vec<Ack>, BatonError> {
        let sizes = records
            .iter()
            .map(|record| record.payload().len() + MAX_FRAME_OVERHEAD);
        let most: usize = sizes.sum();
        if most > MAX_BATCH_SIZE {
            return Err(BatonError::new(&ERROR_RECORD_SIZE).at("batch above 1 MiB"));
        }
        if records.is_empty() {
            return Ok(Vec::new());
        }
        if self.is_due(most as u64) {
            self.leave();
        }
        let first_seq = self.next_seq;
        let mut done = self.write(records, durability);
        let is_again = matches!(done, Err(Failure::Abandoned(_)));
        if is_again {
            done = self.write(records, durability);
        }
        let is_left = match &done {
            Ok(_) => false,
            Err(Failure::NotOpened(_)) => is_again,
            Err(_) => is_again || self.current.is_none(),
        };
        if is_left {
            // Frames of the batch may stand where nobody cuts them off: no other record gets their numbers.
            self.leave();
            self.next_seq = first_seq + records.len() as u64;
        }
        done.map_err(|failure| match failure {
            Failure::Abandoned(error) => {
                BatonError::new(&ERROR_SEGMENT_IO).at(error.kind().to_string())
            }
            Failure::Full => BatonError::new(&ERROR_SEGMENT_NO_SPACE),
            Failure::NotOpened(error) => error,
        })
    }

    /// Seals the segment and closes it.
    pub fn close(mut self) {
        self.leave();
    }

    fn leave(&mut self) {
        if let Some(segment) = self.current.take() {
            segment.seal();
        }
    }

    /// Whether the segment is too full, too old or was idle for too long (SEG-044).
    fn is_due(&self, more: u64) -> bool {
        let now = self.disk.now();
        self.current.as_ref().is_some_and(|segment| {
            segment.bytes + more + SEAL_SIZE as u64 > MAX_SEGMENT_SIZE
                || now.since(&segment.created) >= DAY
                || now.since(&self.last_write) > IDLE_HOUR
        })
    }

    fn write(
        &mut self,
        records: &[GuardedRecord],
        durability: Durability,
    ) -> Result<Vec<Ack>, Failure> {
        let mut segment = match self.current.take() {
            Some(segment) => segment,
            None => self.create().map_err(Failure::NotOpened)?,
        };
        let first_seq = self.next_seq;
        if let Err(error) = segment.write(records) {
            if !is_no_space(&error) {
                return Err(Failure::Abandoned(error));
            }
            if segment.keep_whole_frames().is_ok() {
                self.next_seq = segment.last_seq + 1;
                self.current = Some(segment);
            }
            return Err(Failure::Full);
        }
        // Whoever compacts may have copied and deleted the segment of a writer that slept, up to this moment (SEG-045).
        let now = self.disk.now();
        if now.since(&self.last_write) > LONG_PAUSE
            && !segment.has_name().map_err(Failure::Abandoned)?
        {
            return Err(Failure::Abandoned(ErrorKind::NotFound.into()));
        }
        if durability == Durability::Durable {
            segment
                .sync(&mut self.disk, &self.init.dir)
                .map_err(Failure::Abandoned)?;
        }
        self.last_write = now;
        self.next_seq = segment.last_seq + 1;
        let id = segment.id;
        self.current = Some(segment);
        Ok((first_seq..self.next_seq)
            .map(|seq| Ack { segment: id, seq })
            .collect())
    }

    fn create(&mut self) -> Result<OpenSegment<D::File>, BatonError> {
        let id = random_id()?;
        let header = Header {
            format_major: Some(FORMAT_MAJOR),
            format_minor: Some(FORMAT_MINOR),
            segment_id: Some(id.to_vec()),
            writer_id: Some(self.id.to_vec()),
            created_at: Some(self.disk.now().wall_ms as i64),
            first_seq: Some(self.next_seq),
            writer_name: Some(self.init.name.clone()),
            writer_version: Some(self.init.version.clone()),
            schema_fingerprint: Some(SCHEMA_FINGERPRINT.to_vec()),
            key_id: self.init.key_id.map(|id| id.to_vec()),
            ..Default::default()
        };
        OpenSegment::create(&mut self.disk, &self.init.dir, id, &header).map_err(|error| {
            let table = match error.raw_os_error() {
                _ if is_no_space(&error) => &ERROR_SEGMENT_NO_SPACE,
                Some(EIO) => &ERROR_SEGMENT_IO,
                _ => &ERROR_HOME_UNUSABLE,
            };
            BatonError::new(table).at(error.kind().to_string())
        })
    }
}

/// Whether the disk, the quota or the allowed size of files is full.
fn is_no_space(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge
    )
}

/// A random id, of a segment or a writer. Refuses where the system has no random bytes (HOME_UNUSABLE).
pub fn random_id() -> Result<Id, BatonError> {
    let mut id = Id::default();
    getrandom::fill(&mut id)
        .map_err(|_| BatonError::new(&ERROR_HOME_UNUSABLE).at("no random bytes"))?;
    Ok(id)
}

//! One segment that is being written: its file, and what its seal will say.

use std::io::{self, ErrorKind};
use std::path::Path;

use crc32fast::Hasher;

use super::Id;
use super::disk::{Disk, DiskFile, Moment};
use super::frame::{Frame, RECORD, SegmentCrc, push_frame};
use super::header::opening;
use super::seal::push_seal;
use crate::guard::record::GuardedRecord;
use crate::proto::segment::v1::{Header, Seal};

/// A write that stopped half way, with `written` bytes out.
pub(super) struct WriteFailure {
    written: usize,
    pub error: io::Error,
}

/// A segment of this process.
#[derive(Debug)]
pub struct OpenSegment<F> {
    /// Its id.
    pub id: Id,
    /// When it was created.
    pub created: Moment,
    /// Bytes that are written: always the end of a whole frame.
    pub bytes: u64,
    /// Sequence number of its last record.
    pub last_seq: u64,
    file: F,
    first_seq: u64,
    frames: u32,
    checksum: Hasher,
    max_stamp: u64,
    is_folder_synced: bool,
}

impl<F: DiskFile> OpenSegment<F> {
    /// Creates a segment and writes magic and header (SEG-040). Where that fails no file is left, as far as it lets itself
    /// be removed.
    pub fn create<D: Disk<File = F>>(
        disk: &mut D,
        dir: &Path,
        id: Id,
        header: &Header,
    ) -> io::Result<Self> {
        let path = dir.join(format!("{}.seg", super::hex(&id)));
        let mut file = disk.create_new(&path)?;
        let bytes = opening(&id, header);
        if let Err(failure) = write_whole(&mut file, &bytes) {
            drop(file);
            // Nothing was acknowledged, and a reader takes what is left for an open tail.
            let _ = disk.remove(&path);
            return Err(failure.error);
        }
        let mut checksum = Hasher::new();
        checksum.update(&bytes);
        let first_seq = header.first_seq.unwrap_or(1);
        Ok(Self {
            id,
            created: disk.now(),
            bytes: bytes.len() as u64,
            last_seq: first_seq - 1,
            file,
            first_seq,
            frames: 2,
            checksum,
            max_stamp: 0,
            is_folder_synced: false,
        })
    }

    /// Writes records behind the last one. After a failure the file may end inside a frame: `keep_whole_frames` or drop it.
    pub fn write(&mut self, records: &[GuardedRecord]) -> io::Result<()> {
        let crc = SegmentCrc::new(&self.id);
        let mut bytes = Vec::new();
        let mut ends = Vec::with_capacity(records.len());
        for (seq, record) in (self.last_seq + 1..).zip(records) {
            let (kind, payload) = (record.kind(), record.payload());
            push_frame(
                &mut bytes,
                crc,
                &Frame {
                    ty: RECORD,
                    kind,
                    seq,
                    origin: None,
                    payload,
                },
            );
            ends.push(bytes.len());
        }
        let failure = write_whole(&mut self.file, &bytes).err();
        let written = failure
            .as_ref()
            .map_or(bytes.len(), |failure| failure.written);
        let whole = ends.partition_point(|end| *end <= written);
        let end = ends.iter().copied().take(whole).next_back().unwrap_or(0);
        self.checksum.update(bytes.get(..end).unwrap_or_default());
        self.bytes += end as u64;
        self.frames += whole as u32;
        self.last_seq += whole as u64;
        let stamps = records.iter().take(whole).map(GuardedRecord::stamp);
        self.max_stamp = stamps.fold(self.max_stamp, u64::max);
        match failure {
            Some(failure) => Err(failure.error),
            None => Ok(()),
        }
    }

    /// Cuts the file behind its last whole frame (SEG-042).
    pub fn keep_whole_frames(&mut self) -> io::Result<()> {
        self.file.truncate(self.bytes)
    }

    /// Makes what was written durable, and the name of the file too (SEG-040, SEG-041).
    pub fn sync<D: Disk<File = F>>(&mut self, disk: &mut D, dir: &Path) -> io::Result<()> {
        self.file.sync_data()?;
        if !self.is_folder_synced {
            disk.sync_folder(dir)?;
            self.is_folder_synced = true;
        }
        Ok(())
    }

    /// Whether the file still has a name (SEG-045).
    pub fn has_name(&self) -> io::Result<bool> {
        self.file.has_name()
    }

    /// Seals the segment as far as the disk lets it: nothing that was acknowledged depends on a seal.
    pub fn seal(mut self) {
        let seal = Seal {
            frames: Some(self.frames),
            first_seq: Some(self.first_seq),
            last_seq: Some(self.last_seq),
            bytes: Some(self.bytes),
            crc: Some(self.checksum.clone().finalize()),
            max_stamp: Some(self.max_stamp),
        };
        let mut bytes = Vec::new();
        push_seal(&mut bytes, SegmentCrc::new(&self.id), &seal);
        if write_whole(&mut self.file, &bytes).is_err() {
            let _ = self.keep_whole_frames();
        }
    }
}

/// Writes all bytes, going on after short counts (SEG-041).
pub(super) fn write_whole(file: &mut impl DiskFile, bytes: &[u8]) -> Result<(), WriteFailure> {
    let mut written = 0;
    while let Some(rest) = bytes.get(written..).filter(|rest| !rest.is_empty()) {
        match file.write(rest) {
            Ok(0) => {
                let error = ErrorKind::WriteZero.into();
                return Err(WriteFailure { written, error });
            }
            Ok(count) => written += count,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(WriteFailure { written, error }),
        }
    }
    Ok(())
}

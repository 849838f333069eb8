//! Reading a folder while it is compacted: SEG-034. `conformance/churn.test.ts` asks the same of the TypeScript side.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use baton_state::proto::segment::v1::{Header, Replaced, Seal};
use baton_state::segment::folder::read_folder;
use baton_state::segment::frame::{Frame, Origin, RECORD, SegmentCrc, push_frame};
use baton_state::segment::header::opening;
use baton_state::segment::seal::push_seal;
use baton_state::segment::{Id, hex};

const STEPS: u128 = 400;
const WRITER: Id = [7; 16];

/// A sealed segment with three records of `WRITER` that replaces the one before.
fn segment(step: u128, before: Option<&[u8]>) -> Vec<u8> {
    let id = step.to_be_bytes();
    let crc = SegmentCrc::new(&id);
    let replaces = before.map(|bytes| Replaced {
        segment_id: Some((step - 1).to_be_bytes().to_vec()),
        bytes: Some(bytes.len() as u64),
    });
    let header = Header {
        format_major: Some(1),
        segment_id: Some(id.to_vec()),
        writer_id: Some(WRITER.to_vec()),
        first_seq: Some(1),
        replaces: replaces.into_iter().collect(),
        ..Header::default()
    };
    let mut out = opening(&id, &header);
    for seq in 1..=3 {
        let origin = before.map(|_| Origin {
            writer: WRITER,
            seq,
        });
        let frame = Frame {
            ty: RECORD,
            kind: 19,
            seq,
            origin,
            payload: b"",
        };
        push_frame(&mut out, crc, &frame);
    }
    let seal = Seal {
        frames: Some(5),
        first_seq: Some(1),
        last_seq: Some(3),
        bytes: Some(out.len() as u64),
        crc: Some(crc32fast::hash(&out)),
        max_stamp: Some(0),
    };
    push_seal(&mut out, crc, &seal);
    out
}

fn path_of(dir: &Path, step: u128) -> PathBuf {
    dir.join(format!("{}.seg", hex(&step.to_be_bytes())))
}

#[test]
fn a_reader_loses_nothing_and_counts_nothing_twice_while_segments_are_compacted_under_it()
-> Result<(), Box<dyn Error>> {
    let dir = tempfile::tempdir()?;
    let dir = dir.path();
    let mut before = segment(0, None);
    fs::write(path_of(dir, 0), &before)?;
    let mut readings = 0;
    thread::scope(|scope| -> Result<(), Box<dyn Error>> {
        let churn = scope.spawn(|| {
            for step in 1..=STEPS {
                before = segment(step, Some(&before));
                fs::write(path_of(dir, step), &before)?;
                fs::remove_file(path_of(dir, step - 1))?;
                thread::sleep(Duration::from_millis(1));
            }
            std::io::Result::Ok(())
        });
        while !churn.is_finished() {
            let folder = read_folder(dir)?;
            let seqs: Vec<_> = folder.records().map(|record| record.seq).collect();
            assert_eq!(seqs, [1, 2, 3]);
            readings += 1;
        }
        Ok(churn.join().map_err(|_| "the churn panicked")??)
    })?;
    assert!(readings > 20);
    Ok(())
}

//! What a writer promises when the disk does not keep its own promises.

mod build;
mod disk;

use std::fs;

use baton_state::proto::segment::v1::FindingType;
use baton_state::segment::folder::read_folder;
use baton_state::segment::verify::verify_report;
use baton_state::segment::writer::Durability::{Durable, Written};
use baton_state::segment::writer::Writer;
use disk::{Fault, init, notes, scene};

/// EIO, and ERROR_IO_DEVICE of Windows.
const EIO: i32 = if cfg!(windows) { 1117 } else { 5 };
/// ENOSPC, and ERROR_DISK_FULL of Windows.
const ENOSPC: i32 = if cfg!(windows) { 112 } else { 28 };
const HOUR: u64 = 3600;

#[test]
fn what_is_written_is_read_and_sealed_on_close() {
    let mut scene = scene();
    assert!(scene.files().is_empty(), "opening does no input or output");
    let acks = scene
        .writer
        .append(&notes(&["one", "two"]), Written)
        .unwrap();
    assert_eq!(acks.iter().map(|ack| ack.seq).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(scene.seqs(), [1, 2]);
    scene.writer.append(&notes(&["three"]), Written).unwrap();
    let writer = *scene.writer.id();
    let dir = scene.dir;
    scene.writer.close();
    let folder = read_folder(dir.path()).unwrap();
    let report = verify_report(&folder);
    assert_eq!(
        (report.records, report.segments[0].sealed),
        (Some(3), Some(true))
    );
    let header = folder.segments[0].header.as_ref().unwrap();
    assert_eq!((header.writer, header.segment), (writer, acks[0].segment));
}

#[cfg(unix)]
#[test]
fn a_segment_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let mut scene = scene();
    scene.writer.append(&notes(&["one"]), Written).unwrap();
    assert_eq!(
        fs::metadata(&scene.files()[0])
            .unwrap()
            .permissions()
            .mode()
            & 0o777,
        0o600
    );
}

#[test]
fn durable_syncs_the_file_each_time_and_the_folder_once() {
    let mut scene = scene();
    scene.writer.append(&notes(&["one"]), Written).unwrap();
    assert_eq!(scene.script.borrow().synced_files, 0);
    scene.writer.append(&notes(&["two"]), Durable).unwrap();
    scene.writer.append(&notes(&["three"]), Durable).unwrap();
    let script = scene.script.borrow();
    assert_eq!((script.synced_files, script.synced_folders), (2, 1));
}

#[test]
fn short_writes_are_continued() {
    let mut scene = scene();
    scene.next_writes((0..40).map(|_| Fault::Short(3)));
    scene
        .writer
        .append(&notes(&["one", "two"]), Written)
        .unwrap();
    assert_eq!(scene.seqs(), [1, 2]);
    assert!(scene.folder().segments[0].findings.is_empty());
}

#[test]
fn a_full_disk_leaves_whole_frames_and_acknowledges_nothing() {
    let mut scene = scene();
    scene.writer.append(&notes(&["one"]), Written).unwrap();
    let whole = notes(&["two"])[0].payload().len() + 20;
    scene.next_writes([Fault::Short(whole + 10), Fault::Fail(ENOSPC)]);
    let error = scene
        .writer
        .append(&notes(&["two", "three"]), Written)
        .unwrap_err();
    assert_eq!(error.code(), "BTN-S06");
    assert!(
        scene.folder().segments[0].findings.is_empty(),
        "no torn frame is left"
    );
    let before = scene.seqs().len() as u64;
    let acks = scene.writer.append(&notes(&["four"]), Written).unwrap();
    assert_eq!(acks[0].seq, before + 1);
    assert_eq!(scene.files().len(), 1);
    let dir = scene.dir;
    scene.writer.close();
    assert!(
        read_folder(dir.path()).unwrap().segments[0].cursor.is_ended,
        "the seal agrees"
    );
}

#[test]
fn a_disk_that_is_full_from_the_start_leaves_no_file() {
    let mut scene = scene();
    scene.next_writes([Fault::Short(4), Fault::Fail(ENOSPC)]);
    assert_eq!(
        scene
            .writer
            .append(&notes(&["one"]), Written)
            .unwrap_err()
            .code(),
        "BTN-S06"
    );
    assert!(scene.files().is_empty());
    assert_eq!(
        scene.writer.append(&notes(&["one"]), Written).unwrap()[0].seq,
        1
    );
}

#[test]
fn after_a_failed_write_the_batch_stands_in_a_new_segment_once() {
    let mut scene = scene();
    let first = scene.writer.append(&notes(&["one"]), Written).unwrap();
    scene.next_writes([Fault::Short(45), Fault::Fail(EIO)]);
    let acks = scene
        .writer
        .append(&notes(&["two", "three"]), Written)
        .unwrap();
    assert_ne!(acks[0].segment, first[0].segment);
    assert_eq!(acks.iter().map(|ack| ack.seq).collect::<Vec<_>>(), [2, 3]);
    assert_eq!(scene.seqs(), [1, 2, 3]);
    assert_eq!(scene.files().len(), 2);
    scene.writer.append(&notes(&["four"]), Written).unwrap();
    assert_eq!(scene.seqs(), [1, 2, 3, 4]);
}

#[test]
fn after_a_failed_sync_the_batch_stands_in_a_new_segment_once() {
    let mut scene = scene();
    scene.script.borrow_mut().syncs.push_back(Fault::Fail(EIO));
    let acks = scene
        .writer
        .append(&notes(&["one", "two"]), Durable)
        .unwrap();
    assert_eq!(acks.iter().map(|ack| ack.seq).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(scene.files().len(), 2);
    assert_eq!(scene.seqs(), [1, 2]);
    assert_eq!(scene.script.borrow().synced_files, 2);
}

#[test]
fn after_a_failed_sync_the_new_segment_holds_what_was_not_acknowledged_and_no_more() {
    let mut scene = scene();
    scene.writer.append(&notes(&["one"]), Written).unwrap();
    scene.writer.append(&notes(&["two"]), Durable).unwrap();
    let before = scene.writer.append(&notes(&["three"]), Written).unwrap();
    scene.script.borrow_mut().syncs.push_back(Fault::Fail(EIO));
    let acks = scene.writer.append(&notes(&["four"]), Durable).unwrap();
    assert_ne!(acks[0].segment, before[0].segment);
    let folder = scene.folder();
    let seqs_of = |id| {
        let segment = folder.segments.iter().find(|one| one.cursor.segment == id);
        let records = segment.unwrap().records();
        records.map(|record| record.seq).collect::<Vec<_>>()
    };
    assert_eq!(seqs_of(acks[0].segment), [4]);
    assert_eq!(seqs_of(before[0].segment), [1, 2, 3, 4]);
    assert_eq!(scene.seqs(), [1, 2, 3, 4]);
}

#[test]
fn what_fails_in_two_segments_is_an_error_and_may_be_tried_again() {
    let mut scene = scene();
    scene.writer.append(&notes(&["one"]), Written).unwrap();
    scene.next_writes([Fault::Fail(EIO), Fault::None, Fault::Fail(EIO)]);
    assert_eq!(
        scene
            .writer
            .append(&notes(&["two"]), Written)
            .unwrap_err()
            .code(),
        "BTN-S07"
    );
    scene.writer.append(&notes(&["two"]), Written).unwrap();
    assert_eq!(scene.folder().records().count(), 2);
}

#[test]
fn what_is_left_of_a_refused_batch_shares_its_identity_with_no_other_record() {
    let mut scene = scene();
    let whole = notes(&["two"])[0].payload().len() + 20;
    let half = || [Fault::Short(whole + 10), Fault::Fail(EIO)];
    scene.next_writes(
        [Fault::None]
            .into_iter()
            .chain(half())
            .chain([Fault::None])
            .chain(half()),
    );
    let refused = scene.writer.append(&notes(&["two", "three"]), Written);
    assert_eq!(refused.unwrap_err().code(), "BTN-S07");
    let acks = scene
        .writer
        .append(&notes(&["four", "five"]), Written)
        .unwrap();
    let folder = scene.folder();
    let seqs: Vec<u64> = folder.records().map(|record| record.seq).collect();
    let after = seqs.iter().filter(|seq| **seq >= acks[0].seq).count();
    assert!(seqs.len() > 2 && after == 2, "{seqs:?}");
}

#[test]
fn a_writer_rolls_after_a_day_when_it_was_idle_for_over_an_hour_by_any_clock_and_when_one_was_set_back()
 {
    let mut scene = scene();
    let mut files = 0;
    for (wall, ticks, rolls) in [
        (0, 0, true),
        (HOUR, HOUR, false),
        (2 * HOUR + 1, HOUR, true),
        (0, 2 * HOUR, true),
        (0, 3 * HOUR, false),
        (0, 4 * HOUR + 1, true),
    ] {
        scene.script.borrow_mut().wall = wall;
        scene.script.borrow_mut().ticks = ticks;
        scene.writer.append(&notes(&["note"]), Written).unwrap();
        files += usize::from(rolls);
        assert_eq!(scene.files().len(), files, "at {wall} and {ticks}");
    }
    for hour in 5..=29 {
        scene.script.borrow_mut().ticks = hour * HOUR;
        scene.writer.append(&notes(&["note"]), Written).unwrap();
    }
    assert_eq!(scene.files().len(), files + 1);
    let folder = scene.folder();
    assert_eq!(
        folder
            .segments
            .iter()
            .filter(|segment| segment.cursor.is_ended)
            .count(),
        files
    );
    assert_eq!(scene.seqs(), (1..=31).collect::<Vec<_>>());
}

#[test]
fn a_segment_stays_below_8_mib_with_its_seal() {
    let mut scene = scene();
    let long = "word ".repeat(39);
    let batch = notes(&vec![long.trim(); 3000]);
    for _ in 0..16 {
        scene.writer.append(&batch, Written).unwrap();
    }
    let sizes: Vec<u64> = scene
        .files()
        .iter()
        .map(|file| fs::metadata(file).unwrap().len())
        .collect();
    assert!(
        sizes.len() == 2 && sizes.iter().all(|size| *size <= 8 << 20),
        "{sizes:?}"
    );
    assert_eq!(scene.seqs().len(), 48_000);
    let huge = notes(&vec![long.trim(); 5000]);
    assert_eq!(
        scene.writer.append(&huge, Written).unwrap_err().code(),
        "BTN-R01"
    );
}

#[cfg(unix)]
#[test]
fn a_writer_whose_file_was_deleted_while_it_slept_writes_again_elsewhere() {
    let mut scene = scene();
    scene.writer.append(&notes(&["one"]), Written).unwrap();
    fs::remove_file(&scene.files()[0]).unwrap();
    scene.script.borrow_mut().ticks = 2;
    assert_eq!(
        scene.writer.append(&notes(&["two"]), Written).unwrap()[0].seq,
        2
    );
    assert_eq!(scene.seqs(), [2]);
}

#[cfg(unix)]
#[test]
fn a_writer_that_slept_inside_of_a_write_looks_too() {
    let mut scene = scene();
    scene.writer.append(&notes(&["one"]), Written).unwrap();
    let file = scene.files()[0].clone();
    scene.next_writes([Fault::Sleep(file, 2)]);
    scene.writer.append(&notes(&["two"]), Written).unwrap();
    assert_eq!(scene.seqs(), [2]);
}

#[test]
fn without_a_folder_nothing_is_recorded() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = Writer::open(init(&dir.path().join("missing"))).unwrap();
    let error = writer.append(&notes(&["one"]), Written).unwrap_err();
    assert_eq!(error.code(), "BTN-H01");
    assert!(!error.to_string().contains("missing"));
}

#[test]
fn the_stamp_of_the_seal_is_the_highest_of_the_records() {
    let mut scene = scene();
    scene.writer.append(&notes(&["one"]), Written).unwrap();
    let file = scene.files().remove(0);
    scene.writer.close();
    let bytes = fs::read(file).unwrap();
    assert_eq!(build::shape(&bytes).last().unwrap().0, FindingType::Seal);
    assert_eq!(bytes[bytes.len() - 8..], (5_u64 << 16).to_le_bytes());
}

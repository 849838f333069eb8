//! What a program writes that records a few facts of the machine.

use std::fs;

use baton_state::home::{Home, key_id};
use baton_state::library::{Recorder, record_machine};
use baton_state::proto::state::v1::record::Kind;
use baton_state::proto::state::v1::{Client, Record, RuntimeSummary};
use baton_state::record::stamp::{DAY_MS, ms_of};
use baton_state::segment::folder::read_folder;
use baton_state::segment::seed::highest_stamp;
use prost::Message;
use tempfile::TempDir;

const NOW: i64 = 1_790_000_000_000;
const RECORDER: Recorder<'_> = Recorder {
    client: Client::Launcher,
    name: "test",
    version: "1",
};

fn home() -> (TempDir, Home) {
    let folder = TempDir::new().unwrap();
    let home = Home::open(Some(&folder.path().join("home")), &|_| None).unwrap();
    (folder, home)
}

fn runtime(port: u32) -> Kind {
    Kind::RuntimeSummary(RuntimeSummary {
        name: Some("opencode-proxy".to_owned()),
        port: Some(port),
        up: Some(true),
        ..RuntimeSummary::default()
    })
}

fn records(home: &Home) -> Vec<Record> {
    let folder = read_folder(&home.segments()).unwrap();
    let records = folder.records();
    records
        .map(|record| Record::decode(record.payload).unwrap())
        .collect()
}

#[test]
fn the_first_record_makes_the_directory_the_key_and_a_sealed_segment() {
    let (_folder, home) = home();
    let acks = record_machine(&home, RECORDER, NOW, [runtime(1), runtime(2)]).unwrap();
    assert_eq!(acks.iter().map(|ack| ack.seq).collect::<Vec<_>>(), [1, 2]);
    let folder = read_folder(&home.segments()).unwrap();
    let header = folder.segments[0].header.as_ref().unwrap();
    let key = home.read_key().unwrap().unwrap();
    assert_eq!(header.message.key_id(), key_id(&key));
    let records = records(&home);
    assert_eq!(records.len(), 2);
    assert!(records[0].stamp < records[1].stamp);
    assert_eq!(
        (records[0].observed_at(), records[0].client()),
        (NOW, Client::Launcher)
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let key = fs::metadata(home.dir().join("install.key")).unwrap();
        assert_eq!(key.permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn a_key_that_is_there_is_kept_and_nothing_is_left_beside_it() {
    let (_folder, home) = home();
    home.create().unwrap();
    let keys: Vec<_> = std::thread::scope(|scope| {
        let makers: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| home.key().unwrap()))
            .collect();
        makers
            .into_iter()
            .map(|maker| maker.join().unwrap())
            .collect()
    });
    assert!(keys.iter().all(|key| *key == keys[0] && *key != [0; 32]));
    let names: Vec<_> = fs::read_dir(home.dir())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(names.len(), 2, "{names:?}");
}

#[test]
fn a_damaged_key_is_refused_and_kept() {
    let (_folder, home) = home();
    home.create().unwrap();
    fs::write(home.dir().join("install.key"), [7; 40]).unwrap();
    let error = record_machine(&home, RECORDER, NOW, [runtime(1)]).unwrap_err();
    assert_eq!(error.code(), "BTN-H03");
    assert_eq!(fs::read(home.dir().join("install.key")).unwrap(), [7; 40]);
}

#[test]
fn a_clock_set_back_freezes_nothing_and_one_set_ahead_is_not_followed() {
    let (_folder, home) = home();
    let highest = |now| ms_of(highest_stamp(&home.segments(), now)) as i64;
    assert_eq!(highest(NOW), 0);
    record_machine(&home, RECORDER, NOW, [runtime(1)]).unwrap();
    assert_eq!(highest(NOW), NOW);
    record_machine(&home, RECORDER, NOW - 5_000, [runtime(2)]).unwrap();
    let mut all = records(&home);
    all.sort_by_key(|record| record.stamp);
    assert_eq!(
        all[1].observed_at(),
        NOW - 5_000,
        "the later record is above"
    );
    record_machine(&home, RECORDER, NOW + 2 * DAY_MS, [runtime(3)]).unwrap();
    assert_eq!(highest(NOW), NOW, "more than a day ahead is left out");
    assert_eq!(highest(NOW + 2 * DAY_MS), NOW + 2 * DAY_MS);
}

#[test]
fn the_stamp_of_an_open_segment_counts_wherever_its_last_record_stands() {
    use baton_state::guard::record::guard_record;
    use baton_state::segment::writer::{Durability, Writer, WriterInit};
    let (_folder, home) = home();
    home.create().unwrap();
    let init = WriterInit {
        dir: home.segments(),
        name: "test".to_owned(),
        version: "1".to_owned(),
        key_id: None,
    };
    let mut writer = Writer::open(init).unwrap();
    for count in [1_u64, 4000] {
        let records: Vec<_> = (0..count)
            .map(|n| {
                guard_record(&Record {
                    stamp: Some(((NOW as u64) << 16) + n),
                    observed_at: Some(NOW),
                    kind: Some(runtime(1)),
                    ..Record::default()
                })
                .unwrap()
            })
            .collect();
        writer.append(&records, Durability::Written).unwrap();
        let expected = ((NOW as u64) << 16) + count - 1;
        assert_eq!(highest_stamp(&home.segments(), NOW), expected);
    }
    fs::write(home.segments().join("foreign.seg"), "no segment").unwrap();
    assert!(highest_stamp(&home.segments(), NOW) > 0);
    writer.close();
}

use proptest::prelude::*;
use prost::Message;

use super::state::state_of;
use super::status::status_of;
use super::{DAY_MS, Fold, create_fold, fold_record, holds_at};
use crate::proto::state::v1::record::Kind;
use crate::proto::state::v1::{
    HandoffNote, Health, ModelHealth, NextAction, Record, RetentionOverride, SessionMark,
    Validation,
};
use crate::segment::Id;
use crate::segment::folder::PlacedRecord;

const NOW: i64 = 1_795_454_000_000;
const SEGMENT: Id = [1; 16];

/// A record that owns its payload.
#[derive(Debug, Clone)]
struct Owned {
    kind: u32,
    writer: Id,
    seq: u64,
    payload: Vec<u8>,
}

fn owned(kind: u32, payload: Vec<u8>) -> Owned {
    Owned {
        kind,
        writer: [0; 16],
        seq: 1,
        payload,
    }
}

fn record(kind: Kind, at: i64, stamp: u64) -> Record {
    Record {
        stamp: Some(stamp),
        observed_at: Some(at),
        workspace: Some("github.com/acme/proxy".to_owned()),
        kind: Some(kind),
        ..Default::default()
    }
}

fn note(id: &str, at: i64) -> Owned {
    let note = HandoffNote {
        id: Some(id.to_owned()),
        ..Default::default()
    };
    owned(
        19,
        record(Kind::HandoffNote(note), at, (at.max(0) as u64) << 16).encode_to_vec(),
    )
}

fn fold_of(records: &[Owned]) -> Fold<'_> {
    let mut fold = create_fold(NOW, None);
    for record in records {
        let placed = PlacedRecord {
            segment: &SEGMENT,
            offset: 100,
            length: 20,
            writer: record.writer,
            seq: record.seq,
            kind: record.kind,
            payload: &record.payload,
        };
        fold_record(&mut fold, placed);
    }
    fold
}

fn status(records: &[Owned]) -> Vec<u8> {
    status_of(
        &state_of(&fold_of(records), &[]),
        Health::default(),
        Vec::new(),
    )
}

prop_compose! {
    /// Records of few keys that differ in everything that can decide between them, equal ones included.
    fn any_record()(
        kind in 0..3_u32,
        id in "[12]",
        state in 0..6_i32,
        generation in proptest::option::of(0..3_u32),
        at in NOW - 3..NOW,
        stamp in 0..4_u64,
        writer in prop_oneof![Just(0_u8), Just(0x80), Just(0xff)],
        seq in 1..4_u64,
        text in proptest::option::of("[ab]{0,2}"),
    ) -> Owned {
        let (number, kind) = match kind {
            0 => (20, Kind::NextAction(NextAction { id: Some(id), state: Some(state), generation, text, ..Default::default() })),
            1 => (21, Kind::ModelHealth(ModelHealth { model: Some(id), provider: text, ..Default::default() })),
            _ => (19, Kind::HandoffNote(HandoffNote { id: Some(id), text, ..Default::default() })),
        };
        Owned { kind: number, writer: [writer; 16], seq, payload: record(kind, at, stamp).encode_to_vec() }
    }
}

proptest! {
    #[test]
    fn the_fold_gives_the_same_state_in_any_order_of_the_records(
        (records, shuffled) in proptest::collection::vec(any_record(), 0..30)
            .prop_flat_map(|records| (Just(records.clone()), Just(records).prop_shuffle())),
    ) {
        prop_assert_eq!(status(&records), status(&shuffled));
    }

    #[test]
    fn the_fold_takes_whatever_payload(kind in 16..26_u32, payload in proptest::collection::vec(any::<u8>(), 0..80)) {
        let records = [owned(kind, payload)];
        status(&records);
    }
}

#[test]
fn a_payload_that_is_no_record_of_its_kind_is_counted_as_malformed() {
    let good = note("n-1", NOW).payload;
    let joined = |more: &[u8]| [good.as_slice(), more].concat();
    let mark = record(Kind::SessionMark(SessionMark::default()), NOW, 1).encode_to_vec();
    let nowhere = Record {
        workspace: None,
        ..record(Kind::HandoffNote(HandoffNote::default()), NOW, 1)
    };
    let payloads = [
        ("empty", Vec::new()),
        ("cut", good[..good.len() - 1].to_vec()),
        ("not a message", vec![0xff]),
        ("another kind's message", mark.clone()),
        ("two kinds", joined(&mark)),
        ("its message twice", joined(&[0x9a, 1, 0])),
        ("no workspace", nowhere.encode_to_vec()),
        (
            "a text that is not UTF-8",
            vec![0x1a, 1, b'a', 0x9a, 1, 3, 10, 1, 0xff],
        ),
        ("a text as a varint", vec![0x1a, 1, b'a', 0x9a, 1, 2, 8, 1]),
    ];
    for (name, payload) in payloads {
        let records = [owned(19, payload), note("n-2", NOW)];
        let fold = fold_of(&records);
        assert_eq!(fold.counts().malformed, 1, "{name}");
        assert_eq!(fold.winners().len(), 1, "{name}");
    }
}

#[test]
fn a_kind_that_nobody_knows_is_counted_as_newer() {
    let records = [owned(9999, vec![1, 2, 3])];
    assert_eq!(fold_of(&records).counts().newer_than_me, 1);
}

#[test]
fn unknown_fields_of_a_payload_stay_in_the_status() {
    let mut with_more = note("n-1", NOW);
    with_more.payload.extend([0xf8, 0x3f, 5]);
    let bytes = status(std::slice::from_ref(&with_more));
    assert!(
        bytes
            .windows(with_more.payload.len())
            .any(|window| window == with_more.payload)
    );
}

#[test]
fn a_cache_answers_only_where_nothing_in_it_is_from_the_future() {
    let records = [note("n-1", NOW + DAY_MS)];
    let fold = fold_of(&records);
    assert!(holds_at(fold.counts().from_future, fold.latest(), NOW));
    assert!(!holds_at(fold.counts().from_future, fold.latest(), NOW - 1));
    let records = [note("n-1", NOW + DAY_MS + 1)];
    let fold = fold_of(&records);
    assert!(!holds_at(
        fold.counts().from_future,
        fold.latest(),
        NOW + 100 * DAY_MS
    ));
}

/// FLD-044
#[test]
fn retention_of_the_configuration_counts_but_not_for_what_is_kept_for_ever() {
    let validation = Validation::default();
    let records = [
        note("n-1", NOW - 2 * DAY_MS),
        owned(
            17,
            record(Kind::Validation(validation), 0, 1).encode_to_vec(),
        ),
    ];
    let fold = fold_of(&records);
    let shown = |retention: &[(&str, u32)]| {
        let retention: Vec<_> = retention
            .iter()
            .map(|(kind, days)| RetentionOverride {
                kind: Some((*kind).to_owned()),
                days: Some(*days),
            })
            .collect();
        state_of(&fold, &retention).winners.len()
    };
    assert_eq!(shown(&[]), 2);
    assert_eq!(shown(&[("handoff_note", 1), ("validation", 0)]), 1);
    assert_eq!(shown(&[("handoff_note", 1), ("handoff_note", u32::MAX)]), 2);
}

//! The view says what `resume --json` and `status --json` say of the same state directory: both are made here as these
//! commands make them.

use baton_state::brief::brief_of;
use baton_state::brief::claim::Claim;
use baton_state::fold::state::state_of;
use baton_state::guard::record::guard_record;
use baton_state::home::Home;
use baton_state::index::load::load_everything;
use baton_state::index::loaded::{Loaded, Places};
use baton_state::proto::state::v1::record::Kind;
use baton_state::proto::state::v1::{
    ActionState, BriefReason, Client, GitAnswer, GitFacts, ModelHealth, ModelState, NextAction,
    Pointer, PointerType, Record, SessionMark, SessionPhase, Status, UsageEvent, Validation,
    ValidationSource, Verdict,
};
use baton_state::segment::writer::{Durability, Writer, WriterInit};
use jiff::tz::{Offset, TimeZone};
use prost::Message;
use tempfile::TempDir;

use super::{Usage, View};

const NOW: i64 = 1_790_000_000_000;
const MINUTE: i64 = 60_000;
const HERE: &str = "github.com/owner/here";
const OTHER: &str = "github.com/owner/other";

/// A state directory with these records, read.
fn loaded(records: &[Record]) -> Loaded {
    let folder = TempDir::new().unwrap();
    let home = Home::open(Some(&folder.path().join("home")), &|_| None).unwrap();
    home.create().unwrap();
    let init = WriterInit {
        dir: home.segments(),
        name: "test".to_owned(),
        version: "1".to_owned(),
        key_id: None,
    };
    let mut writer = Writer::open(init).unwrap();
    let records = records.iter().map(|record| guard_record(record).unwrap());
    writer
        .append(&records.collect::<Vec<_>>(), Durability::Written)
        .unwrap();
    writer.close();
    load_everything(&Places::of(&home), NOW).unwrap()
}

fn view_of(loaded: &Loaded, git: &GitFacts) -> View {
    let usage = Usage::of(loaded.usage_events(), NOW, &TimeZone::UTC);
    View::of(&loaded.status(&[]), usage, git.clone(), NOW).unwrap()
}

fn record(ago: i64, workspace: Option<&str>, kind: Kind) -> Record {
    let at = NOW - ago;
    Record {
        stamp: Some((at as u64) << 16),
        observed_at: Some(at),
        workspace: workspace.map(str::to_owned),
        kind: Some(kind),
        ..Record::default()
    }
}

fn digest(byte: char, length: usize) -> String {
    std::iter::repeat_n(byte, length).collect()
}

fn git() -> GitFacts {
    GitFacts {
        answer: Some(GitAnswer::Complete.into()),
        workspace: Some(HERE.to_owned()),
        commit: Some(digest('a', 40)),
        tree_digest: Some(digest('b', 32)),
        ..GitFacts::default()
    }
}

fn validation(
    ago: i64,
    workspace: &str,
    command: &str,
    commit: char,
    tree: Option<char>,
) -> Record {
    let validation = Validation {
        command: Some(command.to_owned()),
        exit_code: Some(0),
        commit: Some(digest(commit, 40)),
        tree_digest: tree.map(|byte| digest(byte, 32)),
        source: Some(ValidationSource::Run.into()),
        ..Validation::default()
    };
    record(ago, Some(workspace), Kind::Validation(validation))
}

fn action(ago: i64, id: u64, state: ActionState, lease: Option<i64>) -> Record {
    let action = NextAction {
        id: Some(format!("a-{id:016x}")),
        text: Some(format!("Do number {id}")),
        state: Some(state.into()),
        generation: Some(1),
        claimer: (state == ActionState::Claimed).then(|| "codex".to_owned()),
        lease_until: lease.map(|left| NOW + left),
    };
    record(ago, Some(HERE), Kind::NextAction(action))
}

fn model(ago: i64, name: &str, state: ModelState, resets: Option<i64>) -> Record {
    let health = ModelHealth {
        provider: Some("zen".to_owned()),
        model: Some(name.to_owned()),
        state: Some(state.into()),
        limit_resets_at: resets.map(|left| NOW + left),
        ..ModelHealth::default()
    };
    record(ago, None, Kind::ModelHealth(health))
}

fn usage(ago: i64, ok: bool, tokens: u64, estimated: bool) -> Record {
    let event = UsageEvent {
        ts: Some((NOW - ago) as f64),
        model: Some("one".to_owned()),
        ok: Some(ok),
        total_tokens: Some(tokens),
        usage_reported: Some(!estimated),
        usage_estimated: Some(estimated),
        ..UsageEvent::default()
    };
    record(ago, None, Kind::UsageEvent(event))
}

#[test]
fn the_verdicts_are_those_of_the_brief() {
    let records = [
        validation(5 * MINUTE, HERE, "npm test", 'a', Some('b')),
        validation(4 * MINUTE, HERE, "npm run lint", 'a', Some('c')),
        validation(3 * MINUTE, HERE, "cargo test", 'd', Some('c')),
        validation(2 * MINUTE, HERE, "make check", 'a', None),
    ];
    let loaded = loaded(&records);
    for git in [
        git(),
        GitFacts {
            answer: Some(GitAnswer::Unavailable.into()),
            ..git()
        },
    ] {
        let fold = loaded.fold(NOW, Some(HERE));
        let state = state_of(&fold, &[]);
        let brief = brief_of(&state, Some(&git), HERE, BriefReason::Startup);
        let told: Vec<Verdict> = brief
            .validations
            .iter()
            .map(|told| told.verdict())
            .collect();
        let view = view_of(&loaded, &git);
        let shown = view.workspaces[0].validations.iter();
        let shown: Vec<Verdict> = shown.map(|noted| noted.value.verdict).collect();
        assert_eq!(shown, told);
        assert_eq!(told.len(), 4);
    }
    let here = view_of(&loaded, &git());
    let shown = here.workspaces[0].validations.iter();
    let shown: Vec<Verdict> = shown.map(|noted| noted.value.verdict).collect();
    let expected = [
        Verdict::Unknown,
        Verdict::Stale,
        Verdict::Dirty,
        Verdict::Fresh,
    ];
    assert_eq!(shown, expected);
}

#[test]
fn claims_and_model_states_are_those_of_the_instant() {
    let records = [
        action(9 * MINUTE, 1, ActionState::Open, None),
        action(8 * MINUTE, 2, ActionState::Claimed, Some(5 * MINUTE)),
        action(7 * MINUTE, 3, ActionState::Claimed, Some(-MINUTE)),
        action(6 * MINUTE, 4, ActionState::Done, None),
        model(9 * MINUTE, "one", ModelState::Limited, Some(MINUTE)),
        model(8 * MINUTE, "two", ModelState::Limited, Some(-MINUTE)),
        model(7 * MINUTE, "three", ModelState::Available, None),
    ];
    let view = view_of(&loaded(&records), &git());
    let actions = view.workspaces[0].actions.iter();
    let claims: Vec<Claim> = actions.map(|noted| noted.value.claim).collect();
    let expected = [
        Claim::Finished,
        Claim::Ended(NOW - MINUTE),
        Claim::Claimed(Some(NOW + 5 * MINUTE)),
        Claim::Open,
    ];
    assert_eq!(claims, expected);
    let models = view.models.iter().map(|noted| &noted.value);
    let states: Vec<_> = models
        .map(|model| (model.health.model(), model.state, model.limited_until()))
        .collect();
    let expected = [
        ("three", ModelState::Available, None),
        ("two", ModelState::Retry, None),
        ("one", ModelState::Limited, Some(NOW + MINUTE)),
    ];
    assert_eq!(states, expected);
}

#[test]
fn it_holds_the_records_of_the_status_and_no_others() {
    let mut session = record(
        MINUTE,
        Some(OTHER),
        Kind::SessionMark(SessionMark {
            phase: Some(SessionPhase::Compact.into()),
        }),
    );
    session.client = Some(Client::Codex.into());
    session.session = Some(format!("s-{:016x}", 7));
    let branch = |ago, active| {
        let pointer = Pointer {
            r#type: Some(PointerType::Pr.into()),
            number: Some(ago as u32),
            active: Some(active),
            ..Pointer::default()
        };
        record(ago, Some(OTHER), Kind::Pointer(pointer))
    };
    let loaded = loaded(&[session.clone(), branch(3, true), branch(2, false)]);
    let status = Status::decode(loaded.status(&[]).as_slice()).unwrap();
    let view = view_of(&loaded, &git());
    let names: Vec<_> = view
        .workspaces
        .iter()
        .map(|workspace| (workspace.name.as_str(), workspace.is_here))
        .collect();
    // The workspace of the current directory comes first, also without a record.
    assert_eq!(names, [(HERE, true), (OTHER, false)]);
    assert_eq!(status.workspaces.len(), 1);
    let other = &view.workspaces[1];
    assert_eq!(other.sessions.len(), status.workspaces[0].sessions.len());
    assert_eq!(other.sessions[0].client, Client::Codex);
    assert_eq!(other.sessions[0].session, session.session);
    assert_eq!(other.sessions[0].value.phase(), SessionPhase::Compact);
    let in_hand = other.in_hand(PointerType::Pr).unwrap();
    assert_eq!(in_hand.value.number, Some(3));
    assert_eq!(view.health, status.machine.unwrap().health.unwrap());
}

#[test]
fn usage_is_summed_by_minute_by_model_and_over_the_local_day() {
    let records = [
        usage(0, true, 10, false),
        usage(1000, false, 0, false),
        usage(3 * MINUTE, true, 7, true),
        usage(20 * 60 * MINUTE, true, 5, false),
        usage(25 * 60 * MINUTE, true, 99, false),
    ];
    let loaded = loaded(&records);
    let view = view_of(&loaded, &git());
    let minutes: Vec<_> = view.usage.by_minute.iter().collect();
    let minute = NOW / MINUTE;
    let earlier = (NOW - 20 * 60 * MINUTE) / MINUTE;
    assert_eq!(NOW % MINUTE, 20_000, "both requests end in one minute");
    assert_eq!(
        minutes,
        [(&earlier, &1), (&(minute - 3), &1), (&minute, &2)]
    );
    let status = Status::decode(loaded.status(&[]).as_slice()).unwrap();
    assert_eq!(view.usage.by_model, status.machine.unwrap().usage);
    assert_eq!(view.usage.by_model[0].requests(), 4);
    let today = view.usage.today;
    assert_eq!(
        (today.requests, today.failures, today.rate_limited),
        (3, 1, 0)
    );
    assert_eq!((today.reported_tokens, today.estimated_tokens), (10, 7));
    // It is 14:13 in UTC, and 22:13 eight hours further east, where the request of 20 hours ago is one of today.
    let east = TimeZone::fixed(Offset::constant(8));
    let usage = Usage::of(loaded.usage_events(), NOW, &east);
    assert_eq!(usage.today.requests, 4);
}

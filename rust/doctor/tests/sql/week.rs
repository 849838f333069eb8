//! Two weeks of work in two repositories, for the questions of docs/sql.md.

use baton_state::proto::state::v1::record::Kind;
use baton_state::proto::state::v1::{
    ActionState, Client, ConfigFact, FactName, FactSubject, HandoffNote, ModelHealth, ModelState,
    NextAction, NoteCategory, Pointer, PointerType, Record, RuntimeSummary, SessionMark,
    SessionPhase, UsageEvent, Validation, ValidationSource,
};

use crate::home::{DAY, HERE, Home, NOW};

pub const OTHER: &str = "github.com/owner/other";
pub const HOUR: i64 = DAY / 24;
const MINUTE: i64 = HOUR / 60;
const OLD_HEAD: &str = "1f0c2d3e4b5a69788796a5b4c3d2e1f001122334";
const NEW_HEAD: &str = "8b9c16c0ffee0011223344556677889900aabbcc";

/// A home with all of it.
pub fn home() -> Home {
    let home = Home::new();
    home.make();
    home.write_key(7);
    home.record(&checks());
    home.record(&plans());
    home.record(&sessions());
    home.record(&machine());
    home.record(&usage());
    home
}

struct Place {
    workspace: Option<&'static str>,
    client: Client,
    session: u64,
}

fn record(ago: i64, place: &Place, kind: Kind) -> Record {
    let at = NOW - ago;
    Record {
        stamp: Some((at as u64) << 16),
        observed_at: Some(at),
        workspace: place.workspace.map(str::to_owned),
        client: Some(place.client.into()),
        session: (place.session > 0).then(|| format!("s-{:016x}", place.session)),
        kind: Some(kind),
    }
}

fn checks() -> Vec<Record> {
    let check =
        |ago, workspace, client, label: &str, command: &str, exit_code, seconds, head: &str| {
            let place = Place {
                workspace: Some(workspace),
                client,
                session: 1,
            };
            let validation = Validation {
                worktree: Some("wt-0000000000000001".to_owned()),
                command: Some(command.to_owned()),
                argv_digest: Some(format!("{:032x}", label.len())),
                exit_code: Some(exit_code),
                duration_ms: Some(seconds as u64 * 1000),
                commit: Some(head.to_owned()),
                source: Some(ValidationSource::Run.into()),
                dirty: Some(false),
                label: Some(label.to_owned()),
                ..Validation::default()
            };
            record(ago, &place, Kind::Validation(validation))
        };
    let (codex, opencode) = (Client::Codex, Client::Opencode);
    let (unit, lint, e2e) = ("cargo test", "cargo clippy", "npm run e2e");
    vec![
        check(9 * DAY, HERE, codex, "unit", unit, 101, 40, OLD_HEAD),
        check(5 * DAY, HERE, codex, "unit", unit, 101, 41, OLD_HEAD),
        check(4 * DAY, HERE, codex, "unit", unit, 0, 44, OLD_HEAD),
        check(4 * DAY, HERE, codex, "lint", lint, 1, 9, OLD_HEAD),
        check(3 * DAY, HERE, codex, "lint", lint, 0, 9, NEW_HEAD),
        check(3 * DAY, OTHER, opencode, "e2e", e2e, 1, 310, NEW_HEAD),
        check(2 * DAY, OTHER, opencode, "e2e", e2e, 1, 305, NEW_HEAD),
        check(
            2 * DAY - HOUR,
            OTHER,
            opencode,
            "e2e",
            e2e,
            0,
            322,
            NEW_HEAD,
        ),
        check(HOUR, HERE, codex, "unit", unit, 101, 43, NEW_HEAD),
    ]
}

fn plans() -> Vec<Record> {
    let place = |workspace| Place {
        workspace: Some(workspace),
        client: Client::Cli,
        session: 0,
    };
    let action =
        |ago, workspace, id: u64, text: &str, state: ActionState, claimer: Option<&str>| {
            let action = NextAction {
                id: Some(format!("a-{id:016x}")),
                text: Some(text.to_owned()),
                state: Some(state.into()),
                generation: Some(u32::from(claimer.is_some())),
                claimer: claimer.map(str::to_owned),
                lease_until: claimer.map(|_| NOW + HOUR - ago),
            };
            record(ago, &place(workspace), Kind::NextAction(action))
        };
    let note = |ago, workspace, id: u64, category: NoteCategory, text: &str| {
        let note = HandoffNote {
            id: Some(format!("n-{id:016x}")),
            text: Some(text.to_owned()),
            category: Some(category.into()),
        };
        record(ago, &place(workspace), Kind::HandoffNote(note))
    };
    let pointer = |ago, workspace, kind: PointerType, number, name: Option<&str>, active| {
        let pointer = Pointer {
            r#type: Some(kind.into()),
            number,
            r#ref: name.map(str::to_owned),
            active: Some(active),
            ..Pointer::default()
        };
        record(ago, &place(workspace), Kind::Pointer(pointer))
    };
    vec![
        action(
            6 * DAY,
            HERE,
            1,
            "rebase on main before the review",
            ActionState::Open,
            None,
        ),
        action(
            30 * MINUTE,
            HERE,
            1,
            "rebase on main before the review",
            ActionState::Claimed,
            Some("anna"),
        ),
        action(
            12 * DAY,
            OTHER,
            2,
            "answer the question about the reset header",
            ActionState::Open,
            None,
        ),
        action(
            3 * DAY,
            HERE,
            3,
            "write the release notes",
            ActionState::Open,
            None,
        ),
        action(
            2 * DAY,
            HERE,
            3,
            "write the release notes",
            ActionState::Done,
            Some("anna"),
        ),
        action(
            DAY,
            OTHER,
            4,
            "try the cache without locks",
            ActionState::Dropped,
            None,
        ),
        note(
            2 * DAY,
            HERE,
            1,
            NoteCategory::Finding,
            "the proxy keeps the limit after a restart",
        ),
        note(
            DAY,
            HERE,
            2,
            NoteCategory::Decision,
            "retry twice, then give up",
        ),
        note(40 * DAY, HERE, 3, NoteCategory::Note, "look at the parser"),
        note(
            HOUR,
            OTHER,
            4,
            NoteCategory::Blocker,
            "no access to the staging machine",
        ),
        pointer(
            HOUR,
            HERE,
            PointerType::Branch,
            None,
            Some("fix/limit-window"),
            true,
        ),
        pointer(HOUR, HERE, PointerType::Pr, Some(42), None, true),
        pointer(7 * DAY, HERE, PointerType::Pr, Some(40), None, false),
        pointer(
            2 * DAY,
            OTHER,
            PointerType::Branch,
            None,
            Some("main"),
            true,
        ),
    ]
}

fn sessions() -> Vec<Record> {
    let mark = |ago, workspace, client, session, phase: SessionPhase| {
        let place = Place {
            workspace: Some(workspace),
            client,
            session,
        };
        let mark = SessionMark {
            phase: Some(phase.into()),
        };
        record(ago, &place, Kind::SessionMark(mark))
    };
    let (codex, opencode) = (Client::Codex, Client::Opencode);
    vec![
        mark(5 * DAY, HERE, codex, 1, SessionPhase::Start),
        mark(5 * DAY - HOUR, HERE, codex, 1, SessionPhase::Compact),
        mark(4 * DAY, HERE, codex, 1, SessionPhase::End),
        mark(3 * DAY, OTHER, opencode, 2, SessionPhase::Start),
        mark(2 * DAY, OTHER, opencode, 2, SessionPhase::End),
        mark(HOUR, HERE, codex, 3, SessionPhase::Start),
        mark(9 * DAY, HERE, codex, 4, SessionPhase::Start),
    ]
}

fn machine() -> Vec<Record> {
    let place = Place {
        workspace: None,
        client: Client::Proxy,
        session: 0,
    };
    let model = |ago, name: &str, state: ModelState, status, resets_in: Option<i64>| {
        let health = ModelHealth {
            provider: Some("opencode-zen".to_owned()),
            model: Some(name.to_owned()),
            state: Some(state.into()),
            limit_resets_at: resets_in.map(|left| NOW + left),
            last_status: Some(status),
            ..ModelHealth::default()
        };
        record(ago, &place, Kind::ModelHealth(health))
    };
    let runtime = RuntimeSummary {
        name: Some("opencode-proxy".to_owned()),
        port: Some(3000),
        up: Some(true),
        version: Some("1.9.2".to_owned()),
        ..RuntimeSummary::default()
    };
    let fact = ConfigFact {
        subject: Some(FactSubject::Opencode.into()),
        name: Some(FactName::DefaultModel.into()),
        value: Some("opencode-zen/glm-4.6".to_owned()),
    };
    vec![
        model(2 * DAY, "glm-4.6", ModelState::Available, 200, None),
        model(
            10 * MINUTE,
            "glm-4.6",
            ModelState::Limited,
            429,
            Some(44 * MINUTE),
        ),
        model(20 * MINUTE, "qwen3-coder", ModelState::Available, 200, None),
        model(3 * HOUR, "kimi-k2", ModelState::Error, 502, None),
        record(HOUR, &place, Kind::RuntimeSummary(runtime)),
        record(HOUR, &place, Kind::ConfigFact(fact)),
    ]
}

/// Requests of six days: how long ago, the model, the status, tokens, and whether they were reported, estimated or neither.
fn usage() -> Vec<Record> {
    let place = Place {
        workspace: None,
        client: Client::Proxy,
        session: 0,
    };
    let event = |ago: i64, model: &str, status: u32, tokens: u64, told: &str| {
        let event = UsageEvent {
            v: Some(1),
            ts: Some((NOW - ago) as f64),
            day: Some("2026-09-01".to_owned()),
            model: Some(model.to_owned()),
            status: Some(status),
            ok: Some(status == 200),
            latency_ms: Some(900 + tokens),
            total_tokens: Some(tokens),
            prompt_tokens: Some(tokens - tokens / 4),
            completion_tokens: Some(tokens / 4),
            usage_reported: Some(told == "reported"),
            usage_estimated: Some(told == "estimated"),
            cost: (told == "reported").then_some(tokens as f64 / 1e6),
            rate_limited: Some(status == 429),
            ..UsageEvent::default()
        };
        record(ago, &place, Kind::UsageEvent(event))
    };
    let mut events = Vec::new();
    for day in 0..6 {
        for request in 0..4 + day {
            let ago = day * DAY + request * 40 * MINUTE + MINUTE;
            let tokens = 1000 + 100 * day as u64 + 10 * request as u64;
            let (status, told) = match request {
                3 => (429, ""),
                2 => (200, "estimated"),
                5 => (502, ""),
                _ => (200, "reported"),
            };
            let tokens = if status == 200 { tokens } else { 0 };
            let model = if request % 3 == 2 {
                "qwen3-coder"
            } else {
                "glm-4.6"
            };
            events.push(event(ago, model, status, tokens, told));
        }
    }
    // Recorded twice, by the proxy and by an import.
    events.push(event(MINUTE, "glm-4.6", 200, 1000, "reported"));
    events.push(event(90 * MINUTE, "kimi-k2", 502, 0, ""));
    events
}

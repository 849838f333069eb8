//! A day at work: a repository, and what several programs have recorded in it.
#![allow(dead_code)]

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use baton_state::git::{self, Naming, facts};
use baton_state::guard::record::guard_record;
use baton_state::home::key_id;
use baton_state::proto::state::v1::record::Kind;
use baton_state::proto::state::v1::{
    ActionState, Client, GitFacts, HandoffNote, ModelHealth, ModelState, NextAction, NoteCategory,
    Pointer, PointerType, Record, RuntimeSummary, SessionMark, SessionPhase, UsageEvent,
    Validation, ValidationSource,
};
use baton_state::segment::writer::{Durability, Writer, WriterInit};

use crate::home::{Home, NOW};

pub const PROXY: &str = "github.com/acme/proxy";
const OTHER: &str = "github.com/acme/site";
const MINUTE: i64 = 60_000;
const KEY: [u8; 32] = [7; 32];

/// A writer that stays open.
pub fn writer(home: &Home) -> Writer {
    let init = WriterInit {
        dir: home.segments(),
        name: "test".to_owned(),
        version: "1".to_owned(),
        key_id: Some(key_id(&KEY)),
    };
    Writer::open(init).unwrap()
}

pub fn append(writer: &mut Writer, record: &Record) {
    let guarded = [guard_record(record).unwrap()];
    writer.append(&guarded, Durability::Written).unwrap();
}

/// A repository beside the state directory, with a commit whose id is always the same.
pub fn repository(home: &Home) -> PathBuf {
    let dir = home.folder.path().join("proxy");
    fs::create_dir_all(&dir).unwrap();
    git(
        &dir,
        &["init", "--quiet", "--initial-branch", "fix/limit-window"],
    );
    git(
        &dir,
        &[
            "remote",
            "add",
            "origin",
            "https://github.com/acme/proxy.git",
        ],
    );
    commit(&dir, "limits.js");
    dir
}

pub fn commit(dir: &Path, file: &str) {
    fs::write(dir.join(file), file).unwrap();
    git(dir, &["add", file]);
    git(dir, &["commit", "--quiet", "--message", file]);
}

fn git(dir: &Path, arguments: &[&str]) {
    let mut command = Command::new("git");
    command.args(arguments).current_dir(dir);
    for (name, value) in [
        ("GIT_CONFIG_GLOBAL", "/dev/null"),
        ("GIT_CONFIG_SYSTEM", "/dev/null"),
        ("GIT_AUTHOR_NAME", "A"),
        ("GIT_AUTHOR_EMAIL", "a@example.com"),
        ("GIT_AUTHOR_DATE", "1789990000 +0000"),
        ("GIT_COMMITTER_NAME", "A"),
        ("GIT_COMMITTER_EMAIL", "a@example.com"),
        ("GIT_COMMITTER_DATE", "1789990000 +0000"),
    ] {
        command.env(name, value);
    }
    assert!(command.status().unwrap().success(), "{arguments:?}");
}

/// What git says of a repository, named as the home of a test names it.
pub fn facts_of(dir: &Path) -> GitFacts {
    let environment: Vec<_> = env::vars_os().collect();
    facts(&git::Question {
        dir,
        naming: Naming {
            key: Some(&KEY),
            config: None,
        },
        env: &environment,
        budget: Some(std::time::Duration::from_secs(20)),
        digest: true,
    })
}

fn record(ago: i64, workspace: Option<&str>, client: Client, kind: Kind) -> Record {
    let at = NOW - ago;
    Record {
        stamp: Some((at as u64) << 16),
        observed_at: Some(at),
        workspace: workspace.map(str::to_owned),
        client: Some(client.into()),
        session: None,
        kind: Some(kind),
    }
}

pub fn session(ago: i64, id: u64, client: Client, phase: SessionPhase) -> Record {
    let mark = SessionMark {
        phase: Some(phase.into()),
    };
    Record {
        session: Some(format!("s-{id:016x}")),
        ..record(ago, Some(PROXY), client, Kind::SessionMark(mark))
    }
}

pub fn action(ago: i64, workspace: &str, id: u64, text: &str) -> Record {
    let action = NextAction {
        id: Some(format!("a-{id:016x}")),
        text: Some(text.to_owned()),
        state: Some(ActionState::Open.into()),
        ..NextAction::default()
    };
    record(ago, Some(workspace), Client::Cli, Kind::NextAction(action))
}

fn claimed(ago: i64, id: u64, text: &str, claimer: &str, lease: i64) -> Record {
    let mut record = action(ago, PROXY, id, text);
    if let Some(Kind::NextAction(action)) = &mut record.kind {
        action.state = Some(ActionState::Claimed.into());
        action.generation = Some(1);
        action.claimer = Some(claimer.to_owned());
        action.lease_until = Some(NOW + lease);
    }
    record
}

fn note(ago: i64, id: u64, category: NoteCategory, text: &str) -> Record {
    let note = HandoffNote {
        id: Some(format!("n-{id:016x}")),
        text: Some(text.to_owned()),
        category: Some(category.into()),
    };
    record(ago, Some(PROXY), Client::Codex, Kind::HandoffNote(note))
}

pub fn check(
    ago: i64,
    git: &GitFacts,
    command: &str,
    exit: i32,
    tests: Option<(u32, u32)>,
) -> Record {
    let validation = Validation {
        worktree: git.worktree.clone(),
        command: Some(command.to_owned()),
        exit_code: Some(exit),
        tests_passed: tests.map(|(passed, _)| passed),
        tests_failed: tests.map(|(_, failed)| failed),
        commit: git.commit.clone(),
        tree_digest: git.tree_digest.clone(),
        source: Some(ValidationSource::Run.into()),
        ..Validation::default()
    };
    record(ago, Some(PROXY), Client::Cli, Kind::Validation(validation))
}

pub fn limited(ago: i64, model: &str, left: i64) -> Record {
    let health = ModelHealth {
        provider: Some("opencode-zen".to_owned()),
        model: Some(model.to_owned()),
        state: Some(ModelState::Limited.into()),
        limit_resets_at: Some(NOW + left),
        remaining: Some(0.0),
        limit: Some(200.0),
        last_status: Some(429),
    };
    record(ago, None, Client::Proxy, Kind::ModelHealth(health))
}

fn model(ago: i64, name: &str, state: ModelState, status: u32) -> Record {
    let health = ModelHealth {
        provider: Some("opencode-zen".to_owned()),
        model: Some(name.to_owned()),
        state: Some(state.into()),
        last_status: Some(status),
        ..ModelHealth::default()
    };
    record(ago, None, Client::Proxy, Kind::ModelHealth(health))
}

fn pointer(ago: i64, ty: PointerType, number: u32) -> Record {
    let pointer = Pointer {
        r#type: Some(ty.into()),
        number: Some(number),
        active: Some(true),
        ..Pointer::default()
    };
    record(ago, Some(PROXY), Client::Cli, Kind::Pointer(pointer))
}

fn usage(ago: i64, ordinal: u32, model: &str, ok: bool) -> Record {
    let event = UsageEvent {
        ts: Some((NOW - ago) as f64),
        model: Some(model.to_owned()),
        status: Some(if ok { 200 } else { 429 }),
        ok: Some(ok),
        total_tokens: Some(if ok { 640 } else { 0 }),
        usage_reported: Some(ok && !ordinal.is_multiple_of(3)),
        usage_estimated: Some(ok && ordinal.is_multiple_of(3)),
        rate_limited: Some(!ok),
        ordinal: Some(ordinal),
        ..UsageEvent::default()
    };
    record(ago, None, Client::Proxy, Kind::UsageEvent(event))
}

/// What was recorded before anybody looked.
pub fn morning(git: &GitFacts) -> Vec<Record> {
    let mut elsewhere = git.clone();
    elsewhere.commit = Some("91c04d4".repeat(6)[..40].to_owned());
    elsewhere.tree_digest = Some("0".repeat(32));
    let mut changed = git.clone();
    changed.tree_digest = Some("1".repeat(32));
    let runtime = RuntimeSummary {
        name: Some("opencode-proxy".to_owned()),
        version: Some("1.4.2".to_owned()),
        port: Some(8787),
        up: Some(true),
        routing: Some("free-first".to_owned()),
        uptime_seconds: Some(11_000),
        requests: Some(120),
        failures: Some(3),
        ..RuntimeSummary::default()
    };
    let mut records = vec![
        pointer(90 * MINUTE, PointerType::Pr, 42),
        pointer(90 * MINUTE, PointerType::Issue, 17),
        action(80 * MINUTE, OTHER, 9, "Move the pages to the new host"),
        action(
            25 * MINUTE,
            PROXY,
            1,
            "Write the fixture for a reset header in seconds",
        ),
        claimed(
            60 * MINUTE,
            2,
            "Answer the review on the retry budget",
            "codex",
            22 * MINUTE - 55_000,
        ),
        claimed(
            120 * MINUTE,
            3,
            "Measure the start of the proxy",
            "opencode",
            -4 * MINUTE,
        ),
        note(
            65 * MINUTE,
            1,
            NoteCategory::Blocker,
            "The upstream mock answers 200 with a limit header, ask before changing it",
        ),
        note(
            70 * MINUTE,
            2,
            NoteCategory::Decision,
            "Resets are kept in milliseconds",
        ),
        check(
            120 * MINUTE,
            &elsewhere,
            "cargo test --workspace",
            101,
            Some((209, 3)),
        ),
        check(40 * MINUTE, &changed, "npm run lint", 0, None),
        session(3 * 60 * MINUTE, 1, Client::Codex, SessionPhase::Compact),
        session(50 * MINUTE, 2, Client::Opencode, SessionPhase::End),
        model(5 * MINUTE, "grok-code", ModelState::Available, 200),
        model(9 * MINUTE, "kimi-k2", ModelState::Retry, 503),
        record(
            4 * MINUTE,
            None,
            Client::Launcher,
            Kind::RuntimeSummary(runtime),
        ),
    ];
    for ago in 1..70_i64 {
        let model = if ago % 4 == 0 {
            "big-pickle"
        } else {
            "grok-code"
        };
        let requests = 1 + (ago * ago) % 7;
        records.extend((0..requests).map(|n| usage(ago * MINUTE, n as u32, model, ago % 23 > 0)));
    }
    records
}

/// What comes while somebody looks.
pub fn noon(git: &GitFacts) -> Vec<Record> {
    vec![
        check(0, git, "npm test", 0, Some((212, 0))),
        limited(0, "big-pickle", 87 * MINUTE + 5000),
        session(0, 3, Client::Opencode, SessionPhase::Start),
    ]
}

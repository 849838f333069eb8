//! A year of work as recorders leave it behind: records of every kind, through the guard and the real writer.
#![allow(dead_code)]

use baton_state::guard::record::guard_record;
use baton_state::home::key_id;
use baton_state::proto::state::v1::record::Kind;
use baton_state::proto::state::v1::{
    ActionState, Client, ConfigFact, FactName, FactSubject, HandoffNote, ModelHealth, ModelState,
    NextAction, NoteCategory, Pointer, PointerType, Record, RuntimeSummary, SessionMark,
    SessionPhase, UsageEvent, Validation, ValidationSource,
};
use baton_state::segment::writer::{Durability, Writer, WriterInit};

use crate::home::{DAY, Home, NOW};

const NOTES: [&str; 12] = [
    "The parser takes empty lists now; token limits are read from the settings",
    "Retry only after the limit is over, the provider counts by day",
    "Der Test für den Übersetzer läuft wieder, nur langsam",
    "Проверка падает на пустой строке, смотри модуль разбора",
    "git-репозиторий is moved, remotes still point to the old place",
    "Passwords are hashed in the new module, see src/auth/hash.ts",
    "Do not merge before the release branch is cut (Tuesday)",
    "CI needs Node 20.19; 18 fails in the snapshot tests",
    "The secret scanner of the other team is too slow for hooks",
    "Migration 0042 is not needed any more: drop it",
    "See github.com/owner/repo-1/pull/17 for the reasons",
    "Rename Config to Settings in 3 files, then run npm test -- --run",
];
const COMMANDS: [&str; 12] = [
    "npm test",
    "npm run lint",
    "npm run test:unit -- --run",
    "cargo test --workspace",
    "cargo clippy --all-targets",
    "make check -j4",
    "go test ./...",
    "pytest -q tests/test_x.py",
    "npx vitest run conformance",
    "tsc --noEmit",
    "gradle test",
    "TOKEN=x curl -H abc https://example.org/path?key=value",
];
const REFS: [&str; 6] = [
    "main",
    "feature/empty-list",
    "fix/1234-token-limit",
    "release/v2.14.0-rc.1",
    "dependabot/npm_and_yarn/vitest-4.0.1",
    "renovate/lock-file-maintenance",
];
const MODELS: [&str; 8] = [
    "anthropic/claude-sonnet-4-5-20250929",
    "openai/gpt-5.1-codex-max",
    "qwen/qwen3-coder-480b-a35b-instruct",
    "google/gemini-2.5-pro-preview-05-06",
    "zai/glm-4.6",
    "moonshot/kimi-k2-0905",
    "deepseek-v3.1:671b",
    "big-pickle",
];

/// Fills a home with so many records on each of so many days before NOW; a recorder for each day, of which every tenth was
/// killed.
pub fn fill(home: &Home, days: i64, per_day: u64) {
    home.make();
    home.write_key(7);
    for day in 0..days {
        let mut writer = Writer::open(WriterInit {
            dir: home.segments(),
            name: ["baton-ts", "baton-rs"][day as usize % 2].to_owned(),
            version: "0.1.0".to_owned(),
            key_id: Some(key_id(&[7; 32])),
        })
        .unwrap();
        let start = NOW - (days - day) * DAY;
        let records = (0..per_day).map(|n| {
            let number = day as u64 * per_day + n;
            let at = start + (n as i64 * DAY) / per_day as i64;
            guard_record(&record(number, at)).unwrap()
        });
        let records: Vec<_> = records.collect();
        writer.append(&records, Durability::Written).unwrap();
        if day % 10 != 9 {
            writer.close();
        }
    }
}

fn record(number: u64, at: i64) -> Record {
    let dice = mix(number);
    let pick = |list: &[&str]| list[(dice >> 8) as usize % list.len()].to_owned();
    let state = [ActionState::Open, ActionState::Claimed, ActionState::Done][dice as usize % 3];
    let kind = match number % 9 {
        0 => Kind::Pointer(Pointer {
            r#type: Some(PointerType::Branch.into()),
            number: Some(dice as u32 % 9000),
            worktree: Some(alias("wt", dice)),
            repository: Some(workspace(dice)),
            r#ref: Some(pick(&REFS)),
            commit: Some(hex(dice, 40)),
            active: Some(true),
        }),
        1 => Kind::Validation(Validation {
            worktree: Some(alias("wt", dice)),
            command: Some(pick(&COMMANDS)),
            argv_digest: Some(hex(dice, 32)),
            exit_code: Some(dice as i32 % 3),
            duration_ms: Some(dice % 600_000),
            tests_passed: Some(dice as u32 % 900),
            tests_failed: Some(dice as u32 % 3),
            commit: Some(hex(dice, 40)),
            source: Some(ValidationSource::Hook.into()),
            dirty: Some(dice.is_multiple_of(2)),
            tree_digest: Some(hex(mix(dice), 32)),
            label: None,
        }),
        2 => Kind::HandoffNote(HandoffNote {
            id: Some(alias("n", dice)),
            text: Some(pick(&NOTES)),
            category: Some(NoteCategory::Decision.into()),
        }),
        3 => Kind::NextAction(NextAction {
            id: Some(alias("a", dice)),
            text: Some(pick(&NOTES)),
            state: Some(state.into()),
            generation: Some(dice as u32 % 4),
            claimer: Some(alias("s", dice)),
            lease_until: Some(at + 3_600_000),
        }),
        4 => Kind::SessionMark(SessionMark {
            phase: Some(SessionPhase::End.into()),
        }),
        5 => Kind::ModelHealth(ModelHealth {
            provider: Some("opencode-zen".to_owned()),
            model: Some(pick(&MODELS)),
            state: Some(ModelState::Limited.into()),
            limit_resets_at: Some(at + 3_600_000),
            remaining: Some(dice as f64 / 7.0),
            limit: Some(1e6),
            last_status: Some(429),
        }),
        6 => Kind::RuntimeSummary(RuntimeSummary {
            name: Some("opencode-proxy".to_owned()),
            port: Some(4010),
            up: Some(true),
            version: Some("1.18.3-beta.2".to_owned()),
            routing: Some("round_robin".to_owned()),
            uptime_seconds: Some(dice % 90_000),
            ..RuntimeSummary::default()
        }),
        7 => Kind::ConfigFact(ConfigFact {
            subject: Some(FactSubject::Proxy.into()),
            name: Some(FactName::DefaultModel.into()),
            value: Some(pick(&MODELS)),
        }),
        _ => Kind::UsageEvent(UsageEvent {
            v: Some(1),
            ts: Some(at as f64 + 0.25),
            day: Some("2026-01-31".to_owned()),
            model: Some(pick(&MODELS)),
            returned_model: Some(pick(&MODELS)),
            status: Some(200),
            ok: Some(true),
            latency_ms: Some(dice % 9000),
            total_tokens: Some(dice % 40_000),
            usage_source: Some("response".to_owned()),
            limit_reset_at: Some("2026-01-31T23:59:59.123Z".to_owned()),
            ..UsageEvent::default()
        }),
    };
    let is_machine = matches!(number % 9, 5..=8);
    Record {
        stamp: Some(((at as u64) << 16) | (number % 60)),
        observed_at: Some(at),
        workspace: (!is_machine).then(|| workspace(dice)),
        client: Some(Client::Codex.into()),
        session: (!is_machine).then(|| alias("s", number / 60)),
        kind: Some(kind),
    }
}

fn workspace(dice: u64) -> String {
    match dice % 5 {
        0 => alias("ws", dice % 40),
        n => format!("github.com/owner-{n}/repo.{}", dice % 30),
    }
}

fn alias(prefix: &str, number: u64) -> String {
    format!("{prefix}-{}", hex(number, 16))
}

fn hex(number: u64, digits: usize) -> String {
    let mut text = String::new();
    let mut next = number;
    while text.len() < digits {
        next = mix(next);
        text.push_str(&format!("{next:016x}"));
    }
    text.truncate(digits);
    text
}

/// SplitMix64: even numbers from counting ones.
fn mix(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

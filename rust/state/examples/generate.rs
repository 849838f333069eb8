//! Fills a state directory with records for benchmarks, through the guard and the real writer:
//!
//! ```text
//! BATON_NOW=1790000000000 cargo run --release --example generate -- DIR 1000000
//! ```
//!
//! DIR must not be there yet or be empty. The records are the same for the same count and instant: of every hundred,
//! ninety are usage events of twelve models, the others what six weeks of work in fifty repositories leave behind
//! (branches, validations, actions from open to done, notes, sessions, model and runtime health, settings). They lie evenly
//! in the thirty days before now, so the last ones are of this minute. Workspaces are `github.com/owner/repo-00` to `-49`.

use std::error::Error;
use std::path::PathBuf;
use std::time::Instant;

use baton_state::guard::record::guard_record;
use baton_state::home::{Home, now};
use baton_state::proto::state::v1::record::Kind;
use baton_state::proto::state::v1::{
    ActionState, Client, ConfigFact, FactName, FactSubject, HandoffNote, ModelHealth, ModelState,
    NextAction, NoteCategory, Pointer, PointerType, Record, RuntimeSummary, SessionMark,
    SessionPhase, UsageEvent, Validation, ValidationSource,
};
use baton_state::record::stamp::next_stamp;
use baton_state::segment::writer::{Durability, Writer, WriterInit};

const WORKSPACES: u64 = 50;
const MODELS: u64 = 12;
const SPAN_MS: i64 = 30 * 86_400_000;
const BATCH: usize = 1000;
/// Records of one recorder; then another one goes on, as sessions do.
const RECORDER: u64 = 100_000;
const COMMANDS: [&str; 8] = [
    "npm test",
    "npm run lint",
    "cargo test",
    "cargo clippy",
    "make check",
    "go test",
    "pytest",
    "tsc",
];
const NOTES: [&str; 4] = [
    "The parser now takes empty lists",
    "Timeouts are read from the settings",
    "Retry only after the limit is over",
    "The migration is not needed any more",
];

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let (Some(dir), Some(count)) = (arguments.next(), arguments.next()) else {
        return Err("usage: generate DIR COUNT".into());
    };
    let count: u64 = count
        .to_str()
        .and_then(|count| count.parse().ok())
        .ok_or("COUNT is a number")?;
    let now = now(&|name| std::env::var_os(name))?;
    let home = Home::open(Some(&PathBuf::from(dir)), &|name| std::env::var_os(name))?;
    home.create()?;
    if home.segments().read_dir()?.next().is_some() {
        return Err("the state directory is not empty".into());
    }
    let start = Instant::now();
    fill(&home, count, now)?;
    eprintln!("{count} records in {:.1} s", start.elapsed().as_secs_f64());
    Ok(())
}

fn fill(home: &Home, count: u64, now: i64) -> Result<(), Box<dyn Error>> {
    let init = WriterInit {
        dir: home.segments(),
        name: "generate".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        key_id: None,
    };
    let mut writer = Writer::open(init.clone())?;
    let mut batch = Vec::with_capacity(BATCH);
    let mut stamp = 0;
    for number in 0..count {
        let at = now - SPAN_MS
            + (i128::from(SPAN_MS) * i128::from(number + 1) / i128::from(count)) as i64;
        stamp = next_stamp(stamp, at.unsigned_abs());
        let mut record = record(number, at);
        record.stamp = Some(stamp);
        batch.push(guard_record(&record)?);
        if batch.len() == BATCH {
            writer.append(&batch, Durability::Written)?;
            batch.clear();
        }
        if number % RECORDER == RECORDER - 1 {
            std::mem::replace(&mut writer, Writer::open(init.clone())?).close();
        }
    }
    writer.append(&batch, Durability::Written)?;
    writer.close();
    Ok(())
}

/// The record of a number. State records come in every tenth place; their own number counts on without gaps.
fn record(number: u64, at: i64) -> Record {
    let dice = mix(number);
    let state = number / 10;
    let kind = match number % 10 {
        0 => state_kind(state, dice, at),
        _ => Kind::UsageEvent(usage(number, dice, at)),
    };
    let is_machine = matches!(
        kind,
        Kind::UsageEvent(_) | Kind::ModelHealth(_) | Kind::RuntimeSummary(_) | Kind::ConfigFact(_)
    );
    // All records of one action or session belong to one workspace.
    let workspace = mix(state / 20) % WORKSPACES;
    Record {
        stamp: None,
        observed_at: Some(at),
        workspace: (!is_machine).then(|| format!("github.com/owner/repo-{workspace:02}")),
        client: Some(
            if is_machine {
                Client::Proxy
            } else {
                Client::Codex
            }
            .into(),
        ),
        session: (!is_machine).then(|| alias("s", state / 20)),
        kind: Some(kind),
    }
}

/// Of twenty state records that belong together: one session with its branch, checks, actions and a note.
fn state_kind(state: u64, dice: u64, at: i64) -> Kind {
    let group = state / 20;
    match state % 20 {
        0 => session(SessionPhase::Start),
        1 | 2 => Kind::Pointer(Pointer {
            r#type: Some(PointerType::Branch.into()),
            worktree: Some(alias("wt", mix(group) % WORKSPACES)),
            repository: Some(format!(
                "github.com/owner/repo-{:02}",
                mix(group) % WORKSPACES
            )),
            r#ref: Some(format!("feature/{}", dice % 30)),
            active: Some(true),
            ..Pointer::default()
        }),
        3..=10 => validation(dice),
        11 => action(group, ActionState::Open, 0),
        12 => action(group, ActionState::Claimed, 1),
        13 => action(
            group,
            if group.is_multiple_of(4) {
                ActionState::Claimed
            } else {
                ActionState::Done
            },
            1,
        ),
        14 => Kind::HandoffNote(HandoffNote {
            id: Some(alias("n", group)),
            text: NOTES
                .get((dice % 4) as usize)
                .map(|text| (*text).to_owned()),
            category: Some(NoteCategory::Note.into()),
        }),
        15..=17 => Kind::ModelHealth(ModelHealth {
            provider: Some("opencode-zen".to_owned()),
            model: Some(model(dice)),
            state: Some(
                if dice.is_multiple_of(9) {
                    ModelState::Limited
                } else {
                    ModelState::Available
                }
                .into(),
            ),
            limit_resets_at: dice.is_multiple_of(9).then_some(at + 3_600_000),
            last_status: Some(if dice.is_multiple_of(9) { 429 } else { 200 }),
            ..ModelHealth::default()
        }),
        18 if group.is_multiple_of(2) => Kind::RuntimeSummary(RuntimeSummary {
            name: Some("opencode-proxy".to_owned()),
            port: Some(4010),
            up: Some(true),
            uptime_seconds: Some(dice % 90_000),
            ..RuntimeSummary::default()
        }),
        18 => Kind::ConfigFact(ConfigFact {
            subject: Some(FactSubject::Proxy.into()),
            name: Some(FactName::DefaultModel.into()),
            value: Some(model(dice)),
        }),
        _ => session(SessionPhase::End),
    }
}

fn session(phase: SessionPhase) -> Kind {
    Kind::SessionMark(SessionMark {
        phase: Some(phase.into()),
    })
}

fn validation(dice: u64) -> Kind {
    let command = COMMANDS
        .get((dice % 8) as usize)
        .map(|command| (*command).to_owned());
    Kind::Validation(Validation {
        worktree: Some(alias("wt", dice % WORKSPACES)),
        command,
        argv_digest: Some(format!("{:032x}", dice % 8)),
        exit_code: Some(i32::from(dice.is_multiple_of(5))),
        duration_ms: Some(dice % 60_000),
        tests_passed: Some((dice % 900) as u32),
        tests_failed: Some(u32::from(dice.is_multiple_of(5))),
        commit: Some(format!("{dice:040x}")),
        source: Some(ValidationSource::Run.into()),
        dirty: Some(dice.is_multiple_of(3)),
        tree_digest: Some(format!("{dice:032x}")),
        label: None,
    })
}

fn action(group: u64, state: ActionState, generation: u32) -> Kind {
    Kind::NextAction(NextAction {
        id: Some(alias("a", group)),
        text: Some("Write the test for the empty list".to_owned()),
        state: Some(state.into()),
        generation: Some(generation),
        claimer: (generation > 0).then(|| alias("s", group)),
        lease_until: None,
    })
}

fn usage(number: u64, dice: u64, at: i64) -> UsageEvent {
    let ok = !dice.is_multiple_of(20);
    UsageEvent {
        v: Some(1),
        ts: Some(at as f64),
        day: Some("2026-01-01".to_owned()),
        model: Some(model(dice)),
        returned_model: ok.then(|| model(dice)),
        status: Some(if ok { 200 } else { 429 }),
        ok: Some(ok),
        latency_ms: Some(200 + dice % 9000),
        total_tokens: Some(dice % 40_000),
        prompt_tokens: Some(dice % 30_000),
        completion_tokens: Some(dice % 10_000),
        usage_reported: Some(ok),
        usage_estimated: Some(!ok),
        usage_source: Some(if ok { "response" } else { "estimate" }.to_owned()),
        rate_limited: Some(!ok),
        error_class: (!ok).then(|| "rate_limit".to_owned()),
        ordinal: Some((number % 2) as u32),
        ..UsageEvent::default()
    }
}

fn model(dice: u64) -> String {
    format!("vendor/model-{}", dice % MODELS)
}

fn alias(prefix: &str, number: u64) -> String {
    format!("{prefix}-{:016x}", mix(number))
}

/// SplitMix64: even numbers from counting ones.
fn mix(number: u64) -> u64 {
    let mut z = number
        .wrapping_mul(0x9e37_79b9_7f4a_7c15)
        .wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

//! What people look at: everything that `watch` and `report` draw, made once from the folded state, from what git says, and
//! from the usage events. Texts are as they were recorded; whoever draws them escapes them for where they are drawn.

mod usage;
mod workspace;

#[cfg(test)]
mod tests;

use std::cmp::Reverse;

use baton_native::brief::ask_git;
use baton_native::failure::Failure;
use baton_state::brief::claim::{Claim, claim_at};
use baton_state::brief::fields::bounded;
use baton_state::brief::model_state::model_state_at;
use baton_state::brief::verdict::verdict_of;
use baton_state::r#gen::tables::ERROR_RECORD_SHAPE;
use baton_state::home::Home;
use baton_state::index::load::load_everything;
use baton_state::index::loaded::Places;
use baton_state::proto::state::v1::record::Kind;
use baton_state::proto::state::v1::{
    Client, ConfigFact, GitAnswer, GitFacts, Health, MachineState, ModelHealth, ModelState,
    NextAction, Record, RuntimeSummary, Status, Validation, Verdict, WorkspaceState,
};
use baton_state::record::error::BatonError;
use jiff::tz::TimeZone;
use prost::Message;

pub use self::usage::{Sums, Usage};
pub use self::workspace::Workspace;

/// Everything that there is to look at, at one instant.
#[derive(Debug, Clone, PartialEq)]
pub struct View {
    /// The instant: milliseconds since 1970.
    pub now: i64,
    /// What git says of the current directory.
    pub git: GitFacts,
    /// The workspaces with anything recorded, and the one of the current directory in any case: that one first, then in
    /// byte order of the names.
    pub workspaces: Vec<Workspace>,
    /// Models, newest first.
    pub models: Vec<Noted<Model>>,
    /// Runtimes, newest first.
    pub runtimes: Vec<Noted<RuntimeSummary>>,
    /// Settings to rely on, newest first.
    pub facts: Vec<Noted<ConfigFact>>,
    /// What the proxy was used for.
    pub usage: Usage,
    /// How sound the state directory is.
    pub health: Health,
}

/// Something that was recorded.
#[derive(Debug, Clone, PartialEq)]
pub struct Noted<T> {
    /// What.
    pub value: T,
    /// When it was true: milliseconds since 1970.
    pub at: i64,
    /// Which program recorded it.
    pub client: Client,
    /// Alias of the agent session that it was recorded in.
    pub session: Option<String>,
}

/// A validation with its verdict.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// The validation.
    pub validation: Validation,
    /// Whether it still holds; unspecified for hearsay.
    pub verdict: Verdict,
}

/// An action with who has it.
#[derive(Debug, Clone, PartialEq)]
pub struct Action {
    /// The action.
    pub action: NextAction,
    /// How it stands at the instant of the view.
    pub claim: Claim,
}

/// A model with whether it can be used.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    /// What was recorded of it.
    pub health: ModelHealth,
    /// Its state at the instant of the view.
    pub state: ModelState,
}

impl Model {
    /// When its limit ends, in milliseconds since 1970, where it is limited and anybody said so.
    pub fn limited_until(&self) -> Option<i64> {
        let is_limited = self.state == ModelState::Limited;
        self.health
            .limit_resets_at
            .filter(|_| is_limited)
            .map(bounded)
    }
}

impl View {
    /// The view of a state directory and the current directory, at `now` in milliseconds since 1970. Refuses what
    /// `Home::config`, `Home::read_key` and `load_everything` refuse.
    pub fn read(home: &Home, now: i64) -> Result<View, Failure> {
        let config = home.config()?;
        let git = ask_git(home, &config)?;
        let loaded = load_everything(&Places::of(home), now)?;
        let usage = Usage::of(loaded.usage_events(), now, &TimeZone::system());
        Ok(View::of(
            &loaded.status(&config.retention),
            usage,
            git,
            now,
        )?)
    }

    /// The view of an encoded Status that was folded at `now`, in milliseconds since 1970. Refuses bytes that are none
    /// (RECORD_SHAPE).
    pub fn of(status: &[u8], usage: Usage, git: GitFacts, now: i64) -> Result<View, BatonError> {
        let status = Status::decode(status)
            .map_err(|_| BatonError::new(&ERROR_RECORD_SHAPE).at("baton.state.v1.Status"))?;
        let machine = status.machine.unwrap_or_default();
        let MachineState {
            models,
            runtime,
            facts,
            usage: by_model,
            health,
        } = machine;
        Ok(View {
            now,
            workspaces: workspaces(status.workspaces, &git, now),
            git,
            models: noted(models, |kind| match kind {
                Kind::ModelHealth(health) => Some(Model {
                    state: model_state_at(&health, now),
                    health,
                }),
                _ => None,
            }),
            runtimes: noted(runtime, |kind| match kind {
                Kind::RuntimeSummary(runtime) => Some(runtime),
                _ => None,
            }),
            facts: noted(facts, |kind| match kind {
                Kind::ConfigFact(fact) => Some(fact),
                _ => None,
            }),
            usage: Usage { by_model, ..usage },
            health: health.unwrap_or_default(),
        })
    }

    /// Until when nothing of it changes by time alone, in milliseconds since 1970: the next end of a lease or of a limit, a
    /// minute at most, by which usage and retention go.
    pub fn holds_until(&self) -> i64 {
        let actions = self
            .workspaces
            .iter()
            .flat_map(|workspace| &workspace.actions);
        let leases = actions.filter_map(|noted| match noted.value.claim {
            Claim::Claimed(until) => until,
            _ => None,
        });
        let limits = self
            .models
            .iter()
            .filter_map(|noted| noted.value.limited_until());
        let minute = self.now.saturating_add(60_000);
        leases.chain(limits).fold(minute, i64::min)
    }
}

fn workspaces(states: Vec<WorkspaceState>, git: &GitFacts, now: i64) -> Vec<Workspace> {
    let here = git
        .workspace
        .as_deref()
        .filter(|_| git.answer() == GitAnswer::Complete);
    let states = states.into_iter();
    let mut workspaces: Vec<Workspace> = states
        .map(|state| {
            let git = Some(git).filter(|_| here == Some(state.workspace()));
            Workspace::of(state, git, now)
        })
        .collect();
    if let Some(here) = here
        && !workspaces.iter().any(|workspace| workspace.is_here)
    {
        let empty = WorkspaceState {
            workspace: Some(here.to_owned()),
            ..WorkspaceState::default()
        };
        workspaces.push(Workspace::of(empty, Some(git), now));
    }
    // The sort is stable, and the state lists them in byte order.
    workspaces.sort_by_key(|workspace| !workspace.is_here);
    workspaces
}

/// The records of a list of the state, newest first by stamp, then in byte order of their keys, as a brief lists them.
fn noted<T>(mut records: Vec<Record>, pick: impl Fn(Kind) -> Option<T>) -> Vec<Noted<T>> {
    // The sort is stable, and the state lists them in byte order of the keys.
    records.sort_by_key(|record| Reverse(record.stamp()));
    let records = records.into_iter();
    let picked = records.filter_map(|record| {
        Some(Noted {
            at: bounded(record.observed_at()),
            client: record.client(),
            value: pick(record.kind?)?,
            session: record.session,
        })
    });
    picked.collect()
}

/// The action as it stands at an instant.
fn action(action: NextAction, now: i64) -> Action {
    Action {
        claim: claim_at(&action, now),
        action,
    }
}

/// The validation as git says that it holds.
fn judged(validation: Validation, git: Option<&GitFacts>) -> Judged {
    Judged {
        verdict: verdict_of(&validation, git),
        validation,
    }
}

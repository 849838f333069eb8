//! The brief of the workspace that holds the current directory, as both programs print it.

use std::env;
use std::mem::ManuallyDrop;

use baton_state::brief::brief_of;
use baton_state::fold::state::state_of;
use baton_state::git::{self, Naming, facts};
use baton_state::home::Home;
use baton_state::index::load::load_workspace;
use baton_state::index::loaded::Places;
use baton_state::json::json_of_bytes;
use baton_state::proto::state::v1::{BriefReason, Config, GitFacts};
use prost::Message;

use crate::failure::Failure;
use crate::output::Output;

/// Which brief is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The state directory.
    pub home: &'a Home,
    /// The instant, in milliseconds since 1970.
    pub now: i64,
    /// The workspace, instead of the one that holds the current directory.
    pub workspace: Option<&'a str>,
    /// Why it is asked for.
    pub reason: BriefReason,
}

/// Prints the brief to stdout, or the Brief message where the output is JSON, hands it over, and brings the index up to
/// date. Refuses what `Home::config`, `Home::read_key` and `load_workspace` refuse, and where stdout takes nothing.
pub fn print(out: &mut Output, question: &Question<'_>) -> Result<(), Failure> {
    let config = question.home.config()?;
    let git = ask_git(question.home, &config)?;
    let workspace = question.workspace.or(git.workspace.as_deref());
    let workspace = workspace.unwrap_or_default();
    let places = Places::of(question.home);
    // The end of the process frees it faster than anybody else could.
    let loaded = ManuallyDrop::new(load_workspace(&places, workspace, question.now)?);
    {
        let fold = loaded.fold(question.now, Some(workspace));
        let state = state_of(&fold, &config.retention);
        let brief = brief_of(&state, Some(&git), workspace, question.reason);
        if out.json {
            out.data(json_of_bytes(
                "baton.state.v1.Brief",
                &brief.encode_to_vec(),
            )?)?;
        } else {
            out.data(brief.text())?;
        }
    }
    out.flush()?;
    // The answer is out. That the index could not be written is for `check` to tell.
    let _ = loaded.keep(&places);
    Ok(())
}

/// What git says of the current directory, within BATON_GIT_MS, else one second. Refuses what `Home::read_key` refuses.
pub fn ask_git(home: &Home, config: &Config) -> Result<GitFacts, Failure> {
    let key = home.read_key()?;
    let naming = Naming {
        key: key.as_ref().map(|key| key.as_slice()),
        config: Some(config),
    };
    let dir = env::current_dir().unwrap_or_default();
    let environment: Vec<_> = env::vars_os().collect();
    Ok(facts(&git::Question {
        dir: &dir,
        naming,
        env: &environment,
        budget: None,
        digest: true,
    }))
}

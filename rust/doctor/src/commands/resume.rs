//! `resume`: the brief of the workspace that holds the current directory.

use std::env;
use std::mem::ManuallyDrop;

use baton_state::brief::brief_of;
use baton_state::fold::state::state_of;
use baton_state::git::{Naming, Question, facts};
use baton_state::index::load::load_workspace;
use baton_state::json::json_of_bytes;
use baton_state::proto::state::v1::{Config, GitFacts};
use prost::Message;

use super::context::Context;
use crate::cli::ResumeArgs;
use crate::error::{Failure, Outcome};

/// Prints the brief, or the Brief message with `--json`.
pub fn run(context: &mut Context, args: &ResumeArgs) -> Result<Outcome, Failure> {
    let config = context.home.config()?;
    let git = ask_git(context, &config)?;
    let workspace = args
        .workspace
        .clone()
        .or_else(|| git.workspace.clone())
        .unwrap_or_default();
    let places = context.places();
    // The end of the process frees it faster than anybody else could.
    let loaded = ManuallyDrop::new(load_workspace(&places, &workspace, context.now)?);
    {
        let fold = loaded.fold(context.now, Some(&workspace));
        let state = state_of(&fold, &config.retention);
        let brief = brief_of(&state, Some(&git), &workspace, args.reason.into());
        if context.out.json {
            context.out.data(json_of_bytes(
                "baton.state.v1.Brief",
                &brief.encode_to_vec(),
            )?)?;
        } else {
            context.out.data(brief.text())?;
        }
    }
    context.out.flush()?;
    // The answer is out. That the index could not be written is for `check` to tell.
    let _ = loaded.keep(&places);
    Ok(Outcome::Done)
}

fn ask_git(context: &Context, config: &Config) -> Result<GitFacts, Failure> {
    let key = context.home.read_key()?;
    let naming = Naming {
        key: key.as_ref().map(|key| key.as_slice()),
        config: Some(config),
    };
    let dir = env::current_dir().unwrap_or_default();
    let environment: Vec<_> = env::vars_os().collect();
    Ok(facts(&Question {
        dir: &dir,
        naming,
        env: &environment,
        budget: None,
        digest: true,
    }))
}

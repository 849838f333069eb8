//! `resume`: the brief of the workspace that holds the current directory.

use baton_native::brief::{self, Question};
use baton_native::failure::Failure;

use super::context::Context;
use crate::cli::ResumeArgs;
use crate::outcome::Outcome;

/// Prints the brief, or the Brief message with `--json`.
pub fn run(context: &mut Context, args: &ResumeArgs) -> Result<Outcome, Failure> {
    let question = Question {
        home: &context.home,
        now: context.now,
        workspace: args.workspace.as_deref(),
        reason: args.reason.into(),
    };
    brief::print(&mut context.out, &question)?;
    Ok(Outcome::Done)
}

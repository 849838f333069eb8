//! `watch`: the state, live in a terminal.

use std::io::{IsTerminal, stdout};

use baton_native::failure::Failure;
use baton_native::output::shows_colors;
use baton_state::r#gen::tables::ERROR_ARGUMENT;
use baton_state::record::error::BatonError;

use super::context::Context;
use crate::outcome::Outcome;
use crate::watch;

/// Draws until the user ends it. Refuses `--json`, and a stdout that is no terminal (ARGUMENT).
pub fn run(context: &mut Context, no_color: bool) -> Result<Outcome, Failure> {
    let refused = |why: &str| BatonError::new(&ERROR_ARGUMENT).at(why);
    if context.out.json {
        return Err(refused("`watch` draws and has no JSON: use `status --json`").into());
    }
    if !stdout().is_terminal() {
        return Err(refused("`watch` needs a terminal on stdout: use `status` or `resume`").into());
    }
    watch::run(&context.home, shows_colors(&stdout(), no_color))?;
    Ok(Outcome::Done)
}

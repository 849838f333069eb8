//! `guard`: texts in, verdicts out, a line for a line.

use std::io::{self, BufRead, BufReader};

use baton_state::guard::guard_line;
use baton_state::home::known_to;
use baton_state::proto::state::v1::Config;

use super::context::Context;
use crate::outcome::Outcome;
use baton_native::failure::Failure;

/// Judges the lines of stdin as they come; a last line without newline counts.
pub fn run(context: &mut Context) -> Result<Outcome, Failure> {
    let mut stdin = BufReader::with_capacity(64 << 10, io::stdin().lock());
    let mut line = Vec::new();
    let known = known_to(&Config::default());
    loop {
        if stdin.buffer().is_empty() {
            // Whoever waits for an answer before the next question gets it.
            context.out.flush()?;
        }
        line.clear();
        if stdin.read_until(b'\n', &mut line).map_err(Failure::Input)? == 0 {
            return Ok(Outcome::Done);
        }
        context.out.line(guard_line(
            line.strip_suffix(b"\n").unwrap_or(&line),
            known.as_ref(),
        ))?;
    }
}

//! The agent: which one, and where it is.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use baton_state::r#gen::tables::ERROR_LAUNCH_NO_AGENT;
use baton_state::record::error::BatonError;

use crate::cli::Choice;

/// A program that gets the terminal.
#[derive(Debug, PartialEq, Eq)]
pub struct Agent {
    program: PathBuf,
    /// Whether it asks models through the proxy; Codex speaks another protocol than the proxy serves.
    pub uses_proxy: bool,
}

impl Agent {
    /// The agent that is asked for; without a choice the one on PATH, OpenCode where both are. None for `none`. Refuses
    /// where it is not on PATH (LAUNCH_NO_AGENT).
    pub fn find(choice: Option<Choice>) -> Result<Option<Agent>, BatonError> {
        let names: &[(&str, bool)] = match choice {
            None => &[("opencode", true), ("codex", false)],
            Some(Choice::Opencode) => &[("opencode", true)],
            Some(Choice::Codex) => &[("codex", false)],
            Some(Choice::None) => return Ok(None),
        };
        let found = names.iter().find_map(|(name, uses_proxy)| {
            Some(Agent {
                program: which::which(name).ok()?,
                uses_proxy: *uses_proxy,
            })
        });
        found.map(Some).ok_or_else(|| {
            let names: Vec<_> = names.iter().map(|(name, _)| *name).collect();
            BatonError::new(&ERROR_LAUNCH_NO_AGENT).at(names.join(" or "))
        })
    }

    /// The command that starts it with these arguments.
    pub fn command(&self, arguments: &[OsString]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(arguments);
        command
    }
}

//! Runs `baton gc` where much waits for it, and where there is a `baton` to run.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::Deeds;
use crate::checks::{Ground, is_gc_due};

/// What to do where `baton` is not found, or did not end well.
const BY_HAND: &str = "run baton gc";

/// Runs it as long as it takes: it may be killed at any moment, and loses nothing (SEG-053).
pub fn give_back(ground: &Ground, deeds: &mut Deeds) {
    if !is_gc_due(ground) {
        return;
    }
    deeds.attempt(
        "give back the space of what is past its days: baton gc",
        || {
            let program =
                baton(ground).ok_or_else(|| format!("baton is not on PATH: {BY_HAND}"))?;
            let mut command = Command::new(program);
            command
                .arg("gc")
                .env("BATON_HOME", ground.home.dir())
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null());
            match command.status() {
                Ok(status) if status.success() => Ok(()),
                Ok(_) => Err(format!("it ended with an error: {BY_HAND}")),
                Err(error) => Err(format!("{}: {BY_HAND}", error.kind())),
            }
        },
    );
}

/// The launcher that the hooks run, which knows its Node; else what PATH has.
fn baton(ground: &Ground) -> Option<PathBuf> {
    let name = if cfg!(windows) { "baton.cmd" } else { "baton" };
    let launcher = ground.home.dir().join("bin").join(name);
    launcher
        .is_file()
        .then_some(launcher)
        .or_else(|| ground.clients.find("baton"))
}

//! The machine and its programs, without names.

use std::thread;

use baton_state::proto::support::v1::{Program, System};
use sysinfo::System as Machine;

use crate::checks::{Clients, shown_version};

/// Programs that have to do with Baton, and the packages of npm that they may lie in.
const PROGRAMS: [(&str, &str); 6] = [
    ("baton", "baton"),
    ("codex", "@openai/codex"),
    ("gh", "gh"),
    ("git", "git"),
    ("node", "node"),
    ("opencode", "opencode-ai"),
];

/// The machine.
pub fn system() -> System {
    System {
        os: Some(std::env::consts::OS.to_owned()),
        distribution: Some(Machine::distribution_id()),
        version: Machine::os_version().ok().and_then(|text| numbers(&text)),
        kernel: Machine::kernel_version()
            .ok()
            .and_then(|text| numbers(&text)),
        arch: Some(std::env::consts::ARCH.to_owned()),
    }
}

/// This program, and those on PATH with the versions that they tell.
pub fn programs(clients: &Clients) -> Vec<Program> {
    let found = PROGRAMS
        .iter()
        .filter(|(name, _)| clients.find(name).is_some());
    let versions = thread::scope(|scope| {
        let asked: Vec<_> = found
            .map(|(name, package)| (name, scope.spawn(|| shown_version(clients, name, package))))
            .collect();
        let versions = asked
            .into_iter()
            .map(|(name, version)| (*name, version.join().ok().flatten()));
        versions.collect::<Vec<_>>()
    });
    let own = (
        env!("CARGO_PKG_NAME"),
        Some(env!("CARGO_PKG_VERSION").to_owned()),
    );
    [own]
        .into_iter()
        .chain(versions)
        .map(|(name, version)| Program {
            name: Some(name.to_owned()),
            version,
        })
        .collect()
}

/// The numbers and dots that a text starts with; what is behind them may be anybody's word.
fn numbers(text: &str) -> Option<String> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.');
    let numbers = text.get(..end.unwrap_or(text.len()))?.trim_matches('.');
    (!numbers.is_empty()).then(|| numbers.to_owned())
}

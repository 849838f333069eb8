//! The checks of Codex itself, and of the MCP server as Codex starts it.

use std::path::{Path, PathBuf};

use super::codex_files::McpEntry;
use super::codex_hooks::program_of;
use super::files::is_same_folder;
use super::program::{Product, is_tested, version_of};
use super::{Clients, mcp};
use crate::checks::seen::{Seen, fail, moot, ok, warn};

/// What puts Codex right.
pub const INIT: &str = "baton init --codex";

const CODEX: Product = Product {
    name: "Codex",
    program: "codex",
    package: "@openai/codex",
    tested: (0, 169),
};

impl Clients {
    /// The program, looked for once.
    pub fn codex(&self) -> Option<&Path> {
        self.codex
            .get_or_init(|| self.find(CODEX.program))
            .as_deref()
    }

    /// The program, or why nothing else about Codex is looked at.
    pub fn need_codex(&self) -> Result<&Path, Seen> {
        self.codex().ok_or_else(|| moot("Codex is not installed"))
    }
}

/// Whether Codex is there, and in which version.
pub fn version(clients: &Clients) -> Result<Seen, Seen> {
    let program = clients.codex();
    let version = program.map(|program| version_of(clients, &CODEX, program));
    Ok(is_tested(&CODEX, version.as_ref()))
}

/// Whether the MCP server is configured, and answers.
pub fn server(clients: &Clients) -> Result<Seen, Seen> {
    clients.need_codex()?;
    let files = clients.codex_files();
    if let Err(unread) = &files.config {
        return Ok(fail(
            format!("~/.codex/config.toml {unread}: Codex does not start"),
            "mend the file",
        ));
    }
    Ok(match files.mcp_entry(clients) {
        McpEntry::Absent => warn(
            "the MCP server of Baton is not in ~/.codex/config.toml",
            INIT,
        ),
        McpEntry::Off => warn(
            "the MCP server of Baton is switched off in ~/.codex/config.toml",
            "delete `enabled = false` from [mcp_servers.baton]",
        ),
        McpEntry::NoCommand => fail(
            "[mcp_servers.baton] in ~/.codex/config.toml has no command",
            INIT,
        ),
        McpEntry::Command(entry) => mcp::answers(clients, &entry, INIT),
    })
}

/// Whether MCP server and hooks record where this program reads.
pub fn home(clients: &Clients) -> Result<Seen, Seen> {
    clients.need_codex()?;
    let files = clients.codex_files();
    let entry = match files.mcp_entry(clients) {
        McpEntry::Command(entry) => Some(entry),
        _ => None,
    };
    let launchers: Vec<PathBuf> = files
        .own_hooks()
        .iter()
        .filter_map(|hook| mcp::home_of_launcher(Path::new(&program_of(hook.command?))))
        .collect();
    if entry.is_none() && launchers.is_empty() {
        return Err(moot("Codex does not use Baton"));
    }
    if entry.is_some_and(|entry| !mcp::shares_home(clients, &entry)) {
        return Ok(warn(
            "the MCP server that Codex starts keeps its state in another directory than this program",
            "use one BATON_HOME here and for baton init --codex, which writes it into the entry: Codex hands on no variables",
        ));
    }
    if launchers
        .iter()
        .any(|home| !is_same_folder(home, &clients.state))
    {
        return Ok(warn(
            "the hooks of Codex run the launcher of another state directory than this program's",
            "use one BATON_HOME here and for baton init --codex, then trust the new hooks with /hooks in Codex",
        ));
    }
    Ok(ok("Codex uses this state directory"))
}

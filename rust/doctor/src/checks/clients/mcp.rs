//! The MCP server of Baton as a client has it configured: does it answer, and where does it keep its state?

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use baton_state::home::state_directory;
use serde_json::{Value, json};

use super::child::{Silence, Talk};
use super::files::{is_same_folder, plain, read_text};
use super::{Clients, Variables};
use crate::checks::seen::{Seen, fail, ok, warn};

/// The server as a client starts it.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Program and arguments.
    pub command: Vec<String>,
    /// The whole environment that it gets.
    pub env: Variables,
    /// Its working directory.
    pub dir: PathBuf,
}

/// Starts the server, greets it, and ends it.
pub fn answers(clients: &Clients, entry: &Entry, init: &str) -> Seen {
    let limit = clients.patience(Duration::from_secs(2));
    let by_hand =
        "run the command of the entry in a terminal; baton mcp waits there without a word";
    match greet(entry, limit) {
        Ok(server) if server["name"] == "baton" => {
            let version = server["version"].as_str().unwrap_or_default();
            ok(format!("MCP server answers as baton {}", plain(version)))
        }
        Ok(_) => fail("another MCP server answers under the name baton", init),
        Err(Silence::NotStarted(kind)) => {
            fail(format!("MCP server cannot be started: {kind}"), init)
        }
        Err(Silence::TimedOut) => warn(
            format!("MCP server did not answer within {} ms", limit.as_millis()),
            "try again when the machine is less busy, then by hand in a terminal",
        ),
        Err(Silence::Ended(Some(code))) => fail(
            format!("MCP server ended with {code} before it answered"),
            by_hand,
        ),
        Err(Silence::Ended(None)) => fail("MCP server was ended before it answered", by_hand),
        Err(Silence::Garbage) => fail("MCP server says what is no message of MCP", by_hand),
        Err(Silence::Refused) => fail("MCP server refuses to be greeted", by_hand),
    }
}

fn greet(entry: &Entry, limit: Duration) -> Result<Value, Silence> {
    let (program, arguments) = entry
        .command
        .split_first()
        .ok_or(Silence::NotStarted(std::io::ErrorKind::NotFound))?;
    let mut command = Command::new(program);
    command
        .args(arguments)
        .env_clear()
        .envs(&entry.env)
        .current_dir(&entry.dir);
    let mut talk = Talk::start(&mut command, limit)?;
    let params = json!({
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": { "name": env!("CARGO_PKG_NAME"), "version": env!("CARGO_PKG_VERSION") },
    });
    let mut result = talk.call(1, "initialize", &params)?;
    Ok(result["serverInfo"].take())
}

/// Whether the server records where this program reads, as its launcher, its arguments and its environment say.
pub fn shares_home(clients: &Clients, entry: &Entry) -> bool {
    let arguments = entry.command.iter().map(String::as_str);
    let named = arguments
        .clone()
        .find_map(|argument| argument.strip_prefix("--home="))
        .or_else(|| {
            arguments
                .clone()
                .skip_while(|argument| *argument != "--home")
                .nth(1)
        })
        .map(Path::new);
    let launcher = arguments.clone().next().map(Path::new);
    let env = |name: &str| entry.env.get(OsStr::new(name)).cloned();
    let home = match (named, launcher.and_then(home_of_launcher)) {
        (None, Some(home)) => Some(home),
        (named, _) => state_directory(named, &env, std::env::consts::OS),
    };
    home.is_some_and(|home| is_same_folder(&entry.dir.join(home), &clients.state))
}

/// The state directory that a launcher lies in, `<state>/bin/baton`, and sets for what it starts; None for any other
/// program.
pub fn home_of_launcher(program: &Path) -> Option<PathBuf> {
    let folder = program.parent()?;
    let is_launcher = folder.file_name()? == "bin"
        && program.file_stem()? == "baton"
        && read_text(program).ok()??.contains("BATON_HOME=");
    is_launcher.then(|| folder.parent().map(Path::to_owned))?
}

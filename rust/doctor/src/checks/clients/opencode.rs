//! The checks of OpenCode itself, of the MCP server as OpenCode starts it, and of the plugin.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::child::Silence;
use super::codex_files::McpEntry as CodexEntry;
use super::files::{read_bytes, read_end, read_text};
use super::opencode_files::McpEntry;
use super::program::{Product, is_tested, version_of};
use super::{Clients, mcp};
use crate::checks::seen::{Seen, fail, moot, ok, warn};

/// What puts OpenCode right.
pub const INIT: &str = "baton init --opencode";

/// The program, as its makers distribute it.
pub const OPENCODE: Product = Product {
    name: "OpenCode",
    program: "opencode",
    package: "opencode-ai",
    tested: (1, 18),
};
/// How much of the end of a log is looked at, in bytes. A start is in it.
const END_OF_LOG: u64 = 512 << 10;

impl Clients {
    /// The program, looked for once.
    pub fn opencode(&self) -> Option<&Path> {
        self.opencode
            .get_or_init(|| self.find(OPENCODE.program))
            .as_deref()
    }

    /// Its version, asked for once; absent where it is not there.
    pub fn opencode_version(&self) -> Option<&Result<String, Silence>> {
        let program = self.opencode()?;
        let version = || version_of(self, &OPENCODE, program);
        Some(self.opencode_version.get_or_init(version))
    }

    /// Why nothing else about OpenCode is looked at, where it is not there.
    pub fn need_opencode(&self) -> Result<(), Seen> {
        match self.opencode() {
            Some(_) => Ok(()),
            None => Err(moot("OpenCode is not installed")),
        }
    }

    /// The folder of the bundles of the Baton that is in use here: that of the MCP entries, of the launcher, of PATH.
    pub fn bundles(&self) -> Option<PathBuf> {
        let mut words = Vec::new();
        if let McpEntry::Command(entry) = self.opencode_files().mcp_entry(self) {
            words.extend(entry.command);
        }
        if let CodexEntry::Command(entry) = self.codex_files().mcp_entry(self) {
            words.extend(entry.command);
        }
        let launcher = if cfg!(windows) {
            "bin/baton.cmd"
        } else {
            "bin/baton"
        };
        if let Ok(Some(launcher)) = read_text(&self.state.join(launcher)) {
            let words_of_launcher =
                launcher.split(|c: char| c.is_whitespace() || "\"'".contains(c));
            words.extend(words_of_launcher.map(str::to_owned));
        }
        let on_path = self
            .find("baton")
            .and_then(|baton| baton.canonicalize().ok());
        let programs = words.into_iter().map(PathBuf::from).chain(on_path);
        let mut folders = programs
            .filter(|program| program.is_absolute() && program.ends_with("cli.js"))
            .filter_map(|program| program.parent().map(Path::to_owned));
        folders.find(|folder| folder.join("opencode.js").is_file())
    }
}

/// Whether OpenCode is there, and in which version.
pub fn version(clients: &Clients) -> Result<Seen, Seen> {
    Ok(is_tested(&OPENCODE, clients.opencode_version()))
}

/// Whether its configuration is valid.
pub fn config(clients: &Clients) -> Result<Seen, Seen> {
    if !clients.has_opencode() && clients.need_setup().is_err() {
        return Err(moot("OpenCode is not installed"));
    }
    let files = clients.opencode_files();
    Ok(match files.unread.first() {
        Some((called, why)) => fail(
            format!("{called} {why}: OpenCode does not start"),
            "mend the file",
        ),
        None if files.configs.is_empty() && clients.need_setup().is_ok() => fail(
            "OpenCode has no configuration, so it does not know the proxy",
            "npm run setup:opencode in the folder of the proxy",
        ),
        None if files.configs.is_empty() => ok("OpenCode has no configuration: defaults hold"),
        None => ok("the configuration of OpenCode is valid"),
    })
}

/// Whether the MCP server is configured, and answers.
pub fn server(clients: &Clients) -> Result<Seen, Seen> {
    clients.need_opencode()?;
    Ok(match clients.opencode_files().mcp_entry(clients) {
        McpEntry::Absent => warn(
            "the MCP server of Baton is not configured in OpenCode",
            INIT,
        ),
        McpEntry::Off => warn(
            "the MCP server of Baton is switched off in OpenCode",
            "delete `\"enabled\": false` from mcp.baton",
        ),
        McpEntry::NoCommand => fail(
            "mcp.baton in the configuration of OpenCode has no command",
            INIT,
        ),
        McpEntry::Command(entry) => mcp::answers(clients, &entry, INIT),
    })
}

/// Whether the MCP server records where this program reads.
pub fn home(clients: &Clients) -> Result<Seen, Seen> {
    clients.need_opencode()?;
    let McpEntry::Command(entry) = clients.opencode_files().mcp_entry(clients) else {
        return Err(moot("OpenCode does not start the MCP server of Baton"));
    };
    Ok(if mcp::shares_home(clients, &entry) {
        ok("OpenCode uses this state directory")
    } else {
        warn(
            "the MCP server that OpenCode starts keeps its state in another directory than this program",
            "use one BATON_HOME here and for baton init --opencode, which writes it into the entry",
        )
    })
}

/// Whether the plugin is there, once, and of this Baton.
pub fn plugin(clients: &Clients) -> Result<Seen, Seen> {
    clients.need_opencode()?;
    let plugins = clients.opencode_files().own_plugins();
    let plugin = match plugins.as_slice() {
        [] => return Ok(warn("the plugin of Baton is not there", INIT)),
        [plugin] => plugin,
        more => {
            return Ok(warn(
                format!(
                    "the plugin of Baton is there {} times: events are recorded as often",
                    more.len()
                ),
                "delete all but the one in ~/.config/opencode/plugin",
            ));
        }
    };
    let bytes = match read_bytes(plugin) {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return Ok(fail("the plugin of Baton leads to no file", INIT)),
        Err(unread) => return Ok(fail(format!("the plugin of Baton {unread}"), INIT)),
    };
    let Some(bundles) = clients.bundles() else {
        return Ok(ok(
            "the plugin of Baton is there; no Baton to compare it with was found",
        ));
    };
    Ok(match read_bytes(&bundles.join("opencode.js")) {
        Ok(Some(current)) if current == bytes => ok("the plugin is that of this Baton"),
        Ok(_) => warn("the plugin is of another version than Baton", INIT),
        Err(unread) => fail(
            format!("the plugin that Baton brings along {unread}"),
            "install Baton again",
        ),
    })
}

/// Whether the plugin was loaded when OpenCode last started, as its log tells.
pub fn loaded(clients: &Clients) -> Result<Seen, Seen> {
    clients.need_opencode()?;
    let plugins = clients.opencode_files().own_plugins();
    let Some(plugin) = plugins.first() else {
        return Err(moot("the plugin of Baton is not there"));
    };
    let data = clients.folder("XDG_DATA_HOME", ".local/share");
    let Some((written, log)) = last_log(&data.join("opencode/log")) else {
        return Ok(ok("OpenCode has not started yet"));
    };
    let put_there = fs::metadata(plugin).and_then(|metadata| metadata.modified());
    if put_there.is_ok_and(|put_there| put_there > written) {
        return Ok(ok(
            "OpenCode has not started since the plugin was put there",
        ));
    }
    let end = match read_end(&log, END_OF_LOG) {
        Ok(end) => end,
        Err(unread) => {
            return Ok(fail(
                format!("the last log of OpenCode {unread}"),
                "make the files below ~/.local/share/opencode/log readable",
            ));
        }
    };
    let names: Vec<_> = plugins
        .iter()
        .filter_map(|plugin| plugin.file_name()?.to_str())
        .collect();
    let lines = lines_of_last_start(&end);
    let is_about_us = |line: &str| names.iter().any(|name| line.contains(name));
    if lines
        .iter()
        .any(|line| line.contains("failed to load plugin") && is_about_us(line))
    {
        return Ok(fail(
            "OpenCode could not load the plugin when it last started",
            "baton init --opencode, then start OpenCode again; its log has the reason",
        ));
    }
    if lines
        .iter()
        .any(|line| line.contains("background dependency install failed"))
    {
        return Ok(warn(
            "OpenCode could not install its packages when it last started, and waited for npm",
            "start it once while npm can be reached",
        ));
    }
    Ok(ok(
        "the log of OpenCode tells of no failure to load the plugin when it last started",
    ))
}

/// The lines that belong to the last start: OpenCode goes on in one file, and says in each line which run of it writes.
fn lines_of_last_start(log: &str) -> Vec<&str> {
    let run = |line: &&str| {
        let mut words = line.split(' ');
        words
            .find(|word| word.starts_with("run="))
            .map(str::to_owned)
    };
    let lines = log.lines().rev();
    let mut starts = lines.filter(|line| line.contains("creating instance"));
    let last = starts.next().or_else(|| log.lines().next_back());
    let last = last.as_ref().and_then(run);
    log.lines().filter(|line| run(line) == last).collect()
}

/// The log that was written to last, and when.
fn last_log(folder: &Path) -> Option<(SystemTime, PathBuf)> {
    let logs = fs::read_dir(folder).ok()?.flatten().filter_map(|entry| {
        let path = entry.path();
        let is_log = path.extension().is_some_and(|extension| extension == "log");
        Some((entry.metadata().ok()?.modified().ok()?, path)).filter(|_| is_log)
    });
    logs.max()
}

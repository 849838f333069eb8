//! What Codex is configured with: `config.toml` and `hooks.json` of the user.

use std::ffi::{OsStr, OsString};

use serde_json::Value;
use toml_edit::{Document, Item, TableLike};

use super::Clients;
use super::files::{Unread, line_at, read_text};
use super::mcp::Entry;

/// The variables that Codex hands on to an MCP server by itself.
const HANDED_ON: &[&str] = if cfg!(windows) {
    &[
        "PATH",
        "PATHEXT",
        "SystemRoot",
        "ComSpec",
        "USERPROFILE",
        "APPDATA",
        "LOCALAPPDATA",
        "TEMP",
        "TMP",
    ]
} else {
    &["HOME", "LANG", "PATH", "TMPDIR", "TZ"]
};

/// What Codex is configured with; None for a file that is not there.
pub struct CodexFiles {
    /// `config.toml`.
    pub config: Result<Option<Document<String>>, Unread>,
    /// `hooks.json`.
    pub hooks: Result<Option<Value>, Unread>,
}

/// The MCP entry of Baton.
pub enum McpEntry {
    /// There is none.
    Absent,
    /// It is switched off.
    Off,
    /// It has no command.
    NoCommand,
    /// Codex starts this.
    Command(Entry),
}

/// A handler of `hooks.json` that belongs to Baton.
pub struct Hook<'a> {
    /// Event, as `hooks.json` writes it.
    pub event: &'a str,
    /// Command of a handler that is one.
    pub command: Option<&'a str>,
}

impl CodexFiles {
    /// Reads both files.
    pub fn read(clients: &Clients) -> Self {
        let folder = clients.folder("CODEX_HOME", ".codex");
        let config = read_text(&folder.join("config.toml")).and_then(|text| {
            text.map(|text| {
                Document::parse(text.clone()).map_err(|error| {
                    let at = error.span().map_or(0, |span| span.start);
                    Unread::Invalid(line_at(&text, at))
                })
            })
            .transpose()
        });
        let hooks = read_text(&folder.join("hooks.json")).and_then(|text| {
            text.map(|text| {
                serde_json::from_str(&text).map_err(|error| Unread::Invalid(error.line()))
            })
            .transpose()
        });
        CodexFiles { config, hooks }
    }

    /// What the configuration says of the MCP server.
    pub fn mcp_entry(&self, clients: &Clients) -> McpEntry {
        let config = self.config.as_ref().ok().and_then(Option::as_ref);
        let Some(table) = config
            .and_then(|config| config.get("mcp_servers")?.get("baton"))
            .and_then(Item::as_table_like)
        else {
            return McpEntry::Absent;
        };
        if table.get("enabled").and_then(Item::as_bool) == Some(false) {
            return McpEntry::Off;
        }
        let Some(program) = table.get("command").and_then(Item::as_str) else {
            return McpEntry::NoCommand;
        };
        let mut command = vec![program.to_owned()];
        command.extend(strings(table, "args"));
        let named = strings(table, "env_vars");
        let handed_on = HANDED_ON.iter().map(|name| (*name).to_owned()).chain(named);
        let mut env: super::Variables = handed_on
            .filter_map(|name| {
                Some((
                    OsString::from(&name),
                    clients.env.get(OsStr::new(&name))?.clone(),
                ))
            })
            .collect();
        if let Some(set) = table.get("env").and_then(Item::as_table_like) {
            env.extend(set.iter().filter_map(|(name, value)| {
                Some((OsString::from(name), OsString::from(value.as_str()?)))
            }));
        }
        let dir = table.get("cwd").and_then(Item::as_str);
        McpEntry::Command(Entry {
            command,
            env,
            dir: dir.map_or_else(|| clients.dir.clone(), |dir| clients.dir.join(dir)),
        })
    }

    /// Whether `[features]` switches all hooks off.
    pub fn are_hooks_off(&self) -> bool {
        let config = self.config.as_ref().ok().and_then(Option::as_ref);
        let features = config.and_then(|config| config.get("features")?.as_table_like());
        features.is_some_and(|features| {
            // The second is what older versions call it, and still read.
            let mut names = ["hooks", "codex_hooks"].into_iter();
            names.any(|name| features.get(name).and_then(Item::as_bool) == Some(false))
        })
    }

    /// The handlers of Baton in `hooks.json`, in their order.
    pub fn own_hooks(&self) -> Vec<Hook<'_>> {
        let hooks = self.hooks.as_ref().ok().and_then(Option::as_ref);
        let events = hooks.and_then(|hooks| hooks["hooks"].as_object());
        let mut own = Vec::new();
        for (event, groups) in events.into_iter().flatten() {
            let groups = groups.as_array().into_iter().flatten();
            let handlers = groups.flat_map(|group| group["hooks"].as_array().into_iter().flatten());
            own.extend(
                handlers
                    .filter(|handler| is_own(handler))
                    .map(|handler| Hook {
                        event,
                        command: handler["command"].as_str(),
                    }),
            );
        }
        own
    }
}

impl Clients {
    /// What Codex is configured with, read once.
    pub fn codex_files(&self) -> &CodexFiles {
        self.codex_files.get_or_init(|| CodexFiles::read(self))
    }
}

/// Whether a handler, of `hooks.json` or as `hooks/list` shows it, calls Baton.
pub fn is_own(handler: &Value) -> bool {
    if let Some(command) = handler["command"].as_str() {
        let words: Vec<&str> = command.split_whitespace().collect();
        return command.contains("baton") && words.windows(2).any(|pair| pair == ["hook", "codex"]);
    }
    handler["server"] == "baton"
}

fn strings(table: &dyn TableLike, name: &str) -> Vec<String> {
    let array = table.get(name).and_then(Item::as_array);
    let values = array.into_iter().flatten();
    values
        .filter_map(|value| value.as_str().map(str::to_owned))
        .collect()
}

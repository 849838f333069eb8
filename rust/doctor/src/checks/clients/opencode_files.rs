//! What OpenCode is configured with: its folders, its files, and what they say together.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use jsonc_parser::{ParseOptions, parse_to_serde_value};
use serde_json::{Map, Value};

use super::Clients;
use super::files::{Unread, read_text};
use super::mcp::Entry;

/// Comments and trailing commas are what OpenCode allows beyond JSON.
const JSONC: ParseOptions = ParseOptions {
    allow_comments: true,
    allow_trailing_commas: true,
    allow_loose_object_property_names: false,
    allow_missing_commas: false,
    allow_single_quoted_strings: false,
    allow_hexadecimal_numbers: false,
    allow_unary_plus_numbers: false,
    allow_bare_decimal_point_numbers: false,
    allow_non_finite_numbers: false,
    allow_extended_string_escapes: false,
};

/// What OpenCode is configured with.
pub struct OpencodeFiles {
    /// Its configuration folders; that of the user comes first, and may not be there yet.
    pub folders: Vec<PathBuf>,
    /// Its configuration files, the strongest last.
    pub configs: Vec<Value>,
    /// Files that could not be read: how people call them, and why.
    pub unread: Vec<(String, Unread)>,
    /// Texts of the files that are not valid.
    pub invalid: Vec<String>,
    /// The files of plugins in its folders.
    pub plugin_files: Vec<PathBuf>,
}

/// The MCP entry of Baton.
pub enum McpEntry {
    /// There is none.
    Absent,
    /// It is switched off.
    Off,
    /// It has no command.
    NoCommand,
    /// OpenCode starts this.
    Command(Entry),
}

/// A provider on this machine.
pub struct LocalProvider {
    /// Port of its base URL.
    pub port: u16,
    /// Whether it is the proxy by its id or its name.
    pub is_proxy: bool,
}

impl OpencodeFiles {
    /// Reads all of them. OpenCode looks from the directory of the user's work up to the top of its repository.
    pub fn read(clients: &Clients) -> Self {
        let user = clients
            .folder("XDG_CONFIG_HOME", ".config")
            .join("opencode");
        let above = project_folders(&clients.dir);
        let named = clients.var("OPENCODE_CONFIG_DIR").map(PathBuf::from);
        let others = above
            .iter()
            .map(|folder| folder.join(".opencode"))
            .chain([clients.user.join(".opencode")])
            .chain(named);
        let mut folders = vec![user.clone()];
        for folder in others {
            if folder.is_dir() && !folders.contains(&folder) {
                folders.push(folder);
            }
        }
        let mut files: Vec<(String, PathBuf)> = ["config.json", "opencode.json", "opencode.jsonc"]
            .into_iter()
            .map(|name| (format!("~/.config/opencode/{name}"), user.join(name)))
            .collect();
        if let Some(file) = clients.var("OPENCODE_CONFIG") {
            files.push((
                "the file of OPENCODE_CONFIG".to_owned(),
                PathBuf::from(file),
            ));
        }
        for folder in above.iter().chain(folders.iter().skip(1)) {
            for name in ["opencode.json", "opencode.jsonc"] {
                files.push((format!("{name} of the project"), folder.join(name)));
            }
        }
        let (mut configs, mut unread, mut invalid) = (Vec::new(), Vec::new(), Vec::new());
        for (called, file) in files {
            let text = match read_text(&file) {
                Ok(Some(text)) => text,
                Ok(None) => continue,
                Err(why) => {
                    unread.push((called, why));
                    continue;
                }
            };
            match parse_to_serde_value(&text, &JSONC) {
                Ok(config) => configs.push(config),
                Err(error) => {
                    unread.push((called, Unread::Invalid(error.line_display())));
                    invalid.push(text);
                }
            }
        }
        let plugin_files = folders
            .iter()
            .flat_map(|folder| plugins_in(folder))
            .collect();
        OpencodeFiles {
            folders,
            configs,
            unread,
            invalid,
            plugin_files,
        }
    }

    /// What all files say together: of objects each member, of all else the strongest word.
    pub fn merged(&self) -> Value {
        let mut merged = Value::Object(Map::new());
        for config in &self.configs {
            merge(&mut merged, config);
        }
        merged
    }

    /// What the configuration says of the MCP server.
    pub fn mcp_entry(&self, clients: &Clients) -> McpEntry {
        let mut entry = Map::new();
        for config in &self.configs {
            if let Some(stronger) = config["mcp"]["baton"].as_object() {
                entry.extend(stronger.clone());
            }
        }
        if entry.is_empty() {
            return McpEntry::Absent;
        }
        if entry.get("enabled") == Some(&Value::Bool(false)) {
            return McpEntry::Off;
        }
        let words = entry.get("command").and_then(Value::as_array);
        let words = words.into_iter().flatten().filter_map(Value::as_str);
        let command: Vec<String> = words.map(|word| filled_in(clients, word)).collect();
        if command.is_empty() {
            return McpEntry::NoCommand;
        }
        let set = entry.get("environment").and_then(Value::as_object);
        let set = set.into_iter().flatten().filter_map(|(name, value)| {
            let value = filled_in(clients, value.as_str()?);
            Some((OsString::from(name), OsString::from(value)))
        });
        let mut env = clients.env.clone();
        env.extend(set);
        McpEntry::Command(Entry {
            command,
            env,
            dir: clients.dir.clone(),
        })
    }

    /// Every text of the configuration that the user chose: ids and names of providers and models, and all values.
    pub fn texts(&self) -> Vec<&str> {
        let mut texts = Vec::new();
        for config in &self.configs {
            let providers = config["provider"].as_object();
            for (id, provider) in providers.into_iter().flatten() {
                texts.push(id.as_str());
                let models = provider["models"].as_object();
                texts.extend(models.into_iter().flatten().map(|(id, _)| id.as_str()));
            }
            add_values(config, &mut texts);
        }
        texts
    }

    /// What `plugin` lists, in all files.
    pub fn listed_plugins(&self) -> Vec<&str> {
        let lists = self
            .configs
            .iter()
            .filter_map(|config| config["plugin"].as_array());
        lists.flatten().filter_map(Value::as_str).collect()
    }

    /// The files of Baton's plugin.
    pub fn own_plugins(&self) -> Vec<PathBuf> {
        let in_folders = self
            .plugin_files
            .iter()
            .filter(|file| file.file_stem().is_some_and(|stem| stem == "baton"));
        let listed = self.listed_plugins().into_iter().filter_map(|plugin| {
            let path = Path::new(plugin.strip_prefix("file://")?);
            let is_own = ["baton.js", "opencode.js"]
                .iter()
                .any(|name| path.ends_with(name));
            is_own.then(|| path.to_owned())
        });
        in_folders.cloned().chain(listed).collect()
    }

    /// Providers with a base URL on loopback.
    pub fn local_providers(&self, clients: &Clients) -> Vec<LocalProvider> {
        let named = clients.var("OPENCODE_PROXY_PROVIDER");
        let named = named.and_then(|name| name.to_str()).unwrap_or("zenproxy");
        let providers = self
            .configs
            .iter()
            .filter_map(|config| config["provider"].as_object());
        let local = providers.flatten().filter_map(|(id, provider)| {
            let url = filled_in(clients, provider["options"]["baseURL"].as_str()?);
            let names = [id.as_str(), provider["name"].as_str().unwrap_or_default()];
            let says_proxy = names
                .iter()
                .any(|name| name.to_lowercase().contains("proxy"));
            Some(LocalProvider {
                port: loopback_port(&url)?,
                is_proxy: id == named || says_proxy,
            })
        });
        local.collect()
    }
}

fn add_values<'a>(value: &'a Value, texts: &mut Vec<&'a str>) {
    match value {
        Value::String(text) => texts.push(text),
        Value::Array(values) => values.iter().for_each(|value| add_values(value, texts)),
        Value::Object(fields) => fields.values().for_each(|value| add_values(value, texts)),
        _ => {}
    }
}

impl Clients {
    /// What OpenCode is configured with, read once.
    pub fn opencode_files(&self) -> &OpencodeFiles {
        self.opencode_files
            .get_or_init(|| OpencodeFiles::read(self))
    }
}

fn merge(weaker: &mut Value, stronger: &Value) {
    match (weaker, stronger) {
        (Value::Object(weaker), Value::Object(stronger)) => {
            for (name, value) in stronger {
                merge(weaker.entry(name).or_insert(Value::Null), value);
            }
        }
        (weaker, stronger) => *weaker = stronger.clone(),
    }
}

/// The folders from the top of the repository down to a directory; all there are outside of one.
fn project_folders(dir: &Path) -> Vec<PathBuf> {
    let mut folders = Vec::new();
    for folder in dir.ancestors() {
        folders.push(folder.to_owned());
        if folder.join(".git").exists() {
            break;
        }
    }
    folders.reverse();
    folders
}

/// The plugins of a configuration folder, in the order of their names.
fn plugins_in(folder: &Path) -> Vec<PathBuf> {
    let entries = ["plugin", "plugins"]
        .into_iter()
        .filter_map(|name| fs::read_dir(folder.join(name)).ok())
        .flat_map(Iterator::flatten);
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    files.retain(|file| {
        file.extension()
            .is_some_and(|extension| extension == "js" || extension == "ts")
    });
    files.sort();
    files
}

/// A text with each `{env:NAME}` replaced by the value of that variable, as OpenCode does.
pub fn filled_in(clients: &Clients, text: &str) -> String {
    let mut pieces = text.split("{env:");
    let mut filled = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let Some((name, rest)) = piece.split_once('}') else {
            filled.push_str("{env:");
            filled.push_str(piece);
            continue;
        };
        if let Some(value) = clients.var(name) {
            filled.push_str(&value.to_string_lossy());
        }
        filled.push_str(rest);
    }
    filled
}

/// The port of an HTTP URL whose host is this machine.
pub fn loopback_port(url: &str) -> Option<u16> {
    let rest = url.strip_prefix("http://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port.parse().ok()?),
        _ => (authority, 80),
    };
    ["127.0.0.1", "localhost", "[::1]"]
        .contains(&host)
        .then_some(port)
}

//! What is known of this machine and must not leave it, beside what the guard knows of secrets everywhere: values of the
//! environment, paths, and the names of user, host and folders.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::Path;

use baton_state::r#gen::tables::{CHECKS, CONFIG, KINDS};
use sysinfo::System;

use crate::checks::{Clients, is_version, loopback_port};

/// A shorter value of a variable could stand in any text by chance.
const MIN_VALUE: usize = 8;
/// The same for a variable whose name says that it is secret.
const MIN_SECRET: usize = 4;
/// Parts of the names of variables that hold secrets.
const SECRET_NAMES: [&str; 9] = [
    "KEY",
    "TOKEN",
    "SECRET",
    "PASS",
    "PWD",
    "AUTH",
    "CREDENTIAL",
    "COOKIE",
    "SESSION",
];
/// Variables with names of people and machines.
const NAME_VARIABLES: [&str; 6] = [
    "USER",
    "LOGNAME",
    "USERNAME",
    "HOSTNAME",
    "COMPUTERNAME",
    "USERDOMAIN",
];
/// What the proxy's own set-up writes into the configuration of OpenCode.
const SETUP_WORDS: [&str; 4] = [
    "@ai-sdk/openai-compatible",
    "auto",
    "zenproxy",
    "zenproxy/auto",
];
/// Shorter names are not looked for.
const MIN_NAME: usize = 3;

/// What must not be in a bundle, in lower case.
pub struct Known {
    /// Texts that must not be part of any text, with the rule that refuses them.
    parts: Vec<(&'static str, String)>,
    /// Names that must not be a word of any text.
    names: BTreeSet<String>,
}

impl Known {
    /// What is known of the machine that `clients` looks at, and of the models that its records name. `public` are words that may stand in a bundle whatever they are
    /// the name of.
    pub fn new(clients: &Clients, models: &BTreeSet<String>, public: &[&str]) -> Self {
        let own = own_words(public);
        let mut parts = Vec::new();
        let mut names = BTreeSet::new();
        let dirs = [
            clients.user.clone(),
            clients.dir.clone(),
            clients.state.clone(),
            std::env::temp_dir(),
        ];
        for dir in &dirs {
            let real = dir.canonicalize().unwrap_or_else(|_| dir.clone());
            for dir in [dir, &real] {
                let text = dir.to_string_lossy();
                if text.len() >= MIN_SECRET {
                    parts.push(("path", lower(&text)));
                    parts.push(("path", lower(&text).replace('\\', "/")));
                }
                names.extend(dir.iter().map(|name| lower(&name.to_string_lossy())));
            }
        }
        for (name, value) in &clients.env {
            let (name, value) = (name.to_string_lossy(), lower(&value.to_string_lossy()));
            let is_secret = SECRET_NAMES
                .iter()
                .any(|part| name.to_ascii_uppercase().contains(part));
            let least = if is_secret { MIN_SECRET } else { MIN_VALUE };
            let values = value.split([':', ';', ',']).chain([value.as_str()]);
            let values = values.map(str::trim).filter(|value| {
                value.len() >= least && !own.contains(*value) && !is_version(value)
            });
            parts.extend(values.map(|value| ("environment", value.to_owned())));
        }
        // Checks name the provider and the models of OpenCode; those of the proxy's own set-up are in every bundle.
        let models = models.iter().map(String::as_str);
        for text in clients.opencode_files().texts().into_iter().chain(models) {
            let text = lower(text);
            let is_local = loopback_port(&text).is_some();
            if !is_local && text.len() >= MIN_SECRET && !own.contains(&text) {
                parts.extend(
                    text.rsplit('/')
                        .next()
                        .filter(|last| last.len() >= MIN_VALUE)
                        .map(|last| ("model", last.to_owned())),
                );
                parts.push(("model", text));
            }
        }
        let named = NAME_VARIABLES
            .iter()
            .filter_map(|name| clients.env.get(OsStr::new(name)));
        names.extend(named.map(|name| lower(&name.to_string_lossy())));
        let host = lower(&System::host_name().unwrap_or_default());
        names.extend(host.split('.').next().map(str::to_owned));
        names.insert(host);
        // A name that is a word of the program is in every bundle: it tells nothing.
        names.retain(|name| name.chars().count() >= MIN_NAME && !own.contains(name));
        Known { parts, names }
    }

    /// The text with each thing that is known replaced by the rule that refuses it, and how many there were.
    pub fn masked(&self, text: &str) -> (String, u32) {
        let low = lower(text);
        let parts = self.parts.iter().flat_map(|(rule, part)| {
            let found = low.match_indices(part.as_str());
            found.map(|(start, _)| (start, start + part.len(), *rule))
        });
        let names = self.names.iter().flat_map(|name| {
            let found = words_in(&low, name);
            found.map(|start| (start, start + name.len(), "name"))
        });
        let paths = paths_in(&low).map(|(start, end)| (start, end, "path"));
        let mut found: Vec<_> = parts.chain(names).chain(paths).collect();
        found.sort_by_key(|(start, end, _)| (*start, usize::MAX - end));
        let mut masked = String::new();
        let (mut at, mut count) = (0, 0);
        for (start, end, rule) in found {
            if end <= at {
                continue;
            }
            // What overlaps goes on under the rule that came first.
            if start >= at {
                masked.push_str(text.get(at..start).unwrap_or_default());
                masked.push_str(&left_out(rule));
                count += 1;
            }
            at = end;
        }
        masked.push_str(text.get(at..).unwrap_or_default());
        (masked, count)
    }
}

/// What stands in place of a text that a rule refuses.
pub fn left_out(rule: &str) -> String {
    format!("[left out: {rule}]")
}

/// The words of this program and the formats that it reads: of titles, kinds and settings.
fn own_words(public: &[&str]) -> BTreeSet<String> {
    let tables = CHECKS
        .iter()
        .flat_map(|table| [table.title, table.category]);
    let kinds = KINDS.iter().map(|kind| kind.name);
    let settings = CONFIG.fields.iter().map(|field| field.name);
    let texts = tables
        .chain(kinds)
        .chain(settings)
        .chain(crate::names::PLACES.iter().copied())
        .chain(SETUP_WORDS)
        .chain(public.iter().copied());
    let words = texts.flat_map(|text| text.split(|c: char| !c.is_alphanumeric()).chain([text]));
    words.map(lower).collect()
}

/// In lower case, byte for byte.
fn lower(text: &str) -> String {
    text.to_ascii_lowercase()
}

/// Where a name stands in a text with no letter or digit beside it.
fn words_in<'a>(text: &'a str, name: &'a str) -> impl Iterator<Item = usize> + 'a {
    let found = text.match_indices(name).map(|(start, _)| start);
    found.filter(move |start| {
        let before = text.get(..*start).unwrap_or_default();
        let after = text.get(start + name.len()..).unwrap_or_default();
        !before.ends_with(char::is_alphanumeric) && !after.starts_with(char::is_alphanumeric)
    })
}

/// Where absolute paths of two or more parts stand in a text, paths below somebody's home, and those with a drive.
fn paths_in(text: &str) -> impl Iterator<Item = (usize, usize)> + '_ {
    let mut at = 0;
    let words = text.split(|c: char| c.is_whitespace() || "\"'`()[]<>,;=".contains(c));
    let placed = words.map(move |word| {
        let start = text.get(at..).and_then(|rest| rest.find(word)).unwrap_or(0) + at;
        at = start + word.len();
        (start, at, word)
    });
    placed.filter_map(|(start, end, word)| is_path(word).then_some((start, end)))
}

fn is_path(word: &str) -> bool {
    let bytes = word.as_bytes();
    let is_drive =
        matches!(bytes, [letter, b':', b'\\' | b'/', ..] if letter.is_ascii_alphabetic());
    let is_home = word.starts_with('~') && !word.starts_with("~/");
    // The proxy is asked at /v1/models, which is no path of a machine.
    let is_absolute = word.starts_with('/')
        && Path::new(word).components().count() > 2
        && !word.starts_with("/v1/");
    is_drive || is_home || is_absolute || word.starts_with("\\\\") || word.starts_with("file:")
}

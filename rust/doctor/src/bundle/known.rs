//! What is known of this machine and must not leave it, beside what the guard knows of secrets everywhere: values of the
//! environment, paths, and the names of user, host and folders.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::Path;

use baton_state::r#gen::tables::{CHECKS, CONFIG, KINDS};
use sysinfo::System;

use crate::checks::{Clients, is_version};

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
/// Shorter names are not looked for.
const MIN_NAME: usize = 3;

/// What must not be in a bundle, in lower case.
pub struct Known {
    /// Texts that must not be part of any text, with the rule that they are refused by.
    parts: Vec<(&'static str, String)>,
    /// Names that must not be a word of any text.
    names: BTreeSet<String>,
}

impl Known {
    /// What is known of the machine that `clients` looks at. `public` are words that may stand in a bundle whatever they are
    /// the name of.
    pub fn new(clients: &Clients, public: &[&str]) -> Self {
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

    /// The rule that refuses a text; None where it holds nothing that is known.
    pub fn rule_in(&self, text: &str) -> Option<&'static str> {
        let text = lower(text);
        let part = self.parts.iter().find(|(_, part)| text.contains(part));
        if let Some((rule, _)) = part {
            return Some(rule);
        }
        if self.names.iter().any(|name| has_word(&text, name)) {
            return Some("name");
        }
        has_path(&text).then_some("path")
    }
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
        .chain(public.iter().copied());
    let words = texts.flat_map(|text| text.split(|c: char| !c.is_alphanumeric()).chain([text]));
    words.map(lower).collect()
}

fn lower(text: &str) -> String {
    text.to_lowercase()
}

/// Whether a name stands in a text with no letter or digit beside it.
fn has_word(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(start, _)| {
        let before = text
            .get(..start)
            .and_then(|before| before.chars().next_back());
        let after = text
            .get(start + name.len()..)
            .and_then(|after| after.chars().next());
        !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
    })
}

/// Whether a text holds an absolute path of two or more parts, a path below somebody's home, or one with a drive.
fn has_path(text: &str) -> bool {
    let words = text.split(|c: char| c.is_whitespace() || "\"'`()[]<>,;=".contains(c));
    words.into_iter().any(|word| {
        let bytes = word.as_bytes();
        let is_drive =
            matches!(bytes, [letter, b':', b'\\' | b'/', ..] if letter.is_ascii_alphabetic());
        let is_home = word.starts_with('~') && !word.starts_with("~/");
        let is_absolute = word.starts_with('/') && Path::new(word).components().count() > 2;
        is_drive || is_home || is_absolute || word.starts_with("\\\\") || word.contains("file:")
    })
}

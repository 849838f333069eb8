//! What this process knows of itself and may not record: environment, files of secrets, home directory, user, host (PRV-110).

use std::fs;

use crate::guard::{Known, KnownFacts};
use crate::proto::state::v1::Config;

/// What the guard must not let through besides its rules; `None` where that is nothing. `config` names files of secrets; one
/// that cannot be read says nothing. Variables that are not UTF-8 are left out.
#[must_use]
pub fn known_to(config: &Config) -> Option<Known> {
    let variables: Vec<(String, String)> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    let named = |names: &[&str]| {
        let mut values: Vec<String> = variables
            .iter()
            .filter(|(name, value)| names.contains(&name.as_str()) && !value.is_empty())
            .map(|(_, value)| value.clone())
            .collect();
        values.sort_unstable();
        values.dedup();
        values
    };
    let mut homes = named(&["HOME", "USERPROFILE"]);
    let home = std::env::home_dir();
    let real = home.as_ref().and_then(|home| fs::canonicalize(home).ok());
    for path in home.into_iter().chain(real) {
        homes.extend(path.to_str().map(str::to_owned));
    }
    homes.sort_unstable();
    homes.dedup();
    let mut hosts = named(&["HOSTNAME", "COMPUTERNAME"]);
    hosts.extend(node_names());
    hosts.sort_unstable();
    hosts.dedup();
    Known::compile(KnownFacts {
        values: config
            .secret_files
            .iter()
            .flat_map(|path| values_of(path))
            .collect(),
        users: named(&["USER", "LOGNAME", "USERNAME"]),
        homes,
        hosts,
        variables,
    })
}

/// The name of this machine, whole and up to its first dot; on Windows the environment has it.
fn node_names() -> Vec<String> {
    #[cfg(unix)]
    if let Ok(name) = rustix::system::uname().nodename().to_str() {
        let short = name.split('.').next().unwrap_or_default();
        return vec![name.to_owned(), short.to_owned()];
    }
    Vec::new()
}

/// The values of a file of lines NAME=VALUE, such as a .env: without quotes, and without lines that begin with "#".
fn values_of(path: &str) -> Vec<String> {
    let text = fs::read_to_string(path).unwrap_or_default();
    let value_in = |line: &str| {
        let (name, value) = line.split_once('=')?;
        let value = value.trim();
        let quoted = |quote: char| value.strip_prefix(quote)?.strip_suffix(quote);
        let value = ['"', '\'', '`']
            .into_iter()
            .find_map(quoted)
            .unwrap_or(value);
        (!name.trim_start().starts_with('#')).then(|| value.to_owned())
    };
    text.lines().filter_map(value_in).collect()
}

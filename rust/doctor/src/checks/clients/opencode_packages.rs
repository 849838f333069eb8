//! The check of the packages that OpenCode installs beside plugins. With a plugin its start waits for them, for over a
//! minute where npm cannot be reached.

use std::path::Path;

use serde_json::Value;

use super::Clients;
use super::files::read_text;
use super::opencode::INIT;
use crate::checks::seen::{Seen, ok, warn};

/// What OpenCode installs for plugins.
const PACKAGE: &str = "@opencode-ai/plugin";
/// Where `package.json` and `package-lock.json` name what is needed.
const LISTS: [&str; 4] = [
    "dependencies",
    "devDependencies",
    "optionalDependencies",
    "peerDependencies",
];

/// Whether the next start waits for npm.
pub fn installed(clients: &Clients) -> Result<Seen, Seen> {
    clients.need_opencode()?;
    let files = clients.opencode_files();
    if files.plugin_files.is_empty() && files.listed_plugins().is_empty() {
        return Ok(ok("OpenCode has no plugin, so its start waits for nothing"));
    }
    let waiting: Vec<_> = files
        .folders
        .iter()
        .filter(|folder| is_writable(folder) && !is_complete(folder))
        .collect();
    if waiting.is_empty() {
        return Ok(ok("OpenCode has the packages that it wants for plugins"));
    }
    let is_brief = clients
        .var("npm_config_fetch_retries")
        .is_some_and(|retries| retries == "0")
        || gives_up_at_once(&clients.user)
        || waiting.iter().all(|folder| gives_up_at_once(folder));
    if is_brief {
        return Ok(ok(
            "OpenCode installs packages at its next start, and goes on if it cannot",
        ));
    }
    Ok(warn(
        format!(
            "the next start of OpenCode waits until npm has installed packages for {} of its folders: over a minute \
             where npm cannot be reached",
            waiting.len()
        ),
        format!("{INIT}, or start OpenCode once while npm can be reached"),
    ))
}

/// Whether OpenCode installs nothing in a folder: there is a `node_modules`, and `package-lock.json` has the names of what
/// OpenCode and `package.json` want. It compares no versions.
fn is_complete(folder: &Path) -> bool {
    let json = |name: &str| -> Option<Value> {
        serde_json::from_str(&read_text(&folder.join(name)).ok()??).ok()
    };
    let Some(lock) = json("package-lock.json") else {
        return false;
    };
    let manifest = json("package.json").unwrap_or_default();
    let wanted = LISTS
        .into_iter()
        .filter_map(|list| manifest[list].as_object())
        .flat_map(|list| list.keys().map(String::as_str));
    let locked = &lock["packages"][""];
    let is_locked = |name: &str| LISTS.iter().any(|list| locked[list].get(name).is_some());
    folder.join("node_modules").is_dir() && wanted.chain([PACKAGE]).all(is_locked)
}

/// Whether `.npmrc` of a folder tells npm to try once only.
fn gives_up_at_once(folder: &Path) -> bool {
    let settings = read_text(&folder.join(".npmrc")).ok().flatten();
    settings.is_some_and(|settings| {
        settings.lines().any(|line| {
            let setting = line.split_once('=');
            setting
                .is_some_and(|(name, value)| (name.trim(), value.trim()) == ("fetch-retries", "0"))
        })
    })
}

/// Whether OpenCode may install there; it passes over a folder that it cannot write to. One that is not there yet it makes.
#[cfg(unix)]
fn is_writable(folder: &Path) -> bool {
    !folder.exists() || rustix::fs::access(folder, rustix::fs::Access::WRITE_OK).is_ok()
}

/// Whether OpenCode may install there: who owns a folder may, and only the list of this system tells of others.
#[cfg(not(unix))]
fn is_writable(_folder: &Path) -> bool {
    true
}

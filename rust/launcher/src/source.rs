//! What is started as the proxy: `--proxy`, else config.json, else a checkout beside this program.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use baton_native::proxy::NAME;
use baton_state::r#gen::tables::ERROR_LAUNCH_NO_PROXY;
use baton_state::record::error::BatonError;
use serde_json::Value;

use crate::node;

/// A checkout of the proxy.
struct Checkout {
    dir: PathBuf,
    main: String,
    name: String,
}

/// The command that starts the proxy. Refuses where nothing is named or found, or what is named is no proxy
/// (LAUNCH_NO_PROXY); and what `node::find` refuses.
pub fn command(named: Option<&OsStr>, configured: Option<&str>) -> Result<Command, BatonError> {
    let missing = BatonError::new(&ERROR_LAUNCH_NO_PROXY);
    if let Some(named) = named {
        return command_of(named, "--proxy");
    }
    if let Some(configured) = configured.filter(|configured| !configured.is_empty()) {
        return command_of(OsStr::new(configured), "`proxy` in config.json");
    }
    match beside() {
        Some(checkout) => start_of(&checkout),
        None => Err(missing),
    }
}

/// Of a directory the checkout that it is, of anything else the command.
fn command_of(named: &OsStr, place: &str) -> Result<Command, BatonError> {
    let missing =
        |what: &str| BatonError::new(&ERROR_LAUNCH_NO_PROXY).at(format!("{place} {what}"));
    let dir = Path::new(named);
    if dir.is_dir() {
        let checkout = Checkout::read(dir);
        return start_of(&checkout.ok_or_else(|| missing("is no checkout of opencode-proxy"))?);
    }
    let words = named.to_str().and_then(shlex::split).unwrap_or_default();
    let program = words.first().and_then(|program| which::which(program).ok());
    let program = program.ok_or_else(|| missing("names neither a directory nor a program"))?;
    let mut command = Command::new(program);
    command.args(words.iter().skip(1));
    Ok(command)
}

fn start_of(checkout: &Checkout) -> Result<Command, BatonError> {
    let mut command = Command::new(node::find()?);
    command.arg(&checkout.main).current_dir(&checkout.dir);
    Ok(command)
}

/// A checkout of the proxy that this program lies in or beside.
fn beside() -> Option<Checkout> {
    let program = env::current_exe().ok()?;
    let folders = program.ancestors().skip(1).take(2);
    let places = folders.flat_map(|folder| [folder.join(NAME), folder.to_owned()]);
    let mut checkouts = places.filter_map(|dir| Checkout::read(&dir));
    checkouts.find(|checkout| checkout.name == NAME)
}

impl Checkout {
    /// What package.json says of a directory; None where it has none, or lacks the file that it names.
    fn read(dir: &Path) -> Option<Checkout> {
        let manifest: Value =
            serde_json::from_slice(&fs::read(dir.join("package.json")).ok()?).ok()?;
        let main = manifest["main"].as_str().unwrap_or("src/index.js");
        dir.join(main).is_file().then(|| Checkout {
            dir: dir.to_owned(),
            main: main.to_owned(),
            name: manifest["name"].as_str().unwrap_or_default().to_owned(),
        })
    }
}

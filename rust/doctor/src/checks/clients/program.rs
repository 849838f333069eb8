//! The program of a client: where it is and which version it has.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use super::Clients;
use super::child::{Silence, Talk};
use super::files::{is_version, plain, read_text};
use crate::checks::seen::{Seen, ok, warn};

/// A client as its makers distribute it.
pub struct Product {
    /// For people.
    pub name: &'static str,
    /// What it is called on PATH.
    pub program: &'static str,
    /// Its package of npm; those of the systems are named after it.
    pub package: &'static str,
    /// The version that Baton was tested with: major and minor.
    pub tested: (u32, u32),
}

impl Clients {
    /// A program on PATH, or one that is named by its path.
    pub fn find(&self, program: impl AsRef<std::ffi::OsStr>) -> Option<PathBuf> {
        which::which_in(program, self.var("PATH"), &self.dir).ok()
    }
}

/// The version of a client that is there.
pub fn version_of(clients: &Clients, product: &Product, program: &Path) -> Result<String, Silence> {
    match package_version(program, product.package) {
        Some(version) => Ok(version),
        None => {
            let limit = clients.patience(Duration::from_secs(3));
            told_version(program, limit)
        }
    }
}

/// Whether a version is of those that were tested; absent where the client is not there.
pub fn is_tested(product: &Product, version: Option<&Result<String, Silence>>) -> Seen {
    let name = product.name;
    let Some(version) = version else {
        return ok(format!("{name} is not installed"));
    };
    let by_hand = format!("{} --version in a terminal shows why", product.program);
    let version = match version {
        Ok(version) => version,
        Err(Silence::TimedOut) => {
            return warn(format!("{name} did not tell its version in time"), by_hand);
        }
        Err(_) => return warn(format!("{name} does not tell its version"), by_hand),
    };
    let (major, minor) = product.tested;
    let shown = plain(version);
    match leading_numbers(version) {
        Some(found) if found == product.tested => ok(format!("{name} {shown}")),
        Some(found) => {
            let (than, remedy) = if found > product.tested {
                ("newer", "nothing while all else is ok; else update Baton")
            } else {
                ("older", "update it")
            };
            let message = format!(
                "{name} {shown} is {than} than {major}.{minor}, which Baton was tested with"
            );
            warn(message, remedy)
        }
        None => warn(format!("{name} tells no version that is known"), by_hand),
    }
}

/// The version of a program on PATH, as the package of npm that it may lie in names it, or as it tells itself within a
/// time; None where it is no version that can be shown.
pub fn shown_version(clients: &Clients, name: &str, package: &str) -> Option<String> {
    let program = clients.find(name)?;
    let limit = clients.patience(Duration::from_secs(2));
    let version = package_version(&program, package).or_else(|| {
        let line = told_line(Command::new(&program).arg("--version"), limit).ok()?;
        // `git version 2.39.5 (Apple Git-154)`, `gh version 2.40.1 (2023-12-13)`, `v20.1.0`
        let mut words = line
            .split_whitespace()
            .map(|word| word.trim_start_matches('v'));
        words.find(|word| is_version(word)).map(str::to_owned)
    });
    version.filter(|version| is_version(version))
}

/// The version that package.json names, where npm installed the program: starting OpenCode takes seconds, and it makes
/// folders each time.
fn package_version(program: &Path, package: &str) -> Option<String> {
    let real = program.canonicalize().ok()?;
    real.ancestors().skip(1).take(4).find_map(|folder| {
        let text = read_text(&folder.join("package.json")).ok()??;
        let manifest: Value = serde_json::from_str(&text).ok()?;
        let is_it = manifest["name"].as_str()?.starts_with(package);
        let version = manifest["version"].as_str().filter(|_| is_it)?;
        Some(version.to_owned())
    })
}

/// What a program itself says of its version: the last word of the first line.
pub fn told_version(program: &Path, limit: Duration) -> Result<String, Silence> {
    let line = told_line(Command::new(program).arg("--version"), limit)?;
    let version = line.split_whitespace().last().unwrap_or_default();
    Ok(version.trim_start_matches('v').to_owned())
}

/// The first line that a program says, which is given no input.
pub fn told_line(command: &mut Command, limit: Duration) -> Result<String, Silence> {
    let mut talk = Talk::start(command, limit)?;
    talk.hang_up();
    let line = talk.line()?;
    Ok(String::from_utf8_lossy(&line).into_owned())
}

/// Major and minor of a version.
pub fn leading_numbers(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.split(['.', '-', '+']);
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

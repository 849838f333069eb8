//! `check --bundle`: what may be shown to anybody, in one file that a person can read before it leaves the machine.
//!
//! It is made of values that this program chose or counted; still every text passes the guard on its way out
//! (`guarded`), because messages of checks are written to be read at home.

mod counts;
mod guarded;
mod known;
#[cfg(test)]
#[path = "../../tests/secrets/mod.rs"]
mod secrets;
mod system;
#[cfg(test)]
mod tests;

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use baton_state::r#gen::tables::{ERROR_BUNDLE_SECRET, ERROR_FILE_EXISTS, ERROR_FILE_UNWRITABLE};
use baton_state::guard;
use baton_state::home::known_to;
use baton_state::index::load::load_everything;
use baton_state::proto::state::v1::{CheckReport, Status};
use baton_state::proto::support::v1::{Bundle, SeenCheck};
use baton_state::record::error::BatonError;
use baton_state::segment::folder::Folder;
use prost::Message as _;

use self::known::Known;
use crate::checks::Ground;

/// The text of a bundle: JSON of `baton.support.v1.Bundle`. What cannot be read is not in it; the checks tell why. Refuses a
/// text that holds a secret all the same (BUNDLE_SECRET).
pub fn text_of(ground: &Ground, report: CheckReport) -> Result<String, BatonError> {
    let system = system::system();
    let programs = system::programs(&ground.clients);
    let public: Vec<String> = programs
        .iter()
        .filter_map(|program| program.name.clone())
        .chain(system.os.clone())
        .chain(system.distribution.clone())
        .chain(system.arch.clone())
        .collect();
    let public: Vec<&str> = public.iter().map(String::as_str).collect();
    let none = Folder::default();
    let folder = ground.segments().unwrap_or(&none);
    let known = Known::new(&ground.clients, &counts::models(folder), &public);
    let (findings, findings_total) = counts::findings(folder);
    let (kinds, workspaces) = counts::kinds(folder);
    let config = ground.home.config().unwrap_or_default();
    let status = load_everything(&ground.places, ground.now).map(|loaded| loaded.status(&[]));
    let status = status
        .ok()
        .and_then(|status| Status::decode(status.as_slice()).ok());
    let checks = report.checks.into_iter().map(|check| SeenCheck {
        id: check.id,
        status: check.status,
        message: check.message,
        duration_ms: check.duration_ms,
    });
    let bundle = Bundle {
        made_at: Some(ground.now),
        system: Some(system),
        programs,
        fixes: report.fixes,
        checks: checks.collect(),
        settings: counts::settings(&config),
        places: counts::places(ground.home.dir()),
        segments: counts::segments(folder),
        findings,
        findings_total: Some(findings_total),
        kinds,
        workspaces: Some(workspaces),
        health: status.and_then(|status| status.machine?.health),
        left_out: None,
    };
    let own = known_to(&config);
    audited(guarded::print(&bundle, &known)?, own.as_ref())
}

/// The finished text, if no secret is in its bytes, which `audit` would find in a file.
fn audited(text: String, known: Option<&guard::Known>) -> Result<String, BatonError> {
    let findings =
        guard::find_tokens(text.as_bytes(), known).unwrap_or_else(|finding| vec![finding]);
    match findings.first() {
        None => Ok(text),
        Some(finding) => {
            let rule = format!("rule {}", finding.rule);
            Err(BatonError::new(&ERROR_BUNDLE_SECRET).at(rule))
        }
    }
}

/// Refuses a file that is there already (FILE_EXISTS), before anything is done.
pub fn expect_absent(file: &Path) -> Result<(), BatonError> {
    match std::fs::symlink_metadata(file) {
        Ok(_) => Err(BatonError::new(&ERROR_FILE_EXISTS)),
        Err(_) => Ok(()),
    }
}

/// Writes a bundle into a new file of mode 0600. Refuses where something is there already (FILE_EXISTS), whatever it is,
/// and where the system refuses (FILE_UNWRITABLE); then nothing is left behind.
pub fn write(file: &Path, text: &str) -> Result<(), BatonError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut opened = options.open(file).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => BatonError::new(&ERROR_FILE_EXISTS),
        kind => BatonError::new(&ERROR_FILE_UNWRITABLE).at(kind.to_string()),
    })?;
    let written = opened
        .write_all(text.as_bytes())
        .and_then(|()| opened.sync_all());
    written.map_err(|error| {
        let _ = std::fs::remove_file(file);
        BatonError::new(&ERROR_FILE_UNWRITABLE).at(error.kind().to_string())
    })
}

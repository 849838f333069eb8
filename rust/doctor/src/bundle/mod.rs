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

use baton_state::r#gen::tables::ERROR_BUNDLE_SECRET;
use baton_state::guard;
use baton_state::home::known_to;
use baton_state::proto::state::v1::{CheckReport, Status};
use baton_state::proto::support::v1::{Bundle, SeenCheck};
use baton_state::record::error::BatonError;
use baton_state::segment::folder::read_folder;
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
    let folder = read_folder(&ground.places.segments).unwrap_or_default();
    let known = Known::new(&ground.clients, &counts::models(&folder), &public);
    let (findings, findings_total) = counts::findings(&folder);
    let (kinds, workspaces) = counts::kinds(&folder);
    let config = ground.home.config().unwrap_or_default();
    let status = ground.loaded().map(|loaded| loaded.status(&[]));
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
        segments: counts::segments(&folder),
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

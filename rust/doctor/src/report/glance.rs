//! The sums at the top of the page, and what needs a look.

use baton_state::brief::claim::Claim;
use baton_state::brief::time::ago;
use baton_state::proto::state::v1::{Health, ModelState, NoteCategory};

use super::figures::{bytes, counted, grouped, share, short};
use super::period::Period;
use super::table::Tone;
use super::usage::Sums;
use super::words;
use crate::view::View;

/// Most things that need a look.
const MOST_LOOKS: usize = 8;

/// A sum, and what is to be said of it.
#[derive(Debug, Clone)]
pub struct Tile {
    /// "Requests".
    pub name: &'static str,
    /// "52 k".
    pub value: String,
    /// "3.1 % failed".
    pub note: String,
}

/// Something that needs a look.
#[derive(Debug, Clone)]
pub struct Look {
    /// How bad it is.
    pub tone: Tone,
    /// "check failed".
    pub what: &'static str,
    /// Its own words.
    pub text: String,
    /// Where and when.
    pub place: String,
    /// The section of the page that tells more.
    pub section: &'static str,
}

/// The sums of a view, of the requests of a period and of `stored` bytes.
pub fn tiles(view: &View, usage: &Sums, stored: u64) -> Vec<Tile> {
    let actions = || {
        view.workspaces
            .iter()
            .flat_map(|workspace| &workspace.actions)
    };
    let claims =
        |wanted: fn(&Claim) -> bool| actions().filter(|noted| wanted(&noted.value.claim)).count();
    let unfinished = claims(|claim| *claim != Claim::Finished);
    let claimed = claims(|claim| matches!(claim, Claim::Claimed(_)));
    let checks = view
        .workspaces
        .iter()
        .flat_map(|workspace| &workspace.validations);
    let checks = checks.filter(|noted| !words::is_hearsay(&noted.value.validation));
    let ended: Vec<Tone> = checks
        .map(|noted| words::outcome(&noted.value.validation).0)
        .collect();
    let of = |tone| ended.iter().filter(|ended| **ended == tone).count();
    let models = |states: &[ModelState]| {
        let models = view.models.iter();
        models
            .filter(|noted| states.contains(&noted.value.state))
            .count()
    };
    let limited = models(&[ModelState::Limited]);
    let amiss = models(&[ModelState::Retry, ModelState::Error]);
    vec![
        Tile {
            name: "Open actions",
            value: grouped(unfinished as u64),
            note: format!("{} claimed", grouped(claimed as u64)),
        },
        Tile {
            name: "Last checks",
            value: if ended.is_empty() {
                "none".to_owned()
            } else {
                format!("{} of {}", of(Tone::Good), ended.len())
            },
            note: match (ended.len(), of(Tone::Bad)) {
                (0, _) => "recorded".to_owned(),
                (_, 0) => "passed".to_owned(),
                (_, failed) => format!("passed, {failed} failed"),
            },
        },
        Tile {
            name: "Models",
            value: if view.models.is_empty() {
                "none".to_owned()
            } else {
                format!("{} limited", limited)
            },
            note: match (view.models.len(), amiss) {
                (0, _) => "used yet".to_owned(),
                (all, 0) => format!("of {}", counted(all, "model")),
                (all, amiss) => format!("of {}, {amiss} amiss", counted(all, "model")),
            },
        },
        Tile {
            name: "Requests",
            value: short(usage.requests),
            note: format!("{} failed", share(usage.failed, usage.requests)),
        },
        Tile {
            name: "Tokens",
            value: short(usage.reported),
            note: format!("reported, {} estimated", short(usage.estimated)),
        },
        Tile {
            name: "Stored",
            value: bytes(stored),
            note: format!("{} records", short(view.health.records())),
        },
    ]
}

/// What needs a look, the worst first, and how much more there is.
pub fn looks(view: &View, period: &Period) -> (Vec<Look>, usize) {
    let now = view.now;
    let mut looks: Vec<Look> = Vec::new();
    for workspace in &view.workspaces {
        let place = |at| format!("{}, {}", words::name(&workspace.name), ago(at, now));
        let blockers = workspace.notes.iter();
        let blockers = blockers.filter(|noted| noted.value.category() == NoteCategory::Blocker);
        looks.extend(blockers.map(|noted| Look {
            tone: Tone::Bad,
            what: "blocker",
            text: words::text(noted.value.text()),
            place: place(noted.at),
            section: "work",
        }));
        let failed = workspace.validations.iter().filter(|noted| {
            let validation = &noted.value.validation;
            !words::is_hearsay(validation) && words::outcome(validation).0 == Tone::Bad
        });
        looks.extend(failed.map(|noted| {
            let (label, command) = words::check(&noted.value.validation);
            Look {
                tone: Tone::Bad,
                what: "check failed",
                text: label.unwrap_or(command),
                place: place(noted.at),
                section: "work",
            }
        }));
        looks.extend(
            workspace
                .actions
                .iter()
                .filter_map(|noted| match noted.value.claim {
                    Claim::Ended(until) => Some(Look {
                        tone: Tone::Warn,
                        what: "lease ended",
                        text: words::text(noted.value.action.text()),
                        place: place(until),
                        section: "work",
                    }),
                    _ => None,
                }),
        );
    }
    looks.extend(view.models.iter().filter_map(|noted| {
        let model = &noted.value;
        let (tone, what) = match model.state {
            ModelState::Limited => (Tone::Warn, "model limited"),
            ModelState::Error => (Tone::Bad, "model in error"),
            _ => return None,
        };
        let place = match model.limited_until() {
            Some(until) => format!("until {}", period.clock(until)),
            None => ago(noted.at, now),
        };
        let text = words::name(model.health.model());
        Some(Look {
            tone,
            what,
            text,
            place,
            section: "models",
        })
    }));
    looks.extend(troubles(&view.health).into_iter().map(|text| Look {
        tone: Tone::Bad,
        what: "state directory",
        text,
        place: "opencode-proxy-doctor check tells what to do".to_owned(),
        section: "stored",
    }));
    // The sort is stable.
    looks.sort_by_key(|look| look.tone != Tone::Bad);
    let more = looks.len().saturating_sub(MOST_LOOKS);
    looks.truncate(MOST_LOOKS);
    (looks, more)
}

/// What is wrong with the state directory.
pub fn troubles(health: &Health) -> Vec<String> {
    let troubles = [
        (health.corrupt_ranges(), "corrupt range", "corrupt ranges"),
        (
            health.foreign_files(),
            "file that is no segment",
            "files that are no segments",
        ),
        (
            health.malformed(),
            "record that is not understood",
            "records that are not understood",
        ),
        (
            health.dropped(),
            "record dropped by recorders",
            "records dropped by recorders",
        ),
        (
            health.from_future(),
            "record from the future",
            "records from the future",
        ),
        (
            health.newer_than_me(),
            "record newer than this program",
            "records newer than this program",
        ),
    ];
    let troubles = troubles.into_iter().filter(|(count, _, _)| *count > 0);
    let troubles = troubles.map(|(count, one, many)| {
        format!("{} {}", grouped(count), if count == 1 { one } else { many })
    });
    troubles.collect()
}

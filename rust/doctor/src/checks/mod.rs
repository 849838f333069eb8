//! The checks. Each one looks for itself and none can take the others down.

mod guard;
mod index;
mod models;
mod segments;
mod state;

use std::cell::OnceCell;
use std::time::Instant;

use baton_state::r#gen::tables as codes;
use baton_state::home::Home;
use baton_state::index::isolate::isolated;
use baton_state::index::loaded::Places;
use baton_state::proto::state::v1::{Check, CheckReport};
use baton_state::record::error::BatonError;
use baton_state::record::schema::CheckTable;
use baton_state::segment::folder::{Folder, read_folder};

use crate::cli::FailOn;

/// What the checks look at.
pub struct Ground<'a> {
    /// The state directory.
    pub home: &'a Home,
    /// Where segments and index lie.
    pub places: Places,
    /// Milliseconds since 1970.
    pub now: i64,
    /// From which model state on a model fails.
    pub fail_on: FailOn,
    folder: OnceCell<Result<Folder, BatonError>>,
}

impl<'a> Ground<'a> {
    /// Nothing is read before a check asks for it.
    pub fn new(home: &'a Home, places: Places, now: i64, fail_on: FailOn) -> Self {
        Ground {
            home,
            places,
            now,
            fail_on,
            folder: OnceCell::new(),
        }
    }

    /// The segments, read once.
    fn folder(&self) -> Result<&Folder, Seen> {
        self.folder
            .get_or_init(|| read_folder(&self.home.segments()))
            .as_ref()
            .map_err(|error| fail(error.to_string(), error.remedy()))
    }
}

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// As it should be.
    Ok,
    /// Somebody should know.
    Warn,
    /// Somebody has to act.
    Fail,
}

impl Status {
    /// As printed.
    pub fn name(self) -> &'static str {
        match self {
            Status::Ok => "ok",
            Status::Warn => "warn",
            Status::Fail => "fail",
        }
    }
}

/// What a check saw.
struct Seen {
    status: Status,
    message: String,
    remedy: Option<String>,
}

fn ok(message: impl Into<String>) -> Seen {
    Seen {
        status: Status::Ok,
        message: message.into(),
        remedy: None,
    }
}

fn warn(message: impl Into<String>, remedy: impl Into<String>) -> Seen {
    Seen {
        status: Status::Warn,
        message: message.into(),
        remedy: Some(remedy.into()),
    }
}

fn fail(message: impl Into<String>, remedy: impl Into<String>) -> Seen {
    Seen {
        status: Status::Fail,
        message: message.into(),
        remedy: Some(remedy.into()),
    }
}

/// A check that cannot go on says so itself.
type Look = fn(&Ground<'_>) -> Result<Seen, Seen>;

/// All checks, in the order that they are printed.
const CHECKS: &[(&CheckTable, Look)] = &[
    (&codes::CHECK_HOME, state::home),
    (&codes::CHECK_MODES, state::modes),
    (&codes::CHECK_KEY, state::key),
    (&codes::CHECK_CONFIG, state::config),
    (&codes::CHECK_SEGMENTS, segments::whole),
    (&codes::CHECK_FOREIGN, segments::foreign),
    (&codes::CHECK_NEWER, segments::newer),
    (&codes::CHECK_DROPPED, segments::dropped),
    (&codes::CHECK_FUTURE, segments::future),
    (&codes::CHECK_IDENTITY, segments::identity),
    (&codes::CHECK_INDEX, index::sound),
    (&codes::CHECK_GUARD, guard::whole),
    (&codes::CHECK_MODELS, models::usable),
];

/// Runs all checks. Durations are 0 where the clock is fixed, so that equal states print equal bytes.
pub fn run(ground: &Ground<'_>, clock_is_fixed: bool) -> CheckReport {
    report(ground, CHECKS, clock_is_fixed)
}

fn report(
    ground: &Ground<'_>,
    checks: &[(&CheckTable, Look)],
    clock_is_fixed: bool,
) -> CheckReport {
    let mut report = CheckReport {
        version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        checks: Vec::with_capacity(checks.len()),
        ok: Some(0),
        warn: Some(0),
        fail: Some(0),
    };
    for (table, look) in checks {
        let start = Instant::now();
        let seen = match isolated(|| look(ground)) {
            Ok(Ok(seen) | Err(seen)) => seen,
            Err(panicked) => fail(
                format!("the check was {panicked} of this program"),
                "report it; the other checks are not affected",
            ),
        };
        let count = match seen.status {
            Status::Ok => &mut report.ok,
            Status::Warn => &mut report.warn,
            Status::Fail => &mut report.fail,
        };
        *count = count.map(|count| count + 1);
        let elapsed = u32::try_from(start.elapsed().as_millis()).unwrap_or(u32::MAX);
        report.checks.push(Check {
            id: Some(table.id.to_owned()),
            category: Some(table.category.to_owned()),
            status: Some(seen.status.name().to_owned()),
            message: Some(seen.message),
            remedy: seen.remedy,
            duration_ms: Some(if clock_is_fixed { 0 } else { elapsed }),
        });
    }
    report
}

//! The checks. Each one looks for itself and none can take the others down.

mod ground;
mod guard;
mod index;
mod models;
mod seen;
mod segments;
mod state;

use std::time::Instant;

use baton_state::r#gen::tables as codes;
use baton_state::index::isolate::isolated;
use baton_state::proto::state::v1::{Check, CheckReport};
use baton_state::record::schema::CheckTable;

pub use self::ground::Ground;
use self::seen::{Seen, Status, fail};

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
    let mut report = CheckReport {
        version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        checks: Vec::with_capacity(CHECKS.len()),
        ok: Some(0),
        warn: Some(0),
        fail: Some(0),
    };
    for (table, look) in CHECKS {
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

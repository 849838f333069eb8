//! The checks. Each one looks for itself, beside the others, and none can take the others down.

mod audit;
mod clients;
mod clock;
mod dropped;
mod ground;
mod guard;
mod index;
mod leftovers;
mod models;
mod past;
mod place;
mod programs;
mod seen;
mod segments;
mod snapshot;
mod state;
mod usage;
mod writers;

use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use baton_state::r#gen::tables::CHECKS;
use baton_state::index::isolate::isolated;
use baton_state::proto::state::v1::{Check, CheckId, CheckReport};

pub use self::clients::{Clients, is_version, loopback_port, shown_version};
use self::clients::{
    codex, codex_hooks, opencode, opencode_packages, provider, proxy, proxy_models, proxy_records,
};
pub use self::ground::Ground;
pub use self::index::is_to_be_built as is_index_to_be_built;
pub use self::leftovers::{Leftover, OLD_LOCKS, STALE_LEASE, UNFINISHED_MERGES, leftovers};
pub use self::past::is_gc_due;
pub use self::seen::counted;
use self::seen::{Seen, Status, fail, warn};
pub use self::snapshot::is_to_be_deleted as is_snapshot_to_be_deleted;
#[cfg(unix)]
pub use self::state::open_to_others;

/// How a check looks. One that cannot go on says so itself.
#[derive(Clone, Copy)]
enum Look {
    /// At the state directory and this machine.
    State(fn(&Ground) -> Result<Seen, Seen>),
    /// At a client, which it may have to wait for.
    Client(fn(&Clients) -> Result<Seen, Seen>),
}

use Look::{Client, State};

/// The function of a check. One without a row in the schema, or a row without its function, does not compile.
fn look_of(check: CheckId) -> Option<Look> {
    Some(match check {
        CheckId::Unspecified => return None,
        CheckId::Home => State(state::home),
        CheckId::Modes => State(state::modes),
        CheckId::Key => State(state::key),
        CheckId::Config => State(state::config),
        CheckId::Owner => State(place::owner),
        CheckId::SecondHome => State(place::second_home),
        CheckId::Local => State(place::local),
        CheckId::Space => State(place::space),
        CheckId::Leftovers => State(leftovers::none),
        CheckId::Segments => State(segments::whole),
        CheckId::Foreign => State(segments::foreign),
        CheckId::Newer => State(segments::newer),
        CheckId::Dropped => State(dropped::losses),
        CheckId::Future => State(segments::future),
        CheckId::Identity => State(segments::identity),
        CheckId::Writers => State(writers::closed),
        CheckId::Size => State(writers::size),
        CheckId::Past => State(past::little),
        CheckId::Index => State(index::sound),
        CheckId::Snapshot => State(snapshot::usable),
        CheckId::Guard => State(guard::whole),
        CheckId::GuardPack => State(guard::same_pack),
        CheckId::GuardRefusals => State(dropped::refusals),
        CheckId::Audit => State(audit::newest),
        CheckId::Clock => State(clock::right),
        CheckId::TimeZone => State(clock::zone),
        CheckId::UsageFile => State(usage::readable),
        CheckId::UsageGap => State(usage::gap),
        CheckId::Git => State(programs::git),
        CheckId::Gh => State(programs::gh),
        CheckId::Models => State(models::usable),
        CheckId::Codex => Client(codex::version),
        CheckId::CodexMcp => Client(codex::server),
        CheckId::CodexHome => Client(codex::home),
        CheckId::CodexHooks => Client(codex_hooks::present),
        CheckId::CodexTrust => Client(codex_hooks::trusted),
        CheckId::Opencode => Client(opencode::version),
        CheckId::OpencodeConfig => Client(opencode::config),
        CheckId::OpencodeMcp => Client(opencode::server),
        CheckId::OpencodeHome => Client(opencode::home),
        CheckId::OpencodePlugin => Client(opencode::plugin),
        CheckId::OpencodeStart => Client(opencode_packages::installed),
        CheckId::OpencodeLoaded => Client(opencode::loaded),
        CheckId::Proxy => Client(proxy::answers),
        CheckId::ProxyAddress => Client(proxy::address),
        CheckId::ProxyModels => Client(proxy_models::listed),
        CheckId::ProxyKnown => Client(proxy_models::known),
        CheckId::ProxyManagement => Client(proxy::management),
        CheckId::ProxyRecorded => State(proxy_records::recorded),
        CheckId::Node => Client(provider::node),
        CheckId::ProviderPackage => Client(provider::package),
        CheckId::Provider => Client(provider::entry),
        CheckId::ProviderUrl => Client(provider::base_url),
        CheckId::DefaultModel => Client(provider::model),
        CheckId::SmallModel => Client(provider::small_model),
    })
}

/// Ids of all checks.
pub fn ids() -> impl Iterator<Item = &'static str> {
    CHECKS.iter().map(|table| table.id)
}

/// Runs the checks of these ids, or all where there is none, side by side. Of a check that was not asked for by its id
/// nothing is printed where it has nothing to look at. Durations are 0 where the clock is fixed, so that equal states print
/// equal bytes.
pub fn run(ground: Ground, ids: &[&str]) -> CheckReport {
    let mut report = CheckReport {
        version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        checks: Vec::with_capacity(CHECKS.len()),
        ok: Some(0),
        warn: Some(0),
        fail: Some(0),
        fixes: Vec::new(),
    };
    let is_clock_fixed = ground.is_clock_fixed;
    let ground = Arc::new(ground);
    let asked = CHECKS
        .iter()
        .filter(|table| ids.is_empty() || ids.contains(&table.id))
        .filter_map(|table| Some((table, look_of(table.check)?)));
    let begun: Vec<_> = asked
        .map(|(table, look)| {
            let limit = ground.clients.last_moment(look.limit());
            let ground = Arc::clone(&ground);
            (table, limit, Waiting::begin(move || look.at(&ground)))
        })
        .collect();
    for (table, limit, waiting) in begun {
        let (seen, took) = waiting.end(limit);
        if seen.is_moot && ids.is_empty() {
            continue;
        }
        let count = match seen.status {
            Status::Ok => &mut report.ok,
            Status::Warn => &mut report.warn,
            Status::Fail => &mut report.fail,
        };
        *count = count.map(|count| count + 1);
        let took = u32::try_from(took.as_millis()).unwrap_or(u32::MAX);
        report.checks.push(Check {
            id: Some(table.id.to_owned()),
            category: Some(table.category.to_owned()),
            status: Some(seen.status.name().to_owned()),
            message: Some(seen.message),
            remedy: seen.remedy,
            duration_ms: Some(if is_clock_fixed { 0 } else { took }),
        });
    }
    report
}

impl Look {
    /// How long it may take. All segments are read within that, unless they hold gigabytes.
    fn limit(self) -> Duration {
        Duration::from_secs(match self {
            State(_) => 8,
            Client(_) => 3,
        })
    }

    fn at(self, ground: &Ground) -> Result<Seen, Seen> {
        match self {
            State(look) => look(ground),
            Client(look) => look(&ground.clients),
        }
    }
}

/// A check that runs in a thread of its own.
struct Waiting {
    start: Instant,
    seen: Receiver<(Seen, Duration)>,
}

impl Waiting {
    /// Starts a check; where the system gives no thread, it is at its end when this returns.
    fn begin(look: impl Fn() -> Result<Seen, Seen> + Clone + Send + 'static) -> Self {
        let (sender, seen) = channel();
        let start = Instant::now();
        let (in_thread, to) = (look.clone(), sender.clone());
        // Nobody listens any more to a check that took too long.
        let begun = thread::Builder::new().spawn(move || drop(to.send(timed(in_thread))));
        if begun.is_err() {
            drop(sender.send(timed(look)));
        }
        Waiting { start, seen }
    }

    /// What the check saw, waited for at most `limit` from its start. A thread that hangs ends with the program.
    fn end(self, limit: Duration) -> (Seen, Duration) {
        let left = limit.saturating_sub(self.start.elapsed());
        self.seen.recv_timeout(left).unwrap_or_else(|_| {
            let seen = warn(
                format!("nothing was seen within {} ms", limit.as_millis()),
                "the machine is very busy, or a file that it reads lies on one that does not answer",
            );
            (seen, self.start.elapsed())
        })
    }
}

/// What a check saw, or that it was stopped by a defect, and how long it took.
fn timed(look: impl FnOnce() -> Result<Seen, Seen>) -> (Seen, Duration) {
    let start = Instant::now();
    let seen = match isolated(look) {
        Ok(Ok(seen) | Err(seen)) => seen,
        Err(panicked) => fail(
            format!("the check was {panicked} of this program"),
            "report it; the other checks are not affected",
        ),
    };
    (seen, start.elapsed())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::seen::ok;

    const LONG: Duration = Duration::from_secs(20);

    #[test]
    #[allow(clippy::panic)]
    fn a_panic_is_the_fail_of_its_check_and_the_next_one_goes_on() {
        let broken = Waiting::begin(|| panic!("what a file said"));
        let sound = Waiting::begin(|| Ok(ok("sound")));
        let (seen, _) = broken.end(LONG);
        assert_eq!(seen.status, Status::Fail);
        assert!(!seen.message.contains("file"), "{}", seen.message);
        assert_eq!(sound.end(LONG).0.status, Status::Ok);
    }

    #[test]
    fn a_check_that_hangs_is_a_warning_when_its_time_is_over() {
        let start = Instant::now();
        let hanging = Waiting::begin(|| {
            thread::sleep(LONG);
            Ok(ok("late"))
        });
        let (seen, _) = hanging.end(Duration::from_millis(20));
        assert_eq!(seen.status, Status::Warn);
        assert!(start.elapsed() < LONG / 2);
    }
}

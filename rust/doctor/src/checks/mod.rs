//! The checks. Each one looks for itself and none can take the others down.

mod clients;
mod ground;
mod guard;
mod index;
mod models;
mod seen;
mod segments;
mod state;

use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use baton_state::r#gen::tables::CHECKS;
use baton_state::index::isolate::isolated;
use baton_state::proto::state::v1::{Check, CheckId, CheckReport};

pub use self::clients::Clients;
use self::clients::{
    codex, codex_hooks, opencode, opencode_packages, provider, proxy, proxy_models, proxy_records,
};
pub use self::ground::Ground;
use self::seen::{Seen, Status, fail, warn};

/// How a check looks. One that cannot go on says so itself.
#[derive(Clone, Copy)]
enum Look {
    /// At the state directory, one after the other: they share what was read.
    State(fn(&Ground<'_>) -> Result<Seen, Seen>),
    /// At a client, in a thread of its own, because it may have to wait.
    Client(fn(&Clients) -> Result<Seen, Seen>),
    /// At both.
    Both(fn(&Ground<'_>, &Clients) -> Result<Seen, Seen>),
}

use Look::{Both, Client, State};

/// The function of a check. One without a row in the schema, or a row without its function, does not compile.
fn look_of(check: CheckId) -> Option<Look> {
    Some(match check {
        CheckId::Unspecified => return None,
        CheckId::Home => State(state::home),
        CheckId::Modes => State(state::modes),
        CheckId::Key => State(state::key),
        CheckId::Config => State(state::config),
        CheckId::Segments => State(segments::whole),
        CheckId::Foreign => State(segments::foreign),
        CheckId::Newer => State(segments::newer),
        CheckId::Dropped => State(segments::dropped),
        CheckId::Future => State(segments::future),
        CheckId::Identity => State(segments::identity),
        CheckId::Index => State(index::sound),
        CheckId::Guard => State(guard::whole),
        CheckId::Models => Both(models::usable),
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
        CheckId::ProxyRecorded => Both(proxy_records::recorded),
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

/// Runs the checks of these ids, or all where there is none. Of a check that was not asked for by its id nothing is
/// printed where it has nothing to look at. Durations are 0 where the clock is fixed, so that equal states print equal
/// bytes.
pub fn run(
    ground: &Ground<'_>,
    clients: Clients,
    ids: &[&str],
    clock_is_fixed: bool,
) -> CheckReport {
    let mut report = CheckReport {
        version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        checks: Vec::with_capacity(CHECKS.len()),
        ok: Some(0),
        warn: Some(0),
        fail: Some(0),
    };
    let clients = Arc::new(clients);
    let asked = CHECKS
        .iter()
        .filter(|table| ids.is_empty() || ids.contains(&table.id))
        .filter_map(|table| Some((table, look_of(table.check)?)));
    // All that may have to wait begins before anything else.
    let begun: Vec<_> = asked
        .map(|(table, look)| (table, look, begin(look, &clients)))
        .collect();
    for (table, look, waiting) in begun {
        let (seen, took) = match (look, waiting) {
            (State(look), _) => timed(|| look(ground)),
            (Both(look), _) => timed(|| look(ground, &clients)),
            (Client(_), Some(waiting)) => waiting.end(clients.last_moment()),
            (Client(look), None) => timed(|| look(&clients)),
        };
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
            duration_ms: Some(if clock_is_fixed { 0 } else { took }),
        });
    }
    report
}

/// A check that runs in a thread of its own.
struct Waiting {
    start: Instant,
    seen: Receiver<(Seen, Duration)>,
}

/// Starts the thread of a check of the clients; None for the others, and where the system gives no thread.
fn begin(look: Look, clients: &Arc<Clients>) -> Option<Waiting> {
    let Client(look) = look else { return None };
    let clients = Arc::clone(clients);
    let (sender, seen) = channel();
    let start = Instant::now();
    thread::Builder::new()
        .spawn(move || sender.send(timed(|| look(&clients))))
        .ok()?;
    Some(Waiting { start, seen })
}

impl Waiting {
    /// What the check saw, waited for at most `limit` from its start. A thread that hangs ends with the program.
    fn end(self, limit: Duration) -> (Seen, Duration) {
        let left = limit.saturating_sub(self.start.elapsed());
        self.seen.recv_timeout(left).unwrap_or_else(|_| {
            let seen = warn(
                format!("nothing was seen within {} ms", limit.as_millis()),
                "a file that it reads may be on a machine that does not answer",
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

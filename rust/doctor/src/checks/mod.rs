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

use baton_state::r#gen::tables as codes;
use baton_state::index::isolate::isolated;
use baton_state::proto::state::v1::{Check, CheckReport};
use baton_state::record::schema::CheckTable;

pub use self::clients::{Clients, is_version, version_of};
use self::clients::{codex, codex_hooks, opencode, opencode_packages, proxy};
pub use self::ground::Ground;
pub use self::index::is_to_be_built as is_index_to_be_built;
use self::seen::{Seen, Status, fail, warn};
#[cfg(unix)]
pub use self::state::open_to_others;

/// How a check looks. One that cannot go on says so itself.
#[derive(Clone, Copy)]
enum Look {
    /// At the state directory, one after the other: they share what was read.
    State(fn(&Ground<'_>) -> Result<Seen, Seen>),
    /// At a client, in a thread of its own, because it may have to wait.
    Client(fn(&Clients) -> Result<Seen, Seen>),
}

use Look::{Client, State};

/// All checks, in the order that they are printed.
const CHECKS: &[(&CheckTable, Look)] = &[
    (&codes::CHECK_HOME, State(state::home)),
    (&codes::CHECK_MODES, State(state::modes)),
    (&codes::CHECK_KEY, State(state::key)),
    (&codes::CHECK_CONFIG, State(state::config)),
    (&codes::CHECK_SEGMENTS, State(segments::whole)),
    (&codes::CHECK_FOREIGN, State(segments::foreign)),
    (&codes::CHECK_NEWER, State(segments::newer)),
    (&codes::CHECK_DROPPED, State(segments::dropped)),
    (&codes::CHECK_FUTURE, State(segments::future)),
    (&codes::CHECK_IDENTITY, State(segments::identity)),
    (&codes::CHECK_INDEX, State(index::sound)),
    (&codes::CHECK_GUARD, State(guard::whole)),
    (&codes::CHECK_MODELS, State(models::usable)),
    (&codes::CHECK_CODEX, Client(codex::version)),
    (&codes::CHECK_CODEX_MCP, Client(codex::server)),
    (&codes::CHECK_CODEX_HOME, Client(codex::home)),
    (&codes::CHECK_CODEX_HOOKS, Client(codex_hooks::present)),
    (&codes::CHECK_CODEX_TRUST, Client(codex_hooks::trusted)),
    (&codes::CHECK_OPENCODE, Client(opencode::version)),
    (&codes::CHECK_OPENCODE_CONFIG, Client(opencode::config)),
    (&codes::CHECK_OPENCODE_MCP, Client(opencode::server)),
    (&codes::CHECK_OPENCODE_HOME, Client(opencode::home)),
    (&codes::CHECK_OPENCODE_PLUGIN, Client(opencode::plugin)),
    (
        &codes::CHECK_OPENCODE_START,
        Client(opencode_packages::installed),
    ),
    (&codes::CHECK_OPENCODE_LOADED, Client(opencode::loaded)),
    (&codes::CHECK_PROXY, Client(proxy::answers)),
    (&codes::CHECK_PROXY_ADDRESS, Client(proxy::address)),
];

/// All checks.
pub fn tables() -> impl Iterator<Item = &'static CheckTable> {
    CHECKS.iter().map(|(table, _)| *table)
}

/// Ids of all checks.
pub fn ids() -> impl Iterator<Item = &'static str> {
    tables().map(|table| table.id)
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
        fixes: Vec::new(),
    };
    let clients = Arc::new(clients);
    let asked = CHECKS
        .iter()
        .filter(|(table, _)| ids.is_empty() || ids.contains(&table.id));
    // All that may have to wait begins before anything else.
    let begun: Vec<_> = asked
        .map(|(table, look)| (table, *look, begin(*look, &clients)))
        .collect();
    for (table, look, waiting) in begun {
        let (seen, took) = match (look, waiting) {
            (State(look), _) => timed(|| look(ground)),
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

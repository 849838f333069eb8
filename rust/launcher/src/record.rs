//! Recording what the proxy tells of itself (docs/proof.md, OBS-002 and OBS-003).

use baton_native::proxy::{Answer, summary_of};
use baton_state::fold::state::state_of;
use baton_state::home::{Home, now};
use baton_state::index::load::load_workspace;
use baton_state::index::loaded::Places;
use baton_state::library::{Recorder, record_machine};
use baton_state::proto::state::v1::record::Kind;
use baton_state::proto::state::v1::{Client, Record, RuntimeSummary};
use baton_state::record::error::BatonError;
use prost::Message;

/// A record that says the same is made again after this time, so that its age tells when the proxy was last seen.
const REPEAT_MS: u64 = 600_000;

const RECORDER: Recorder<'_> = Recorder {
    client: Client::Launcher,
    name: env!("CARGO_PKG_NAME"),
    version: env!("CARGO_PKG_VERSION"),
};

/// Records what a port answers, where the state holds something else. Refuses what loading the state and `record_machine`
/// refuse.
pub fn record(home: &Home, port: u16, answer: &Answer) -> Result<(), BatonError> {
    let now = now(&|name| std::env::var_os(name))?;
    let seen = summary_of(port, answer);
    let known = known_runtime(home, now, &seen)?;
    if !is_news(known.as_ref(), &seen, now) {
        return Ok(());
    }
    record_machine(home, RECORDER, now, [Kind::RuntimeSummary(seen)])?;
    Ok(())
}

/// What the state holds of this runtime, and since when.
fn known_runtime(
    home: &Home,
    now: i64,
    seen: &RuntimeSummary,
) -> Result<Option<(RuntimeSummary, i64)>, BatonError> {
    let loaded = load_workspace(&Places::of(home), "", now)?;
    let fold = loaded.fold(now, Some(""));
    let winners = state_of(&fold, &home.config()?.retention).winners;
    Ok(winners.into_iter().find_map(|(_, winner)| {
        let record = Record::decode(winner.record.payload).ok()?;
        match record.kind {
            Some(Kind::RuntimeSummary(runtime))
                if runtime.name == seen.name && runtime.port == seen.port =>
            {
                Some((runtime, winner.observed_at))
            }
            _ => None,
        }
    }))
}

/// Whether what was seen is worth a record (OBS-003).
fn is_news(known: Option<&(RuntimeSummary, i64)>, seen: &RuntimeSummary, now: i64) -> bool {
    let Some((known, at)) = known else {
        return seen.up == Some(true);
    };
    known.up != seen.up
        || known.version != seen.version
        || known.routing != seen.routing
        || now.abs_diff(*at) >= REPEAT_MS
}

//! The check of what becomes of the requests that the proxy answers: are they recorded?

use baton_state::brief::time::ago;
use baton_state::proto::state::v1::{Client, Record};
use baton_state::record::kind::kind_named;
use prost::Message;

use crate::checks::ground::Ground;
use crate::checks::seen::{Seen, fail, moot, ok, warn};

/// Whether the last request that the proxy answered is recorded, by the proxy itself or by an import of its usage log.
pub fn recorded(ground: &Ground) -> Result<Seen, Seen> {
    let (_, told) = ground.clients.need_proxy()?.need_up()?;
    let Some(keeps_usage) = told.keeps_usage() else {
        return Err(moot("the proxy does not tell what it keeps"));
    };
    if told.usage_failed() {
        return Ok(fail(
            "the proxy cannot write its usage log, so requests are lost",
            "make the file that USAGE_DB_PATH names writable, else ~/.config/opencode-proxy/usage.jsonl",
        ));
    }
    if !keeps_usage {
        return Ok(ok(
            "the proxy keeps no usage log: USAGE_DB_PATH switches it off",
        ));
    }
    let Some(since) = told.last_request_at() else {
        return Ok(ok("the proxy had no request since it started"));
    };
    let latest = latest_request(ground)?;
    Ok(match latest.filter(|(at, _)| *at >= since) {
        Some((_, Client::Proxy)) => ok("the proxy records its requests"),
        Some(_) => ok("the usage log of the proxy is imported"),
        None => {
            let last = match latest {
                Some((at, _)) => format!(", the last one {}", ago(at, ground.now)),
                None => String::new(),
            };
            warn(
                format!("the proxy answered requests that are not recorded here{last}"),
                "baton init --proxy DIR and start the proxy anew with this BATON_HOME, or baton import usage --follow",
            )
        }
    })
}

/// When the last request that is recorded ended, in milliseconds since 1970, and who recorded it. The segments are read for
/// it, since others may have read them before the proxy was asked.
fn latest_request(ground: &Ground) -> Result<Option<(i64, Client)>, Seen> {
    let number = kind_named("usage_event").map(|kind| kind.number);
    let parts = ground.each_record(
        || None,
        |latest: &mut Option<(i64, Client)>, record| {
            if Some(record.kind) != number {
                return;
            }
            let Ok(record) = Record::decode(record.payload) else {
                return;
            };
            let at = record.observed_at();
            if latest.is_none_or(|(before, _)| before <= at) {
                *latest = Some((at, record.client()));
            }
        },
    )?;
    Ok(parts.into_iter().flatten().max_by_key(|(at, _)| *at))
}

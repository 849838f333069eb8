//! The check of what becomes of the requests that the proxy answers: are they recorded?

use baton_state::brief::time::ago;
use baton_state::proto::state::v1::{Client, Record};
use baton_state::record::kind::kind_named;
use baton_state::segment::folder::{Folder, read_folder};
use prost::Message;

use crate::checks::ground::Ground;
use crate::checks::seen::{Seen, fail, moot, ok, refused, warn};

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
    let mut latest = latest_request(ground.folder()?);
    if latest.is_none_or(|(at, _)| at < since) {
        // Another check may have read the segments before the proxy was asked.
        let folder = read_folder(&ground.home.segments()).map_err(|error| refused(&error))?;
        latest = latest_request(&folder);
    }
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

/// When the last request that is recorded ended, in milliseconds since 1970, and who recorded it.
fn latest_request(folder: &Folder) -> Option<(i64, Client)> {
    let kind = kind_named("usage_event")?;
    let records = folder.records().filter(|placed| placed.kind == kind.number);
    let records = records.filter_map(|placed| Record::decode(placed.payload).ok());
    records
        .map(|record| (record.observed_at(), record.client()))
        .max_by_key(|(at, _)| *at)
}

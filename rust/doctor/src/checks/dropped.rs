//! Checks of what recorders had to drop, as the headers of their segments tell.

use std::collections::{BTreeMap, BTreeSet};

use baton_state::proto::segment::v1::DropReason;
use baton_state::proto::state::v1::{Client, Record};
use baton_state::segment::Id;
use baton_state::segment::header::Header;
use prost::Message;

use super::ground::Ground;
use super::seen::{Seen, counted, fail, ok, warn};

/// How many records, and the clients whose recorders they were.
type Lost = (u64, BTreeSet<String>);

/// What was dropped for another reason than the guard.
pub fn losses(ground: &Ground) -> Result<Seen, Seen> {
    let mut reasons = by_reason(ground)?;
    reasons.remove(&(DropReason::Guard as i32));
    if reasons.is_empty() {
        return Ok(ok("no recorder had to drop anything"));
    }
    let list: Vec<String> = reasons
        .iter()
        .map(|(reason, (count, clients))| {
            format!("{count} {}{}", reason_name(*reason), by(clients))
        })
        .collect();
    let message = format!("recorders dropped records: {}", list.join(", "));
    Ok(if reasons.contains_key(&(DropReason::Defect as i32)) {
        fail(message, "update Baton; if it goes on, report it")
    } else {
        warn(message, "see to the reason named: a full disk needs space")
    })
}

/// What the guard refused. The texts are nowhere, so only their number and the clients can be told.
pub fn refusals(ground: &Ground) -> Result<Seen, Seen> {
    let mut reasons = by_reason(ground)?;
    Ok(match reasons.remove(&(DropReason::Guard as i32)) {
        None => ok("the guard had nothing to refuse"),
        Some((count, clients)) => warn(
            format!(
                "the guard refused {}{}",
                counted(count, "record"),
                by(&clients)
            ),
            "leave secrets, chat and paths out of what is recorded: docs/privacy.md lists the rules",
        ),
    })
}

fn by_reason(ground: &Ground) -> Result<BTreeMap<i32, Lost>, Seen> {
    let headers = ground.folder()?.segments.iter();
    let headers = headers.filter_map(|segment| segment.header.as_ref());
    let telling: Vec<&Header> = headers
        .filter(|header| !header.message.dropped.is_empty())
        .collect();
    let clients_of = clients_of(ground, &telling)?;
    let mut reasons = BTreeMap::<i32, Lost>::new();
    for header in telling {
        let dropped = header.message.dropped.iter();
        for dropped in dropped.filter(|dropped| dropped.count() > 0) {
            let (count, clients) = reasons
                .entry(dropped.reason.unwrap_or_default())
                .or_default();
            *count = count.saturating_add(dropped.count());
            clients.extend(clients_of.get(&header.segment).cloned());
        }
    }
    Ok(reasons)
}

fn by(clients: &BTreeSet<String>) -> String {
    if clients.is_empty() {
        return String::new();
    }
    let clients: Vec<&str> = clients.iter().map(String::as_str).collect();
    format!(" ({})", clients.join(", "))
}

/// Names of the clients whose recorders wrote segments, as a record of each tells.
fn clients_of(ground: &Ground, segments: &[&Header]) -> Result<BTreeMap<Id, String>, Seen> {
    if segments.is_empty() {
        return Ok(BTreeMap::new());
    }
    let wanted: BTreeSet<Id> = segments.iter().map(|header| header.segment).collect();
    let parts = ground.each_record(BTreeMap::new, |clients, record| {
        let segment = record.segment;
        if wanted.contains(segment) && !clients.contains_key(segment) {
            clients.extend(client_of(record.payload).map(|client| (*segment, client)));
        }
    })?;
    Ok(parts.into_iter().flatten().collect())
}

fn client_of(payload: &[u8]) -> Option<String> {
    match Record::decode(payload).ok()?.client() {
        Client::Unspecified => None,
        client => Some(
            client
                .as_str_name()
                .trim_start_matches("CLIENT_")
                .to_lowercase(),
        ),
    }
}

fn reason_name(reason: i32) -> &'static str {
    match DropReason::try_from(reason) {
        Ok(DropReason::Guard) => "refused by the guard",
        Ok(DropReason::NoSpace) => "for want of space",
        Ok(DropReason::Io) => "because writing failed",
        Ok(DropReason::Home) => "because the directory could not be used",
        Ok(DropReason::Queue) => "because the queue was full",
        Ok(DropReason::Defect) => "because of a defect",
        Ok(DropReason::Unspecified) | Err(_) => "for a reason not told",
    }
}

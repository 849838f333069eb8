//! The check of `latest.json`, the snapshot that saves `baton` a scan (`ts/src/snapshot`).

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::io::ErrorKind;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use baton_state::fold::{Fold, holds_at};
use baton_state::r#gen::tables::SCHEMA_FINGERPRINT;
use baton_state::segment::folder::Folder;
use baton_state::segment::hex;
use crc32fast::hash;
use serde::Deserialize;

use super::ground::Ground;
use super::seen::{FIX, Seen, fail, ok, warn};

/// Version of the file: that of `ts/src/snapshot/content.ts`.
const VERSION: u64 = 2;
const RENEW: &str = "baton status writes it anew; the segments answer meanwhile";

/// The first line: version, and bytes and CRC-32 of the rest.
#[derive(Deserialize)]
struct Head {
    baton: u64,
    bytes: u64,
    crc: String,
}

/// What the check looks at of the rest.
#[derive(Deserialize)]
struct Body {
    schema: String,
    latest: i64,
    seen: Vec<SeenSegment>,
    winners: Vec<StoredWinner>,
}

#[derive(Deserialize)]
struct SeenSegment {
    cursor: Cursor,
}

#[derive(Deserialize)]
struct Cursor {
    segment: String,
    offset: u64,
}

#[derive(Deserialize)]
struct StoredWinner {
    payload: String,
}

/// Whether it is whole, of this version, and says what the segments say.
pub fn usable(ground: &Ground) -> Result<Seen, Seen> {
    let bytes = match fs::read(ground.home.dir().join("latest.json")) {
        Ok(bytes) => bytes,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(ok("there is no snapshot: baton reads the segments"));
        }
        Err(error) => {
            return Ok(fail(
                format!("the snapshot cannot be read: {}", error.kind()),
                "make it readable, or delete it",
            ));
        }
    };
    let body = parse(&bytes)?;
    let folder = ground.folder()?;
    let Some(behind) = bytes_behind(&body, folder) else {
        return Ok(warn(
            "a segment that the snapshot has read is gone or shorter",
            RENEW,
        ));
    };
    let fold = ground.fold()?;
    if !holds_at(0, body.latest, ground.now) {
        return Ok(warn(
            "the snapshot waits for records from the future",
            RENEW,
        ));
    }
    if behind > 0 {
        return Ok(ok(format!(
            "the snapshot is sound, {behind} bytes behind, which readers add"
        )));
    }
    Ok(if agrees(&body, fold) {
        ok("the snapshot is sound and up to date")
    } else {
        fail("the snapshot answers otherwise than the segments", FIX)
    })
}

/// Whether the snapshot is of no use and deleting it helps.
pub fn is_to_be_deleted(ground: &Ground) -> bool {
    let (Ok(seen) | Err(seen)) = usable(ground);
    seen.remedy.as_deref() == Some(FIX)
}

fn parse(bytes: &[u8]) -> Result<Body, Seen> {
    let damaged = || warn("the snapshot is damaged", FIX);
    let other = || warn("another version made the snapshot", FIX);
    let end = bytes
        .iter()
        .position(|byte| *byte == b'\n')
        .ok_or_else(damaged)?;
    let (head, body) = bytes.split_at(end);
    let body = body.get(1..).unwrap_or_default();
    let head: Head = serde_json::from_slice(head).map_err(|_| damaged())?;
    if head.baton != VERSION {
        return Err(other());
    }
    if (head.bytes, head.crc) != (body.len() as u64, format!("{:08x}", hash(body))) {
        return Err(damaged());
    }
    let body: Body = serde_json::from_slice(body).map_err(|_| damaged())?;
    if body.schema != hex(&SCHEMA_FINGERPRINT) {
        return Err(other());
    }
    Ok(body)
}

/// Bytes of the folder that it has not seen; None where it has seen what is not there any more (SEG-035).
fn bytes_behind(body: &Body, folder: &Folder) -> Option<u64> {
    let segments = folder.segments.iter();
    let mut unseen: HashMap<String, u64> = segments
        .filter(|segment| segment.header.is_some())
        .map(|segment| (hex(&segment.cursor.segment), segment.bytes))
        .collect();
    for SeenSegment { cursor } in &body.seen {
        let bytes = unseen.get_mut(&cursor.segment)?;
        *bytes = bytes.checked_sub(cursor.offset)?;
    }
    Some(unseen.values().sum())
}

/// Whether its winners are those of the segments.
fn agrees(body: &Body, fold: &Fold<'_>) -> bool {
    let kept = body
        .winners
        .iter()
        .map(|winner| STANDARD.decode(&winner.payload));
    let Ok(kept) = kept.collect::<Result<BTreeSet<_>, _>>() else {
        return false;
    };
    let folded: BTreeSet<Vec<u8>> = fold
        .winners()
        .into_iter()
        .map(|(_, winner)| winner.record.payload.to_vec())
        .collect();
    kept == folded
}

//! The recorder of programs that write a few records and go on: stamps, guards and writes them (docs/design.md, "The
//! library").

use crate::guard::record::guard_record_by;
use crate::home::{Home, key_id, known_to};
use crate::proto::state::v1::record::Kind;
use crate::proto::state::v1::{Client, Record};
use crate::record::error::BatonError;
use crate::record::stamp::next_stamp;
use crate::segment::seed::highest_stamp;
use crate::segment::writer::{Ack, Durability, Writer, WriterInit};

/// Who records.
#[derive(Debug, Clone, Copy)]
pub struct Recorder<'a> {
    /// The client that records say.
    pub client: Client,
    /// Name of the program, for the header of the segment.
    pub name: &'a str,
    /// Its version.
    pub version: &'a str,
}

/// Records facts of this machine that are true at `now`, in milliseconds since 1970, into a segment of their own, which is
/// sealed. Makes the state directory and its key where they are missing. All of them are written or none; nothing is synced.
/// Refuses what `Home::create`, `Home::key`, `guard_record` and `Writer::append` refuse.
pub fn record_machine(
    home: &Home,
    recorder: Recorder<'_>,
    now: i64,
    kinds: impl IntoIterator<Item = Kind>,
) -> Result<Vec<Ack>, BatonError> {
    home.create()?;
    let key = home.key()?;
    // A broken configuration names no files of secrets, and the doctor tells of it.
    let known = known_to(&home.config().unwrap_or_default());
    let mut stamp = highest_stamp(&home.segments(), now);
    let records = kinds.into_iter().map(|kind| {
        stamp = next_stamp(stamp, now.unsigned_abs());
        let record = Record {
            stamp: Some(stamp),
            observed_at: Some(now),
            client: Some(recorder.client.into()),
            kind: Some(kind),
            ..Record::default()
        };
        guard_record_by(&record, known.as_ref())
    });
    let records = records.collect::<Result<Vec<_>, _>>()?;
    let mut writer = Writer::open(WriterInit {
        dir: home.segments(),
        name: recorder.name.to_owned(),
        version: recorder.version.to_owned(),
        key_id: Some(key_id(&key)),
    })?;
    let acks = writer.append(&records, Durability::Written)?;
    writer.close();
    Ok(acks)
}

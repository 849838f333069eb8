//! Who has an action at an instant (BRF-011).

use super::fields::{bounded, enum_of};
use crate::r#gen::tables::NEXT_ACTION;
use crate::proto::state::v1::NextAction;

/// How an action stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// Nobody has claimed it.
    Open,
    /// Somebody has, until this instant in milliseconds since 1970 where the claim has a lease.
    Claimed(Option<i64>),
    /// Somebody had, until this instant: it is open again.
    Ended(i64),
    /// It is done or dropped.
    Finished,
    /// Its state is one that this program does not know.
    Newer,
}

/// How an action stands at `now`, in milliseconds since 1970.
#[must_use]
pub fn claim_at(action: &NextAction, now: i64) -> Claim {
    let until = action.lease_until.map(bounded);
    match (enum_of(&NEXT_ACTION, "state", action.state), until) {
        (Some("done" | "dropped"), _) => Claim::Finished,
        (None, _) => Claim::Newer,
        (Some("claimed"), Some(until)) if until <= now => Claim::Ended(until),
        (Some("claimed"), until) => Claim::Claimed(until),
        (Some(_), _) => Claim::Open,
    }
}

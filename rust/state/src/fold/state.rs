//! The folded state at an instant: the winners that retention still shows (FLD-040 … FLD-044).

use super::{DAY_MS, Fold, FoldCounts, Keyed, Winner};
use crate::proto::state::v1::RetentionOverride;
use crate::record::schema::KindTable;

/// The folded state: a pure function of the records, the retention and the instant.
#[derive(Debug, Clone)]
pub struct State<'f, 'a> {
    /// The instant: milliseconds since 1970.
    pub now: i64,
    /// Winners that are shown, in byte order of their keys.
    pub winners: Vec<Keyed<'f, 'a>>,
    /// What was left out.
    pub counts: FoldCounts,
}

/// The state that a fold has come to, with the retention of the configuration.
#[must_use]
pub fn state_of<'f, 'a>(fold: &'f Fold<'a>, retention: &[RetentionOverride]) -> State<'f, 'a> {
    let mut winners = fold.winners();
    winners.retain(|(_, winner)| is_shown(winner, fold.now(), retention));
    State {
        now: fold.now(),
        winners,
        counts: fold.counts(),
    }
}

/// Days that a kind is shown: those of the last override that has any, else those of the schema.
#[must_use]
pub fn retention_days(kind: &KindTable, retention: &[RetentionOverride]) -> u32 {
    let set = retention.iter().rev();
    let mut set = set.filter(|set| set.kind.as_deref() == Some(kind.name));
    set.find_map(|set| set.days).unwrap_or(kind.days)
}

fn is_shown(winner: &Winner<'_>, now: i64, retention: &[RetentionOverride]) -> bool {
    let kind = winner.kind;
    if kind.keep_latest || (kind.terminal.is_some() && !winner.rank.terminal) {
        return true;
    }
    is_within(kind, winner.observed_at, now, retention)
}

/// Whether what was observed at an instant, in milliseconds since 1970, is not older than the days of its kind.
#[must_use]
pub fn is_within(
    kind: &KindTable,
    observed_at: i64,
    now: i64,
    retention: &[RetentionOverride],
) -> bool {
    let days = i64::from(retention_days(kind, retention)).saturating_mul(DAY_MS);
    now <= observed_at.saturating_add(days)
}

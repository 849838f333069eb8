//! When models were limited: as the requests that were turned away told, and as clients recorded it.

use std::collections::BTreeMap;

use baton_state::proto::state::v1::{ModelHealth, ModelState};
use baton_state::usage::stored::RecordedEvent;

use super::period::Period;
use super::usage::model_of;

/// When a model was limited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// The model.
    pub model: String,
    /// From when until when (milliseconds since 1970), in order and apart from each other.
    pub spans: Vec<(i64, i64)>,
}

/// The spans of a period in which models were limited, as far as anybody told when a limit ends; models in byte order.
pub fn limits_of<'a>(
    events: impl IntoIterator<Item = &'a RecordedEvent>,
    health: impl IntoIterator<Item = (&'a ModelHealth, i64)>,
    period: &Period,
) -> Vec<Limits> {
    let of_events = events.into_iter().filter_map(|recorded| {
        let until = recorded.event.limit_reset_at_ts?;
        let is_limit = recorded.event.rate_limited();
        is_limit.then(|| (model_of(recorded), recorded.ts as i64, until as i64))
    });
    let of_health = health.into_iter().filter_map(|(health, at)| {
        let until = health.limit_resets_at?;
        let is_limit = health.state() == ModelState::Limited;
        is_limit.then(|| (health.model(), at, until))
    });
    let (from, end) = period.bounds();
    let mut by_model: BTreeMap<&str, Vec<(i64, i64)>> = BTreeMap::new();
    for (model, at, until) in of_events.chain(of_health) {
        if until > at && until > from && at < end {
            by_model.entry(model).or_default().push((at, until));
        }
    }
    let limits = by_model.into_iter().map(|(model, spans)| Limits {
        model: model.to_owned(),
        spans: merged(spans),
    });
    limits.collect()
}

/// The same time as spans that do not touch.
fn merged(mut spans: Vec<(i64, i64)>) -> Vec<(i64, i64)> {
    spans.sort_unstable();
    let mut merged: Vec<(i64, i64)> = Vec::new();
    for (start, end) in spans {
        match merged.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => merged.push((start, end)),
        }
    }
    merged
}

impl Limits {
    /// How long the model was limited in all, in milliseconds, up to an instant.
    pub fn total_ms(&self, now: i64) -> i64 {
        let spans = self.spans.iter();
        spans
            .map(|(start, end)| (end.min(&now) - start).max(0))
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;

    #[test]
    fn what_several_tell_of_one_limit_is_one_span() {
        const HOUR: i64 = 3_600_000;
        let now = 1_790_000_000_000;
        let period = Period::new(now, 2, TimeZone::UTC);
        let health = |state: ModelState, until| ModelHealth {
            model: Some("one".to_owned()),
            state: Some(state.into()),
            limit_resets_at: Some(until),
            ..ModelHealth::default()
        };
        let told = [
            (health(ModelState::Limited, now + HOUR), now - HOUR),
            (health(ModelState::Limited, now + 2 * HOUR), now),
            (health(ModelState::Limited, now - 5 * HOUR), now - 6 * HOUR),
            // Over before the first day, not a limit, and one that never was.
            (
                health(ModelState::Limited, now - 90 * HOUR),
                now - 91 * HOUR,
            ),
            (health(ModelState::Available, now + 9 * HOUR), now),
            (health(ModelState::Limited, now), now),
        ];
        let told = told.iter().map(|(health, at)| (health, *at));
        let limits = limits_of([], told, &period);
        let expected = Limits {
            model: "one".to_owned(),
            spans: vec![
                (now - 6 * HOUR, now - 5 * HOUR),
                (now - HOUR, now + 2 * HOUR),
            ],
        };
        assert_eq!(limits, [expected]);
        assert_eq!(limits[0].total_ms(now), 2 * HOUR);
    }
}

//! What the proxy was used for, of late.

use std::collections::BTreeMap;

use baton_state::fold::DAY_MS;
use baton_state::proto::state::v1::ModelUsage;
use baton_state::segment::folder::PlacedRecord;
use baton_state::usage::calendar::local_day;
use baton_state::usage::line::UsageEvent;
use baton_state::usage::stored::events_of_records;
use jiff::tz::TimeZone;

const MINUTE_MS: f64 = 60_000.0;

/// What the proxy was used for, of late.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Usage {
    /// The last 24 hours by model, in byte order of the models.
    pub by_model: Vec<ModelUsage>,
    /// Today, by the local calendar.
    pub today: Sums,
    /// Requests of the last 24 hours by the minute that they ended in, in minutes since 1970; none where there were none.
    pub by_minute: BTreeMap<i64, u64>,
}

/// Sums over requests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sums {
    /// Requests.
    pub requests: u64,
    /// Requests that failed.
    pub failures: u64,
    /// Requests that a rate limit answered.
    pub rate_limited: u64,
    /// Tokens that the provider reported.
    pub reported_tokens: u64,
    /// Tokens that the proxy estimated; never part of the reported ones.
    pub estimated_tokens: u64,
}

impl Usage {
    /// The usage that events of the 24 hours before `now` (milliseconds since 1970) add up to, each once, with the local
    /// days of `zone`. Leaves `by_model` empty, which the state has.
    pub fn of<'a>(
        events: impl Iterator<Item = PlacedRecord<'a>>,
        now: i64,
        zone: &TimeZone,
    ) -> Usage {
        let from = now.saturating_sub(DAY_MS);
        let until = now.saturating_add(MINUTE_MS as i64) as f64;
        let today = local_day(now as f64, zone);
        let mut usage = Usage::default();
        let payloads = events.map(|record| record.payload);
        for event in events_of_records(payloads, from) {
            if event.ts > until {
                continue;
            }
            let minute = (event.ts / MINUTE_MS).floor() as i64;
            *usage.by_minute.entry(minute).or_default() += 1;
            if local_day(event.ts, zone) == today {
                usage.today.add(&event);
            }
        }
        usage
    }
}

impl Sums {
    fn add(&mut self, event: &UsageEvent) {
        self.requests += 1;
        self.failures += u64::from(!event.ok);
        self.rate_limited += u64::from(event.rate_limited);
        let tokens = event.total_tokens as u64;
        if event.usage_reported {
            self.reported_tokens = self.reported_tokens.saturating_add(tokens);
        } else if event.usage_estimated {
            self.estimated_tokens = self.estimated_tokens.saturating_add(tokens);
        }
    }
}

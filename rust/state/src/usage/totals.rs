//! Sums over requests: in all, by model, by day.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use jiff::civil::Date;

use super::calendar::{instant, iso};
use super::clean::UsageEvent;
use super::value::round;

/// Sums over requests; the numbers are JavaScript's.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Totals {
    /// Requests.
    pub requests: u64,
    /// Requests that were answered.
    pub ok: u64,
    /// Tokens altogether.
    pub total_tokens: f64,
    /// Tokens of the prompts.
    pub prompt_tokens: f64,
    /// Tokens of the answers.
    pub completion_tokens: f64,
    /// Requests whose tokens the provider reported.
    pub usage_reported: u64,
    /// Requests whose tokens the proxy estimated.
    pub usage_estimated: u64,
    /// Tokens that the provider reported.
    pub reported_tokens: f64,
    /// Tokens that the proxy estimated because the provider reported none.
    pub estimated_tokens: f64,
    cost: f64,
    /// Requests that a rate limit answered.
    pub rate_limited: u64,
    latency_ms: f64,
    /// The longest request in milliseconds.
    pub latency_ms_max: f64,
    last_seen: f64,
}

impl Totals {
    /// Requests that failed.
    #[must_use]
    pub fn fail(&self) -> u64 {
        self.requests - self.ok
    }

    /// Cost, rounded to 6 places.
    #[must_use]
    pub fn cost(&self) -> f64 {
        round(self.cost * 1e6) / 1e6
    }

    /// Average time in whole milliseconds.
    #[must_use]
    pub fn latency_ms_avg(&self) -> f64 {
        match self.requests {
            0 => 0.0,
            requests => round(self.latency_ms / requests as f64),
        }
    }

    /// The last request as RFC 3339 in UTC, empty where there was none.
    #[must_use]
    pub fn last_seen_at(&self) -> String {
        match instant(self.last_seen) {
            Some(at) if self.last_seen > 0.0 => iso(at),
            _ => String::new(),
        }
    }

    /// Adds a request.
    pub fn add(&mut self, event: &UsageEvent) {
        self.requests += 1;
        self.ok += u64::from(event.ok);
        self.total_tokens += event.total_tokens;
        self.prompt_tokens += event.prompt_tokens;
        self.completion_tokens += event.completion_tokens;
        self.usage_reported += u64::from(event.usage_reported);
        self.usage_estimated += u64::from(event.usage_estimated);
        if event.usage_reported {
            self.reported_tokens += event.total_tokens;
        } else if event.usage_estimated {
            self.estimated_tokens += event.total_tokens;
        }
        self.cost += event.cost;
        self.rate_limited += u64::from(event.rate_limited);
        self.latency_ms += event.latency_ms;
        self.latency_ms_max = self.latency_ms_max.max(event.latency_ms);
        self.last_seen = self.last_seen.max(event.ts);
    }
}

/// Sums of one model.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelTotals {
    /// Its name, WTF-8.
    pub model: Vec<u8>,
    /// Its sums.
    pub totals: Totals,
}

/// Sums of one local day.
#[derive(Debug, Clone, PartialEq)]
pub struct DayTotals {
    /// The day.
    pub day: Date,
    /// Its sums.
    pub totals: Totals,
    /// Its models, most requests first.
    pub by_model: Vec<ModelTotals>,
}

/// Sums by model, in byte order of the names.
pub type Models = BTreeMap<Vec<u8>, Totals>;

/// Adds a request to the sums of its model.
pub fn add_to_model(models: &mut Models, event: &UsageEvent) {
    match models.get_mut(event.model.as_ref()) {
        Some(totals) => totals.add(event),
        None => {
            let mut totals = Totals::default();
            totals.add(event);
            models.insert(event.model.to_vec(), totals);
        }
    }
}

/// The sums as a list: most requests first, then by bytes.
pub fn model_totals(models: Models) -> Vec<ModelTotals> {
    let mut list: Vec<ModelTotals> = models
        .into_iter()
        .map(|(model, totals)| ModelTotals { model, totals })
        .collect();
    list.sort_by_key(|model| Reverse(model.totals.requests));
    list
}

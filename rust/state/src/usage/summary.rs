//! The usage summary with the keys, order and numbers of upstream's summarizeUsageEvents (USE-030 … USE-035).
//! `ts/src/usage/summary.ts` gives the same bytes.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::clean::{UsageEvent, round};
use super::json::{push_number, push_text};

/// What a summary is about.
#[derive(Debug, Clone)]
pub struct SummaryOptions<'a> {
    /// Milliseconds since 1970.
    pub now: i64,
    /// Local days, today included. The caller bounds it: every day takes a line.
    pub days: u32,
    /// Models that are listed even without a request.
    pub models: &'a [String],
    /// Whose calendar days count; `TimeZone::system()` obeys TZ.
    pub time_zone: &'a TimeZone,
    /// Whether usage is recorded at all.
    pub enabled: bool,
    /// Path of the file as it may be shown, `~/…`.
    pub path: &'a str,
    /// Days that upstream keeps.
    pub retention_days: u32,
}

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

    fn add(&mut self, event: &UsageEvent) {
        self.requests += 1;
        self.ok += u64::from(event.ok);
        self.total_tokens += event.total_tokens;
        self.prompt_tokens += event.prompt_tokens;
        self.completion_tokens += event.completion_tokens;
        self.usage_reported += u64::from(event.usage_reported);
        self.usage_estimated += u64::from(event.usage_estimated);
        self.cost += event.cost;
        self.rate_limited += u64::from(event.rate_limited);
        self.latency_ms += event.latency_ms;
        self.latency_ms_max = self.latency_ms_max.max(event.latency_ms);
        self.last_seen = self.last_seen.max(event.ts);
    }

    fn push(&self, json: &mut String) {
        let numbers = [
            ("requests", self.requests as f64),
            ("ok", self.ok as f64),
            ("fail", self.fail() as f64),
            ("total_tokens", self.total_tokens),
            ("prompt_tokens", self.prompt_tokens),
            ("completion_tokens", self.completion_tokens),
            ("usage_reported", self.usage_reported as f64),
            ("usage_estimated", self.usage_estimated as f64),
            ("cost", self.cost()),
            ("rate_limited", self.rate_limited as f64),
            ("latency_ms_avg", self.latency_ms_avg()),
            ("latency_ms_max", self.latency_ms_max),
        ];
        for (key, number) in numbers {
            push_key(json, key);
            push_number(json, number);
        }
        push_key(json, "last_seen_at");
        push_text(json, self.last_seen_at().as_bytes());
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

/// What upstream's `/usage` answers under `usage`.
#[derive(Debug, Clone, PartialEq)]
pub struct UsageSummary {
    enabled: bool,
    path: String,
    retention_days: u32,
    days: u32,
    now: i64,
    /// The local day of now.
    pub today: Date,
    /// Sums over the days.
    pub totals: Totals,
    /// The days, today first.
    pub by_day: Vec<DayTotals>,
    /// The models of today and the known ones, most requests first.
    pub by_model_today: Vec<ModelTotals>,
    /// The models of the last 24 hours and the known ones, most requests first.
    pub by_model_24h: Vec<ModelTotals>,
}

/// Sums up events in their order.
pub fn summarize_usage<'a>(
    events: impl IntoIterator<Item = UsageEvent<'a>>,
    options: &SummaryOptions,
) -> UsageSummary {
    let zone = options.time_zone;
    let now = options.now as f64;
    let today = local_day(now, zone).unwrap_or_default();
    let days = local_days(today, options.days, zone);
    let mut totals = Totals::default();
    let mut by_day: BTreeMap<Date, (Totals, Models)> =
        days.iter().map(|day| (*day, Default::default())).collect();
    let mut models_today = known_models(options.models);
    let mut models_24h = models_today.clone();
    for event in events {
        if let Some(day) = local_day(event.ts, zone) {
            if let Some((sum, models)) = by_day.get_mut(&day) {
                totals.add(&event);
                sum.add(&event);
                add_to_model(models, &event);
            }
            if day == today {
                add_to_model(&mut models_today, &event);
            }
        }
        if event.ts >= now - DAY_MS && event.ts <= now + 60_000.0 {
            add_to_model(&mut models_24h, &event);
        }
    }
    UsageSummary {
        enabled: options.enabled,
        path: if options.enabled {
            options.path.to_owned()
        } else {
            String::new()
        },
        retention_days: options.retention_days,
        days: options.days,
        now: options.now,
        today,
        totals,
        by_day: days
            .iter()
            .map(|day| {
                // A day that its zone skipped stands twice in the list, with the same sums.
                let (totals, models) = by_day.get(day).cloned().unwrap_or_default();
                DayTotals {
                    day: *day,
                    totals,
                    by_model: model_totals(models),
                }
            })
            .collect(),
        by_model_today: model_totals(models_today),
        by_model_24h: model_totals(models_24h),
    }
}

/// The summary as JSON.stringify prints upstream's, without a newline.
#[must_use]
pub fn usage_summary_json(summary: &UsageSummary) -> String {
    let mut json = String::from("{\"version\":1");
    push_key(&mut json, "enabled");
    json.push_str(if summary.enabled { "true" } else { "false" });
    push_key(&mut json, "path");
    push_text(&mut json, summary.path.as_bytes());
    push_key(&mut json, "retention_days");
    push_number(&mut json, f64::from(summary.retention_days));
    push_key(&mut json, "read_window_days");
    push_number(&mut json, f64::from(summary.days));
    push_key(&mut json, "generated_at");
    push_text(
        &mut json,
        instant(summary.now as f64)
            .map(iso)
            .unwrap_or_default()
            .as_bytes(),
    );
    push_key(&mut json, "today");
    push_text(&mut json, summary.today.to_string().as_bytes());
    push_key(&mut json, "totals");
    push_object(&mut json, |json| summary.totals.push(json));
    push_key(&mut json, "by_day");
    push_list(&mut json, &summary.by_day, |json, day| {
        push_key(json, "day");
        push_text(json, day.day.to_string().as_bytes());
        day.totals.push(json);
        push_key(json, "by_model");
        push_list(json, &day.by_model, push_model);
    });
    push_key(&mut json, "by_model_today");
    push_list(&mut json, &summary.by_model_today, push_model);
    push_key(&mut json, "by_model_24h");
    push_list(&mut json, &summary.by_model_24h, push_model);
    push_key(&mut json, "last_error");
    json.push_str("\"\"}");
    json
}

const DAY_MS: f64 = 24.0 * 60.0 * 60.0 * 1000.0;

type Models = BTreeMap<Vec<u8>, Totals>;

fn known_models(models: &[String]) -> Models {
    models
        .iter()
        .map(|model| model.trim_matches(super::clean::is_space))
        .filter(|model| !model.is_empty())
        .map(|model| (model.as_bytes().to_vec(), Totals::default()))
        .collect()
}

fn add_to_model(models: &mut Models, event: &UsageEvent) {
    match models.get_mut(event.model.as_ref()) {
        Some(totals) => totals.add(event),
        None => {
            let mut totals = Totals::default();
            totals.add(event);
            models.insert(event.model.to_vec(), totals);
        }
    }
}

/// Most requests first, then by bytes.
fn model_totals(models: Models) -> Vec<ModelTotals> {
    let mut list: Vec<ModelTotals> = models
        .into_iter()
        .map(|(model, totals)| ModelTotals { model, totals })
        .collect();
    list.sort_by_key(|model| std::cmp::Reverse(model.totals.requests));
    list
}

/// The instant of a time value, whose fraction ECMAScript cuts off; None outside the calendar.
fn instant(ms: f64) -> Option<Timestamp> {
    Timestamp::from_millisecond(ms.trunc() as i64).ok()
}

fn local_day(ms: f64, zone: &TimeZone) -> Option<Date> {
    Some(zone.to_datetime(instant(ms)?).date())
}

/// The last local days, today first: as ECMAScript's Date has it, the day of each local midnight, which is a later
/// instant where the zone skips it.
fn local_days(today: Date, days: u32, zone: &TimeZone) -> Vec<Date> {
    (0..i64::from(days))
        .filter_map(|ago| {
            let midnight = today
                .checked_sub(jiff::Span::new().try_days(ago).ok()?)
                .ok()?;
            let zoned = zone
                .to_ambiguous_zoned_datetime(midnight.to_datetime(jiff::civil::Time::midnight()));
            Some(zoned.compatible().ok()?.date())
        })
        .collect()
}

/// As Date.prototype.toISOString prints it; the calendar ends with the year 9999.
fn iso(at: Timestamp) -> String {
    let at = TimeZone::UTC.to_datetime(at);
    let (date, time) = (at.date(), at.time());
    format!(
        "{date}T{:02}:{:02}:{:02}.{:03}Z",
        time.hour(),
        time.minute(),
        time.second(),
        time.millisecond()
    )
}

fn push_model(json: &mut String, model: &ModelTotals) {
    model.totals.push(json);
    push_key(json, "model");
    push_text(json, &model.model);
}

fn push_list<T>(json: &mut String, list: &[T], push: impl Fn(&mut String, &T)) {
    json.push('[');
    for (i, element) in list.iter().enumerate() {
        if i > 0 {
            json.push(',');
        }
        push_object(json, |json| push(json, element));
    }
    json.push(']');
}

fn push_object(json: &mut String, push: impl FnOnce(&mut String)) {
    json.push('{');
    push(json);
    json.push('}');
}

/// Appends a key, with a comma before it unless it is the first of its object. Keys need no escapes.
fn push_key(json: &mut String, key: &str) {
    if !json.ends_with('{') {
        json.push(',');
    }
    json.push('"');
    json.push_str(key);
    json.push_str("\":");
}

//! The usage summary with the keys, order and numbers of upstream's summarizeUsageEvents (USE-030 … USE-035).
//! `ts/src/usage/summary.ts` gives the same bytes.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::calendar::{local_day, local_days};
use super::clean::UsageEvent;
use super::totals::{DayTotals, ModelTotals, Models, Totals, add_to_model, model_totals};
use super::value::is_space;

const DAY_MS: f64 = 24.0 * 60.0 * 60.0 * 1000.0;

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

/// What upstream's `/usage` answers under `usage`.
#[derive(Debug, Clone, PartialEq)]
pub struct UsageSummary {
    /// Whether usage is recorded at all.
    pub enabled: bool,
    /// Path of the file as it may be shown; empty where usage is not recorded.
    pub path: String,
    /// Days that upstream keeps.
    pub retention_days: u32,
    /// Local days that it is about, today included.
    pub days: u32,
    /// When it was made: milliseconds since 1970.
    pub now: i64,
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
pub fn summarize_usage(
    events: impl IntoIterator<Item = UsageEvent>,
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

fn known_models(models: &[String]) -> Models {
    models
        .iter()
        .map(|model| model.trim_matches(is_space))
        .filter(|model| !model.is_empty())
        .map(|model| (model.as_bytes().to_vec(), Totals::default()))
        .collect()
}

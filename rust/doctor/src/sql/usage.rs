//! Usage as `usage --json` has it, with reported and estimated tokens apart.

use baton_state::usage::summary::UsageSummary;
use baton_state::usage::totals::Totals;

use super::cell::Cell;

/// A sum as a cell.
type Sum = fn(&Totals) -> Cell<'static>;

/// The sums: name of the column, what it is declared as, and the value. Names are the keys of `usage --json`.
pub const TOTALS: &[(&str, &str, Sum)] = &[
    ("requests", "INTEGER", |sums| Cell::unsigned(sums.requests)),
    ("ok", "INTEGER", |sums| Cell::unsigned(sums.ok)),
    ("fail", "INTEGER", |sums| Cell::unsigned(sums.fail())),
    ("rate_limited", "INTEGER", |sums| {
        Cell::unsigned(sums.rate_limited)
    }),
    ("total_tokens", "", |sums| Cell::number(sums.total_tokens)),
    ("reported_tokens", "", |sums| {
        Cell::number(sums.reported_tokens)
    }),
    ("estimated_tokens", "", |sums| {
        Cell::number(sums.estimated_tokens)
    }),
    ("prompt_tokens", "", |sums| Cell::number(sums.prompt_tokens)),
    ("completion_tokens", "", |sums| {
        Cell::number(sums.completion_tokens)
    }),
    ("usage_reported", "INTEGER", |sums| {
        Cell::unsigned(sums.usage_reported)
    }),
    ("usage_estimated", "INTEGER", |sums| {
        Cell::unsigned(sums.usage_estimated)
    }),
    ("cost", "REAL", |sums| Cell::number(sums.cost())),
    ("latency_ms_avg", "", |sums| {
        Cell::number(sums.latency_ms_avg())
    }),
    ("latency_ms_max", "", |sums| {
        Cell::number(sums.latency_ms_max)
    }),
    ("last_seen_at", "TEXT", |sums| {
        Cell::text(sums.last_seen_at())
    }),
];

/// A row for each day that has a request, the latest first.
pub fn days(summary: &UsageSummary) -> impl Iterator<Item = Vec<Cell<'_>>> {
    let days = summary.by_day.iter().filter(|day| day.totals.requests > 0);
    days.map(|day| row([Cell::text(day.day.to_string())], &day.totals))
}

/// A row for each day and model that has a request.
pub fn models(summary: &UsageSummary) -> impl Iterator<Item = Vec<Cell<'_>>> {
    summary.by_day.iter().flat_map(|day| {
        let models = day.by_model.iter();
        models.map(|model| {
            let of = [
                Cell::text(day.day.to_string()),
                Cell::Text(String::from_utf8_lossy(&model.model)),
            ];
            row(of, &model.totals)
        })
    })
}

/// A row for each model that has a request in the last 24 hours.
pub fn last_day(summary: &UsageSummary) -> impl Iterator<Item = Vec<Cell<'_>>> {
    let models = summary.by_model_24h.iter();
    models.map(|model| {
        let of = [Cell::Text(String::from_utf8_lossy(&model.model))];
        row(of, &model.totals)
    })
}

fn row<'a, const N: usize>(of: [Cell<'a>; N], sums: &Totals) -> Vec<Cell<'a>> {
    let sums = TOTALS.iter().map(|(_, _, sum)| sum(sums));
    of.into_iter().chain(sums).collect()
}

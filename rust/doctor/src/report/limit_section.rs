//! The section about limits and errors.

use baton_state::brief::time::span;

use super::chart::{Bars, Series};
use super::figures::{counted, grouped, share};
use super::limits::Limits;
use super::period::Period;
use super::spans::{SpanRow, Spans};
use super::table::Table;
use super::usage::{Sums, Usage, used};
use super::words;

/// Most rows of a table of spans.
const MOST_SPANS: usize = 60;
/// Most models that the chart of limits has.
const MOST_LIMITED: usize = 8;

/// How limits and errors came over time.
#[derive(Debug, Clone)]
pub struct LimitSection {
    /// Failed requests per day.
    pub chart: Bars,
    /// By day.
    pub by_day: Table,
    /// Failed requests by class.
    pub errors: Table,
    /// When models were limited; None where none was.
    pub spans: Option<Spans>,
    /// The same in numbers.
    pub spans_table: Table,
}

impl LimitSection {
    /// Of the usage and the limits of a period.
    pub fn of(usage: &Usage, limits: &[Limits], period: &Period) -> LimitSection {
        let days = &period.days;
        let series = |name, class, pick: fn(&Sums) -> u64| Series {
            name,
            class,
            values: usage.days.iter().map(pick).collect(),
        };
        let series = [
            series("turned away by a limit", "limit", |sums| sums.limited),
            series("failed otherwise", "failed", |sums| sums.errors),
        ];
        let titles = &[
            "Day",
            "#Turned away by a limit",
            "#Failed otherwise",
            "#Of all requests",
        ];
        let mut by_day = Table::new(
            "limits-days",
            "Limits and errors by day, today first",
            titles,
        );
        for (day, sums) in used(days, &usage.days) {
            let failed = sums.limited + sums.errors;
            by_day.add([
                day.to_string().into(),
                grouped(sums.limited).into(),
                grouped(sums.errors).into(),
                share(failed, sums.requests).into(),
            ]);
        }
        let titles = &["Class", "#Requests", "#Of all that failed"];
        let mut errors = Table::new("errors", "Failed requests by class", titles);
        for (class, count) in &usage.errors {
            let of_all = share(*count, usage.all.failed);
            errors.add([
                words::text(class).replace('_', " ").into(),
                grouped(*count).into(),
                of_all.into(),
            ]);
        }
        LimitSection {
            chart: Bars::new(
                "failures",
                "Failed requests per day".to_owned(),
                "failed requests",
                days,
                &series,
            ),
            by_day,
            errors,
            spans: spans(limits, period),
            spans_table: spans_table(limits, period),
        }
    }
}

/// The models that were limited longest; those beyond are in the table alone.
fn spans(limits: &[Limits], period: &Period) -> Option<Spans> {
    let mut longest: Vec<&Limits> = limits.iter().collect();
    // The sort is stable, and the models come in byte order.
    longest.sort_by_key(|limits| std::cmp::Reverse(limits.total_ms(period.now)));
    let description = format!("{} limited.", counted(limits.len(), "model"));
    let left = longest.len().saturating_sub(MOST_LIMITED);
    longest.truncate(MOST_LIMITED);
    let rows = longest.into_iter().map(|limits| SpanRow {
        name: words::text(&limits.model),
        note: format!(
            "{}, {}",
            counted(limits.spans.len(), "time"),
            span(limits.total_ms(period.now) / 1000)
        ),
        spans: limits.spans.clone(),
    });
    let rows: Vec<SpanRow> = rows.collect();
    if rows.is_empty() {
        return None;
    }
    let more = if left > 0 {
        format!(" {left} more in the table.")
    } else {
        String::new()
    };
    Some(Spans::new(
        "spans",
        "When models were limited",
        description + &more,
        period,
        rows,
    ))
}

fn spans_table(limits: &[Limits], period: &Period) -> Table {
    let titles = &["Model", "From", "Until", "#Length"];
    let mut all: Vec<(&str, i64, i64)> = limits
        .iter()
        .flat_map(|of_one| {
            of_one
                .spans
                .iter()
                .map(|(start, end)| (of_one.model.as_str(), *start, *end))
        })
        .collect();
    all.sort_by_key(|(model, start, _)| (std::cmp::Reverse(*start), *model));
    let mut table = Table::new(
        "spans-table",
        "When models were limited, newest first",
        titles,
    );
    for (model, start, end) in all.iter().take(MOST_SPANS) {
        table.add([
            words::text(model).into(),
            period.clock(*start).into(),
            period.clock(*end).into(),
            span((end - start) / 1000).into(),
        ]);
    }
    table.left_out(all.len().saturating_sub(MOST_SPANS), "older");
    table
}

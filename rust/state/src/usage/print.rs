//! The usage summary as upstream prints it.

use super::calendar::{instant, iso};
use super::json::{push_key, push_list, push_number, push_object, push_text};
use super::summary::UsageSummary;
use super::totals::{ModelTotals, Totals};

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
    push_object(&mut json, |json| push_totals(json, &summary.totals));
    push_key(&mut json, "by_day");
    push_list(&mut json, &summary.by_day, |json, day| {
        push_key(json, "day");
        push_text(json, day.day.to_string().as_bytes());
        push_totals(json, &day.totals);
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

fn push_totals(json: &mut String, totals: &Totals) {
    let numbers = [
        ("requests", totals.requests as f64),
        ("ok", totals.ok as f64),
        ("fail", totals.fail() as f64),
        ("total_tokens", totals.total_tokens),
        ("prompt_tokens", totals.prompt_tokens),
        ("completion_tokens", totals.completion_tokens),
        ("usage_reported", totals.usage_reported as f64),
        ("usage_estimated", totals.usage_estimated as f64),
        ("cost", totals.cost()),
        ("rate_limited", totals.rate_limited as f64),
        ("latency_ms_avg", totals.latency_ms_avg()),
        ("latency_ms_max", totals.latency_ms_max),
    ];
    for (key, number) in numbers {
        push_key(json, key);
        push_number(json, number);
    }
    push_key(json, "last_seen_at");
    push_text(json, totals.last_seen_at().as_bytes());
}

fn push_model(json: &mut String, model: &ModelTotals) {
    push_totals(json, &model.totals);
    push_key(json, "model");
    push_text(json, &model.model);
}

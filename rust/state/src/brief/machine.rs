//! What the machine offers: models and runtimes (BRF-014, BRF-015).

use super::escape::word;
use super::facts::{Fact, Facts};
use super::fields::{bounded, bounded_unsigned};
use super::line::Line;
use super::model_state::model_state_at;
use super::time::{ago, clock, span};
use crate::fold::DAY_MS;
use crate::proto::state::v1::{ModelHealth, ModelState, RuntimeSummary};

/// How long a model that was turned away or failed is shown, in milliseconds.
const MODEL_TROUBLE_MS: i64 = DAY_MS;

/// Models that are limited, or were turned away or failed within a day.
#[must_use]
pub fn models(facts: &Facts<'_>) -> Vec<Line> {
    let line = |Fact { value, at }: &Fact<ModelHealth>| {
        let names = [value.provider.as_deref(), value.model.as_deref()];
        let name = names
            .into_iter()
            .flatten()
            .map(word)
            .collect::<Vec<_>>()
            .join("/");
        let ago = ago(*at, facts.now);
        let trouble = match model_state_at(value, facts.now) {
            ModelState::Retry => "retry",
            ModelState::Error => "error",
            ModelState::Limited => {
                let end = match value.limit_resets_at {
                    Some(at) => format!(" until {}", clock(bounded(at), facts.now)),
                    None => format!(", end not known, {ago}"),
                };
                return Some(format!("model: {name} limited{end}").into());
            }
            _ => return None,
        };
        if facts.now.saturating_sub(*at) > MODEL_TROUBLE_MS {
            return None;
        }
        let reason = match value.last_status {
            None => String::new(),
            Some(0) => ", no answer".to_owned(),
            Some(status) => format!(", HTTP {status}"),
        };
        Some(format!("model: {name} {trouble}{reason}, {ago}").into())
    };
    facts.models.iter().filter_map(line).collect()
}

/// Runtimes as they were last seen.
#[must_use]
pub fn runtimes(facts: &Facts<'_>) -> Vec<Line> {
    let line = |Fact { value, at }: &Fact<RuntimeSummary>| {
        let mut first = word(value.name.as_deref().unwrap_or("?"));
        if let Some(version) = &value.version {
            first = format!("{first} {}", word(version));
        }
        first.push_str(match value.up {
            None => " not known",
            Some(true) => " up",
            Some(false) => " down",
        });
        if let (true, Some(uptime)) = (value.up(), value.uptime_seconds) {
            first = format!("{first} for {}", span(bounded_unsigned(uptime)));
        }
        if let Some(port) = value.port {
            first = format!("{first} on port {port}");
        }
        let mut parts = vec![first];
        if let Some(routing) = &value.routing {
            parts.push(format!("routing {}", word(routing)));
        }
        if let Some(requests) = value.requests {
            let failures = bounded_unsigned(value.failures());
            let requests = bounded_unsigned(requests);
            let window = value
                .window_seconds
                .map(|seconds| format!(" in {}", span(bounded_unsigned(seconds))));
            let window = window.unwrap_or_default();
            parts.push(format!("{failures} of {requests} requests failed{window}"));
        }
        parts.push(ago(*at, facts.now));
        format!("runtime: {}", parts.join(", ")).into()
    };
    facts.runtimes.iter().map(line).collect()
}

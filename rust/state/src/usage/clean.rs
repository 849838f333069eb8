//! The reading half of upstream's sanitizeUsageEvent (USE-010 … USE-012): what a line counts as, whatever stands in it.
//! `ts/src/usage/clean.ts` reads the same way.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::raw_line::{RawLine, read_raw_line};

/// What a summary needs of one request; numbers are JavaScript's.
#[derive(Debug, Clone, PartialEq)]
pub struct UsageEvent {
    /// Milliseconds since 1970.
    pub ts: f64,
    /// Model that was asked for, WTF-8.
    pub model: Cow<'static, [u8]>,
    /// Whether it was answered.
    pub ok: bool,
    /// Time it took in milliseconds.
    pub latency_ms: f64,
    /// Tokens altogether.
    pub total_tokens: f64,
    /// Tokens of the prompt.
    pub prompt_tokens: f64,
    /// Tokens of the answer.
    pub completion_tokens: f64,
    /// Whether the provider reported the tokens.
    pub usage_reported: bool,
    /// Whether the proxy estimated them.
    pub usage_estimated: bool,
    /// Cost; 0 where unknown.
    pub cost: f64,
    /// Whether a rate limit answered.
    pub rate_limited: bool,
}

/// What the line counts as; `now` (ms) stands in for a `ts` that is no number. None where the line is no JSON value, or
/// null: then it does not count.
pub fn clean_line(text: &str, now: f64) -> Option<UsageEvent> {
    let raw: &RawValue = serde_json::from_str(text).ok()?;
    let line = match raw.get().as_bytes().first() {
        Some(b'{') => read_raw_line(raw.get()).ok()?,
        Some(b'n') | None => return None,
        Some(_) => RawLine::default(),
    };
    let status = line.status.count();
    Some(UsageEvent {
        ts: line.ts.number().unwrap_or(now),
        model: match line.model.text(120) {
            text if text.is_empty() => Cow::Borrowed(b"unknown"),
            text => Cow::Owned(text),
        },
        ok: line.ok.is_truthy(),
        latency_ms: line.latency_ms.count(),
        total_tokens: line.total_tokens.count(),
        prompt_tokens: line.prompt_tokens.count(),
        completion_tokens: line.completion_tokens.count(),
        usage_reported: line.usage_reported.is_truthy(),
        usage_estimated: line.usage_estimated.is_truthy(),
        cost: line.cost.number().unwrap_or(0.0),
        rate_limited: line.rate_limited.is_truthy() || status == 429.0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(json: &str) -> UsageEvent {
        clean_line(json, 7.0).expect("a line")
    }

    #[test]
    fn a_line_without_fields_counts_as_a_failed_request_now() {
        let event = line("{}");
        assert_eq!(
            (event.ts, event.model.as_ref(), event.ok),
            (7.0, b"unknown".as_slice(), false)
        );
        assert_eq!(line("17"), event);
        assert_eq!(clean_line("null", 7.0), None);
        assert_eq!(clean_line(r#"{"ts":"#, 7.0), None);
    }

    #[test]
    fn the_last_of_equal_keys_counts_and_429_is_a_rate_limit() {
        let event = line(r#"{"ts":1,"ts":2,"status":"429"}"#);
        assert_eq!(event.ts, 2.0);
        assert!(event.rate_limited);
    }

    #[test]
    fn a_model_is_cut_at_120_utf16_units() {
        let long = format!(r#"{{"model":"{}\ud83d\ude00b"}}"#, "a".repeat(119));
        let mut expected = "a".repeat(119).into_bytes();
        expected.extend([0xed, 0xa0, 0xbd]);
        assert_eq!(line(&long).model.as_ref(), expected);
        assert_eq!(
            line(r#"{"model":"a\tb","\ud800":1}"#).model.as_ref(),
            b"a b"
        );
    }
}

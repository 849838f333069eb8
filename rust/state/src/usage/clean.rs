//! The reading half of upstream's sanitizeUsageEvent (USE-010 … USE-012): what a line counts as, whatever stands in it.
//! `ts/src/usage/clean.ts` reads the same way.
//!
//! Texts are JavaScript strings: WTF-8, which is UTF-8 that may hold lone surrogates, and lengths in UTF-16 units.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::json::code_points;

/// What a summary needs of one request; numbers are JavaScript's.
#[derive(Debug, Clone, PartialEq)]
pub struct UsageEvent<'a> {
    /// Milliseconds since 1970.
    pub ts: f64,
    /// Model that was asked for, WTF-8.
    pub model: Cow<'a, [u8]>,
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

/// A line that is no JSON value, or null: it does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Broken;

/// What the line counts as; `now` (ms) stands in for a `ts` that is no number.
pub fn clean_line(text: &str, now: f64) -> Result<UsageEvent<'static>, Broken> {
    let raw: &RawValue = serde_json::from_str(text).map_err(|_| Broken)?;
    let line = match raw.get().as_bytes().first() {
        Some(b'{') => read_line(raw.get())?,
        Some(b'n') | None => return Err(Broken),
        Some(_) => Line::default(),
    };
    let status = line.status.count();
    Ok(UsageEvent {
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

/// Math.round, which rounds halves up.
pub fn round(number: f64) -> f64 {
    let floor = number.floor();
    if number - floor >= 0.5 {
        floor + 1.0
    } else {
        floor
    }
}

/// A value of a line as JSON.parse gives it.
#[derive(Debug, Clone, Default, PartialEq)]
enum Value {
    #[default]
    Absent,
    Null,
    Bool(bool),
    Number(f64),
    /// WTF-8.
    Text(Vec<u8>),
    /// A list or an object.
    Compound,
}

impl Value {
    /// The finite number that it counts as, as ECMAScript's Number has it; lists and objects count as none.
    fn number(&self) -> Option<f64> {
        let number = match self {
            Self::Absent | Self::Compound => return None,
            Self::Null => 0.0,
            Self::Bool(truth) => f64::from(u8::from(*truth)),
            Self::Number(number) => *number,
            Self::Text(text) => number_of_text(std::str::from_utf8(text).ok()?)?,
        };
        // Adding 0 turns -0, which JSON prints as 0, into 0.
        number.is_finite().then_some(number + 0.0)
    }

    fn count(&self) -> f64 {
        round(self.number().unwrap_or(0.0)).max(0.0)
    }

    fn is_truthy(&self) -> bool {
        match self {
            Self::Absent | Self::Null => false,
            Self::Bool(truth) => *truth,
            Self::Number(number) => *number != 0.0,
            Self::Text(text) => !text.is_empty(),
            Self::Compound => true,
        }
    }

    /// The text that it counts as: without CR, LF and TAB, at most `units` UTF-16 units.
    fn text(&self, units: usize) -> Vec<u8> {
        let mut text = match self {
            Self::Text(text) => text.clone(),
            Self::Number(number) if *number != 0.0 => {
                super::json::number_text(*number).into_bytes()
            }
            Self::Bool(true) => b"true".to_vec(),
            _ => Vec::new(),
        };
        for byte in &mut text {
            if matches!(byte, b'\r' | b'\n' | b'\t') {
                *byte = b' ';
            }
        }
        cut(text, units)
    }
}

/// ECMAScript's StringToNumber; None for NaN.
fn number_of_text(text: &str) -> Option<f64> {
    let text = text.trim_matches(is_space);
    if text.is_empty() {
        return Some(0.0);
    }
    for (prefixes, radix) in [(["0x", "0X"], 16), (["0o", "0O"], 8), (["0b", "0B"], 2)] {
        if let Some(digits) = prefixes.iter().find_map(|prefix| text.strip_prefix(prefix)) {
            return number_of_digits(digits, radix);
        }
    }
    let is_decimal = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E'));
    // Infinity is a number to ECMAScript, but not a finite one: to every caller it is the same as NaN.
    if is_decimal { text.parse().ok() } else { None }
}

fn number_of_digits(digits: &str, radix: u32) -> Option<f64> {
    if digits.is_empty() {
        return None;
    }
    digits.chars().try_fold(0.0, |sum, digit| {
        Some(sum * f64::from(radix) + f64::from(digit.to_digit(radix)?))
    })
}

/// White space and line ends of ECMAScript, which String.prototype.trim takes off.
pub fn is_space(c: char) -> bool {
    c == '\u{feff}' || (c.is_whitespace() && c != '\u{85}')
}

/// The first UTF-16 units of a text; a character of two units that does not fit whole leaves its first half.
fn cut(text: Vec<u8>, units: usize) -> Vec<u8> {
    if text.len() <= units {
        return text;
    }
    let mut left = units;
    let mut length = 0;
    for (bytes, code_point) in code_points(&text) {
        let size = if code_point > 0xffff { 2 } else { 1 };
        if size > left {
            let mut out = text.get(..length).unwrap_or_default().to_vec();
            if left == 1 {
                let high = 0xd800 + ((code_point - 0x1_0000) >> 10);
                out.extend([
                    0xed,
                    (0x80 | ((high >> 6) & 0x3f)) as u8,
                    (0x80 | (high & 0x3f)) as u8,
                ]);
            }
            return out;
        }
        left -= size;
        length += bytes.len();
    }
    text
}

/// The known fields of a line.
#[derive(Debug, Default)]
struct Line {
    ts: Value,
    model: Value,
    status: Value,
    ok: Value,
    latency_ms: Value,
    total_tokens: Value,
    prompt_tokens: Value,
    completion_tokens: Value,
    usage_reported: Value,
    usage_estimated: Value,
    cost: Value,
    rate_limited: Value,
}

impl Line {
    fn field(&mut self, key: &[u8]) -> Option<&mut Value> {
        Some(match key {
            b"ts" => &mut self.ts,
            b"model" => &mut self.model,
            b"status" => &mut self.status,
            b"ok" => &mut self.ok,
            b"latency_ms" => &mut self.latency_ms,
            b"total_tokens" => &mut self.total_tokens,
            b"prompt_tokens" => &mut self.prompt_tokens,
            b"completion_tokens" => &mut self.completion_tokens,
            b"usage_reported" => &mut self.usage_reported,
            b"usage_estimated" => &mut self.usage_estimated,
            b"cost" => &mut self.cost,
            b"rate_limited" => &mut self.rate_limited,
            _ => return None,
        })
    }
}

fn read_line(json: &str) -> Result<Line, Broken> {
    serde_json::Deserializer::from_str(json)
        .deserialize_map(LineVisitor)
        .map_err(|_| Broken)
}

// serde_json's own values refuse what JSON.parse takes: numbers above the largest double, and lone surrogates. So
// numbers are taken as raw text, and texts and keys as bytes, for which serde_json gives WTF-8.
fn read_value(raw: &RawValue) -> Value {
    let text = raw.get();
    match text.as_bytes().first() {
        Some(b'n') | None => Value::Null,
        Some(b't') => Value::Bool(true),
        Some(b'f') => Value::Bool(false),
        Some(b'{' | b'[') => Value::Compound,
        Some(b'"') => serde_json::Deserializer::from_str(text)
            .deserialize_bytes(BytesVisitor)
            .map_or(Value::Absent, Value::Text),
        Some(_) => text.parse().map_or(Value::Absent, Value::Number),
    }
}

struct LineVisitor;

impl<'de> Visitor<'de> for LineVisitor {
    type Value = Line;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Line, A::Error> {
        let mut line = Line::default();
        while let Some(key) = map.next_key_seed(KeySeed)? {
            let value: &RawValue = map.next_value()?;
            if let Some(field) = line.field(&key) {
                *field = read_value(value);
            }
        }
        Ok(line)
    }
}

struct KeySeed;

impl<'de> DeserializeSeed<'de> for KeySeed {
    type Value = Vec<u8>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<u8>, D::Error> {
        deserializer.deserialize_bytes(BytesVisitor)
    }
}

struct BytesVisitor;

impl Visitor<'_> for BytesVisitor {
    type Value = Vec<u8>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
        Ok(bytes.to_vec())
    }

    fn visit_str<E>(self, text: &str) -> Result<Vec<u8>, E> {
        Ok(text.as_bytes().to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(json: &str) -> UsageEvent<'static> {
        clean_line(json, 7.0).expect("a line")
    }

    #[test]
    fn values_count_as_javascript_counts_them() {
        let cases = [
            ("5", Some(5.0)),
            ("-0", Some(0.0)),
            ("1e400", None),
            ("null", Some(0.0)),
            ("true", Some(1.0)),
            (r#"" 12.5\n""#, Some(12.5)),
            (r#""""#, Some(0.0)),
            (r#""0x1F""#, Some(31.0)),
            (r#""0b2""#, None),
            (r#""5.""#, Some(5.0)),
            (r#"".5e1""#, Some(5.0)),
            (r#""1_0""#, None),
            (r#""inf""#, None),
            (r#""Infinity""#, None),
            ("[5]", None),
            ("{}", None),
        ];
        for (json, expected) in cases {
            let raw: &RawValue = serde_json::from_str(json).unwrap();
            assert_eq!(read_value(raw).number(), expected, "{json}");
        }
    }

    #[test]
    fn halves_are_rounded_up() {
        let cases = [
            (0.5, 1.0),
            (-0.5, 0.0),
            (2.5, 3.0),
            (0.499_999_999_999_999_94, 0.0),
            (1e300, 1e300),
        ];
        for (number, expected) in cases {
            assert_eq!(round(number), expected);
        }
    }

    #[test]
    fn a_line_without_fields_counts_as_a_failed_request_now() {
        let event = line("{}");
        assert_eq!(
            (event.ts, event.model.as_ref(), event.ok),
            (7.0, b"unknown".as_slice(), false)
        );
        assert_eq!(line("17"), event);
        assert_eq!(clean_line("null", 7.0), Err(Broken));
        assert_eq!(clean_line(r#"{"ts":"#, 7.0), Err(Broken));
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

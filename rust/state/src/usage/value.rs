//! What a JSON value counts as in JavaScript: number, truth, text.
//!
//! Texts are JavaScript strings: WTF-8, which is UTF-8 that may hold lone surrogates, and lengths in UTF-16 units.

use std::fmt;

use serde::de::{Deserializer, Visitor};
use serde_json::value::RawValue;

use super::json::{code_points, number_text};

/// A value as JSON.parse gives it.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Value {
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
    pub fn number(&self) -> Option<f64> {
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

    /// The number that it counts as, rounded; 0 for none and for what is below.
    pub fn count(&self) -> f64 {
        round(self.number().unwrap_or(0.0)).max(0.0)
    }

    /// Whether ECMAScript takes it for true.
    pub fn is_truthy(&self) -> bool {
        match self {
            Self::Absent | Self::Null => false,
            Self::Bool(truth) => *truth,
            Self::Number(number) => *number != 0.0,
            Self::Text(text) => !text.is_empty(),
            Self::Compound => true,
        }
    }

    /// The text that it counts as: without CR, LF and TAB, at most `units` UTF-16 units.
    pub fn text(&self, units: usize) -> Vec<u8> {
        let mut text = match self {
            Self::Text(text) => text.clone(),
            Self::Number(number) if *number != 0.0 => number_text(*number).into_bytes(),
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
    for (prefixes, bits) in [(["0x", "0X"], 4), (["0o", "0O"], 3), (["0b", "0B"], 1)] {
        if let Some(digits) = prefixes.iter().find_map(|prefix| text.strip_prefix(prefix)) {
            return number_of_digits(digits, bits);
        }
    }
    let is_decimal = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E'));
    // Infinity is a number to ECMAScript, but not a finite one: to every caller it is the same as NaN.
    if is_decimal { text.parse().ok() } else { None }
}

/// The double nearest to digits of so many bits each; None where one is none, or there are none.
fn number_of_digits(digits: &str, bits: u32) -> Option<f64> {
    let mut number: u128 = 0;
    let mut exponent: i32 = 0;
    for digit in digits.chars() {
        let digit = u128::from(digit.to_digit(1 << bits)?);
        if number >> (u128::BITS - bits) == 0 {
            number = number << bits | digit;
        } else {
            // So far behind the 53 bits of a double it only counts whether anything stands there.
            number |= u128::from(digit != 0);
            exponent = exponent.saturating_add(bits as i32);
        }
    }
    (!digits.is_empty()).then(|| number as f64 * 2_f64.powi(exponent))
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

/// Math.round, which rounds halves up.
pub fn round(number: f64) -> f64 {
    let floor = number.floor();
    if number - floor >= 0.5 {
        floor + 1.0
    } else {
        floor
    }
}

/// Reads a value.
///
/// serde_json's own values refuse what JSON.parse takes: numbers above the largest double, and lone surrogates. So numbers
/// are taken as raw text, and texts as bytes, for which serde_json gives WTF-8.
pub fn read_value(raw: &RawValue) -> Value {
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

/// Takes a JSON string as WTF-8.
pub struct BytesVisitor;

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
            (r#""0x""#, None),
            (r#""0x200000000000018""#, Some(144_115_188_075_855_904.0)),
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
    fn long_digits_are_rounded_once() {
        let cases = [
            (
                format!("0b1{}101", "0".repeat(52)),
                36_028_797_018_963_976.0,
            ),
            (
                format!("0x200000000000028{}1", "0".repeat(39)),
                2.106_245_833_371_144e65,
            ),
            (
                format!("0x{}", "f".repeat(255)),
                1.123_558_209_288_947_4e307,
            ),
        ];
        for (digits, expected) in cases {
            assert_eq!(number_of_text(&digits), Some(expected), "{digits}");
        }
        let infinite = number_of_text(&format!("0x{}", "f".repeat(257)));
        assert_eq!(infinite, Some(f64::INFINITY));
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
}

//! JSON as JSON.stringify prints it. Texts are WTF-8.

use std::fmt::Write;

/// The characters of a WTF-8 text with their bytes. Bytes that are no WTF-8 count as U+FFFD, one by one.
pub fn code_points(text: &[u8]) -> impl Iterator<Item = (&[u8], u32)> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (length, code_point) = match *rest {
            [] => return None,
            [a @ 0..0x80, ..] => (1, u32::from(a)),
            [a @ 0xc2..0xe0, b @ 0x80..0xc0, ..] => (2, bits(a, 0x1f) << 6 | bits(b, 0x3f)),
            [a @ 0xe0..0xf0, b @ 0x80..0xc0, c @ 0x80..0xc0, ..] => {
                (3, bits(a, 0x0f) << 12 | bits(b, 0x3f) << 6 | bits(c, 0x3f))
            }
            [
                a @ 0xf0..0xf5,
                b @ 0x80..0xc0,
                c @ 0x80..0xc0,
                d @ 0x80..0xc0,
                ..,
            ] => (
                4,
                bits(a, 0x07) << 18 | bits(b, 0x3f) << 12 | bits(c, 0x3f) << 6 | bits(d, 0x3f),
            ),
            _ => (1, 0xfffd),
        };
        let (bytes, after) = rest.split_at(length);
        rest = after;
        Some((bytes, code_point))
    })
}

fn bits(byte: u8, mask: u8) -> u32 {
    u32::from(byte & mask)
}

/// Appends a text in quotes; control characters and lone surrogates are escaped.
pub fn push_text(json: &mut String, text: &[u8]) {
    json.push('"');
    for (_, code_point) in code_points(text) {
        match code_point {
            0x22 => json.push_str("\\\""),
            0x5c => json.push_str("\\\\"),
            0x08 => json.push_str("\\b"),
            0x09 => json.push_str("\\t"),
            0x0a => json.push_str("\\n"),
            0x0c => json.push_str("\\f"),
            0x0d => json.push_str("\\r"),
            0..0x20 | 0xd800..0xe000 => {
                // Writing to a String cannot fail.
                let _ = write!(json, "\\u{code_point:04x}");
            }
            _ => json.push(char::from_u32(code_point).unwrap_or('\u{fffd}')),
        }
    }
    json.push('"');
}

/// Appends a number; infinities and NaN are null.
pub fn push_number(json: &mut String, number: f64) {
    if number.is_finite() {
        json.push_str(ryu_js::Buffer::new().format_finite(number));
    } else {
        json.push_str("null");
    }
}

/// Appends a list of objects; `push` appends the members of one.
pub fn push_list<T>(json: &mut String, list: &[T], push: impl Fn(&mut String, &T)) {
    json.push('[');
    for (i, element) in list.iter().enumerate() {
        if i > 0 {
            json.push(',');
        }
        push_object(json, |json| push(json, element));
    }
    json.push(']');
}

/// Appends an object; `push` appends its members.
pub fn push_object(json: &mut String, push: impl FnOnce(&mut String)) {
    json.push('{');
    push(json);
    json.push('}');
}

/// Appends a key, with a comma before it unless it is the first of its object. Keys need no escapes.
pub fn push_key(json: &mut String, key: &str) {
    if !json.ends_with('{') {
        json.push(',');
    }
    json.push('"');
    json.push_str(key);
    json.push_str("\":");
}

/// A finite number as ECMAScript's String prints it.
pub fn number_text(number: f64) -> String {
    ryu_js::Buffer::new().format(number).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_texts_print_as_in_javascript() {
        let cases = [
            (0.0, "0"),
            (-0.0, "0"),
            (0.000_001, "0.000001"),
            (1e-7, "1e-7"),
            (1e21, "1e+21"),
            (123.456, "123.456"),
            (f64::INFINITY, "null"),
        ];
        for (number, expected) in cases {
            let mut json = String::new();
            push_number(&mut json, number);
            assert_eq!(json, expected);
        }
        let mut json = String::new();
        push_text(&mut json, b"a\"\\\x01\n\xed\xa0\xbd \xc3\xa9");
        assert_eq!(json, "\"a\\\"\\\\\\u0001\\n\\ud83d é\"");
    }
}

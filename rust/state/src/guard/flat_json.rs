//! JSON (RFC 8259) of one object whose values are all strings, over bytes. The parsers of the run times differ on what is at
//! the edge: names that stand twice, lone surrogates, control bytes, depth. This one refuses all of it.

/// Name and value of each member, in order.
pub type Members = Vec<(String, Vec<u8>)>;

/// Parses UTF-8; `None` where it is anything but one object of strings with different names.
pub fn parse_flat_json(text: &str) -> Option<Members> {
    let text = text.as_bytes();
    let mut members = Members::new();
    let mut at = take(text, behind_blank(text, 0), b'{')?;
    let is_end = |at: usize| behind_blank(text, at + 1) == text.len();
    if text.get(at) == Some(&b'}') {
        return is_end(at).then_some(members);
    }
    loop {
        let (name, name_end) = read_string(text, at)?;
        at = take(text, behind_blank(text, name_end), b':')?;
        let (value, value_end) = read_string(text, at)?;
        let name = String::from_utf8(name).ok()?;
        if members.iter().any(|(known, _)| *known == name) {
            return None;
        }
        members.push((name, value));
        at = behind_blank(text, value_end);
        if text.get(at) == Some(&b'}') {
            return is_end(at).then_some(members);
        }
        at = take(text, at, b',')?;
    }
}

fn behind_blank(text: &[u8], at: usize) -> usize {
    let blank = |byte: &&u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
    at + text.iter().skip(at).take_while(blank).count()
}

/// Offset behind the byte at `at` and the white space that follows, `None` where another byte stands there.
fn take(text: &[u8], at: usize, byte: u8) -> Option<usize> {
    (text.get(at) == Some(&byte)).then(|| behind_blank(text, at + 1))
}

/// Reads the string whose quote stands at `start`: its bytes, which are UTF-8, and the offset behind it.
fn read_string(text: &[u8], start: usize) -> Option<(Vec<u8>, usize)> {
    let mut at = take_quote(text, start)?;
    let mut bytes = Vec::new();
    loop {
        match *text.get(at)? {
            b'"' => return Some((bytes, at + 1)),
            0..=0x1f => return None,
            b'\\' => at = read_escape(text, at, &mut bytes)?,
            byte => {
                bytes.push(byte);
                at += 1;
            }
        }
    }
}

fn take_quote(text: &[u8], at: usize) -> Option<usize> {
    (text.get(at) == Some(&b'"')).then_some(at + 1)
}

/// Reads the escape at `at` and gives the offset behind it. A surrogate counts only in a pair.
fn read_escape(text: &[u8], at: usize, bytes: &mut Vec<u8>) -> Option<usize> {
    let simple = match text.get(at + 1)? {
        byte @ (b'"' | b'\\' | b'/') => Some(*byte),
        b'b' => Some(0x08),
        b'f' => Some(0x0c),
        b'n' => Some(b'\n'),
        b'r' => Some(b'\r'),
        b't' => Some(b'\t'),
        _ => None,
    };
    if let Some(byte) = simple {
        bytes.push(byte);
        return Some(at + 2);
    }
    let unit = read_unit(text, at)?;
    let (code, end) = if (0xd800..0xdc00).contains(&unit) {
        let low = read_unit(text, at + 6).filter(|low| (0xdc00..0xe000).contains(low))?;
        (0x1_0000 + (unit - 0xd800) * 0x400 + (low - 0xdc00), at + 12)
    } else {
        (unit, at + 6)
    };
    let mut buffer = [0; 4];
    bytes.extend_from_slice(char::from_u32(code)?.encode_utf8(&mut buffer).as_bytes());
    Some(end)
}

/// The UTF-16 unit of the \uXXXX at `at`.
fn read_unit(text: &[u8], at: usize) -> Option<u32> {
    let digits = text.get(at..at + 6)?.strip_prefix(b"\\u")?;
    digits.iter().try_fold(0, |unit, byte| {
        Some(unit * 16 + char::from(*byte).to_digit(16)?)
    })
}

//! Numbers as people read them, with a no-break space before their unit.

/// A number with its thousands apart: "1,234,567".
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number in three digits at most: "12.3 M". From a thousand on it is rounded.
pub fn short(number: u64) -> String {
    scaled(
        number,
        1000.0,
        &[
            "", "\u{a0}k", "\u{a0}M", "\u{a0}B", "\u{a0}T", "\u{a0}P", "\u{a0}E",
        ],
    )
}

/// A size: "12.3 KiB". From 1024 bytes on it is rounded.
pub fn bytes(number: u64) -> String {
    let units = [
        "\u{a0}bytes",
        "\u{a0}KiB",
        "\u{a0}MiB",
        "\u{a0}GiB",
        "\u{a0}TiB",
        "\u{a0}PiB",
        "\u{a0}EiB",
    ];
    scaled(number, 1024.0, &units)
}

fn scaled(number: u64, step: f64, units: &[&str]) -> String {
    let mut value = number as f64;
    let mut units = units.iter();
    let mut unit = units.next().copied().unwrap_or_default();
    // What would be rounded up to the next unit belongs to it.
    while value >= step - 0.5 {
        let Some(next) = units.next() else { break };
        value /= step;
        unit = next;
    }
    if value == number as f64 {
        format!("{number}{unit}")
    } else if value < 9.95 {
        format!("{value:.1}{unit}")
    } else {
        format!("{value:.0}{unit}")
    }
}

/// A part of a whole: "3.1 %", "under 0.1\u{a0}%"; "0\u{a0}%" of nothing.
pub fn share(part: u64, whole: u64) -> String {
    let percent = 100.0 * part as f64 / whole.max(1) as f64;
    match percent {
        _ if part == 0 => "0\u{a0}%".to_owned(),
        _ if part == whole => "100\u{a0}%".to_owned(),
        percent if percent < 0.1 => "under 0.1\u{a0}%".to_owned(),
        percent if percent > 99.9 => "over 99.9\u{a0}%".to_owned(),
        percent => format!("{percent:.1}\u{a0}%"),
    }
}

/// A count with its noun: "1 check", "2 checks".
pub fn counted(count: usize, noun: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{} {noun}{ending}", grouped(count as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_never_rounded_to_the_next_unit() {
        let cases = [
            (0, "0", "0"),
            (999, "999", "999"),
            (1000, "1,000", "1.0\u{a0}k"),
            (9_949, "9,949", "9.9\u{a0}k"),
            (999_499, "999,499", "999\u{a0}k"),
            (999_500, "999,500", "1.0\u{a0}M"),
            (1_234_567, "1,234,567", "1.2\u{a0}M"),
            (u64::MAX, "18,446,744,073,709,551,615", "18\u{a0}E"),
        ];
        for (number, with_commas, in_short) in cases {
            assert_eq!(
                (grouped(number).as_str(), short(number).as_str()),
                (with_commas, in_short)
            );
        }
        assert_eq!(bytes(1023), "1023\u{a0}bytes");
        assert_eq!(bytes(1024), "1.0\u{a0}KiB");
        assert_eq!(bytes(12 << 20), "12\u{a0}MiB");
    }

    #[test]
    fn a_share_is_none_or_all_only_where_it_is() {
        let cases = [
            (0, 0, "0\u{a0}%"),
            (0, 9, "0\u{a0}%"),
            (9, 9, "100\u{a0}%"),
            (1, 3, "33.3\u{a0}%"),
            (1, 100_000, "under 0.1\u{a0}%"),
            (99_999, 100_000, "over 99.9\u{a0}%"),
        ];
        for (part, whole, text) in cases {
            assert_eq!(share(part, whole), text);
        }
    }
}

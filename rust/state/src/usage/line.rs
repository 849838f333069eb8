//! Lines of usage.jsonl, read in place and as leniently as upstream reads them (USE-036).

pub use super::clean::UsageEvent;
use super::clean::clean_line;
use super::value::is_space;

/// Events of a whole file in the order of its lines. Broken lines do not count; a last line without a newline does.
/// `now` (milliseconds since 1970) stands in where a line has no time.
pub fn events_of_text(bytes: &[u8], now: i64) -> impl Iterator<Item = UsageEvent> {
    bytes
        .split(|byte| *byte == b'\n')
        .filter_map(move |line| event_of_line(line, now as f64))
}

fn event_of_line(line: &[u8], now: f64) -> Option<UsageEvent> {
    let text = String::from_utf8_lossy(line);
    if text.trim_matches(is_space).is_empty() {
        return None;
    }
    clean_line(&text, now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_lines_do_not_count_and_a_last_line_without_newline_does() {
        let text = b"{\"ts\":1}\r\n\n  \n{\"ts\":\nnull\n\xef\xbb\xbf{\"ts\":2}\n{\"model\":\"\xff\"}\n{\"ts\":3}";
        let times: Vec<f64> = events_of_text(text, 9).map(|event| event.ts).collect();
        assert_eq!(times, [1.0, 9.0, 3.0]);
    }
}

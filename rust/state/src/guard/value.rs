//! The value behind a name: name, operator, scheme, quotes (PRV-042). Assignments, named rules and pairs share it.

use std::ops::Range;

use super::automaton::starts_with;
use super::byte_set::{ALPHANUMERIC, ByteSet};
use super::steps::Steps;
use crate::proto::guard::v1 as pack;

const MOST_GAP: usize = 16;
const MOST_FILLER: usize = 24;
const MOST_OPEN_FILLER: usize = 32;
const MOST_NAME: usize = 48;
const MOST_VALUE: usize = 512;
const MOST_TYPE: usize = 24;
static BLANK: ByteSet = ByteSet::parse(" \t");
static NAME: ByteSet = ByteSet::parse("A-Za-z0-9_-");
static OPEN_NAME: ByteSet = ByteSet::parse("A-Za-z0-9_.-");
/// What names of types are made of, in Go, Rust, Kotlin, TypeScript.
static TYPE: ByteSet = ByteSet::parse("A-Za-z0-9_&*<>[].?");
const VALUE_WORD: &[u8] = b"value";

/// What may follow the known part of a name.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum NameEnd {
    /// Nothing, or `_` or `-` and more of a name; blanks are operator enough for flags.
    Word,
    /// As `Word`, and blanks are operator enough.
    Spaced,
    /// More of a name at once, as in datadogApiKey; blanks are operator enough for flags.
    Open,
}

/// How names and values stand together, compiled.
pub struct ValueForm {
    operators: Vec<String>,
    schemes: Vec<String>,
    quotes: ByteSet,
    stops: ByteSet,
    trailing: ByteSet,
}

impl ValueForm {
    /// Compiles how names and values stand together.
    pub fn compile(rule: &pack::AssignmentRule) -> Self {
        let mut operators = rule.operators.clone();
        operators.sort_by_key(|operator| std::cmp::Reverse(operator.len()));
        let stops = ByteSet::parse(rule.stops());
        Self {
            operators,
            schemes: rule.schemes.clone(),
            quotes: ByteSet::parse(rule.quotes()),
            stops: ByteSet::of(|byte| byte <= b' ' || byte == 0x7f || stops.has(byte)),
            trailing: ByteSet::parse(rule.trailing()),
        }
    }

    /// The value of the name whose known part stands at `name`; `None` where no operator follows it, or it is a call.
    pub fn value_behind(
        &self,
        name_end: NameEnd,
        text: &[u8],
        name: &Range<usize>,
        steps: &mut Steps,
    ) -> Option<Range<usize>> {
        let at = self.behind_scheme(text, self.start_of_value(name_end, text, name)?);
        let escaped = text.get(at) == Some(&b'\\') && self.quotes.has_at(text, at + 1);
        let quote_at = at + usize::from(escaped);
        let quote = text.get(quote_at).filter(|byte| self.quotes.has(**byte));
        let (from, to) = match quote {
            Some(quote) => {
                let from = self.behind_scheme(text, quote_at + 1);
                (from, end_of_quoted(text, from, *quote, escaped))
            }
            None => (at, self.end_of_bare(text, at)),
        };
        steps.take(to - name.start);
        let is_call = quote.is_none() && text.get(to) == Some(&b'(');
        (!is_call).then_some(from..to)
    }

    /// Offset behind name and operator; `None` where no operator follows the name.
    fn start_of_value(&self, name_end: NameEnd, text: &[u8], name: &Range<usize>) -> Option<usize> {
        let mut at = name.end;
        if name_end == NameEnd::Open {
            at = run_end(&OPEN_NAME, text, at, MOST_OPEN_FILLER);
        } else if matches!(text.get(at), Some(b'_' | b'-')) {
            at = run_end(&NAME, text, at, MOST_FILLER);
        } else if ALPHANUMERIC.has_at(text, at) {
            return None;
        }
        let name_stop = at;
        if text.get(at) == Some(&b'\\') && self.quotes.has_at(text, at + 1) {
            at += 2;
        } else if self.quotes.has_at(text, at) {
            at += 1;
        }
        let is_quoted_name = at > name_stop;
        if text.get(at) == Some(&b']') {
            at += 1;
        }
        let gap_end = behind_gap(text, at);
        if let Some(value_at) = self.behind_operator(text, gap_end) {
            return Some(self.behind_type(text, value_at).unwrap_or(value_at));
        }
        let is_blank = gap_end > at;
        let other = if is_quoted_name {
            self.behind_member(text, gap_end)
        } else if is_blank {
            self.behind_type(text, gap_end)
        } else {
            None
        };
        let is_spaced = || name_end == NameEnd::Spaced || is_flag(text, name.start);
        other.or_else(|| (is_blank && is_spaced()).then_some(gap_end))
    }

    /// Offset behind the longest operator at `at` and the blanks that follow. A double colon is none.
    fn behind_operator(&self, text: &[u8], at: usize) -> Option<usize> {
        let operator = self
            .operators
            .iter()
            .find(|operator| starts_with(text, at, operator.as_bytes()))?;
        let is_path = operator == ":" && text.get(at + 1) == Some(&b':');
        (!is_path).then(|| behind_gap(text, at + operator.len()))
    }

    /// Offset of the quote behind a type and an equals sign, as in `string = "`.
    fn behind_type(&self, text: &[u8], at: usize) -> Option<usize> {
        let end = run_end(&TYPE, text, at, MOST_TYPE);
        let sign = behind_gap(text, end);
        if end == at || text.get(sign) != Some(&b'=') {
            return None;
        }
        let quote_at = behind_gap(text, sign + 1);
        self.quotes.has_at(text, quote_at).then_some(quote_at)
    }

    /// Offset of the quote of what stands beside a quoted name: `"name", "`, `"name" value="`, `"name","value":"`.
    fn behind_member(&self, text: &[u8], at: usize) -> Option<usize> {
        let is_next = text.get(at) == Some(&b',');
        let start = if is_next {
            behind_gap(text, at + 1)
        } else {
            at
        };
        let is_quote = self.quotes.has_at(text, start);
        let next = (is_next && is_quote).then_some(start);
        let word = start + usize::from(is_quote);
        if !starts_with(text, word, VALUE_WORD) {
            return next;
        }
        let end = word + VALUE_WORD.len();
        let end = end + usize::from(self.quotes.has_at(text, end));
        self.behind_operator(text, behind_gap(text, end))
            .filter(|quote_at| self.quotes.has_at(text, *quote_at))
            .or(next)
    }

    /// Offset behind a scheme such as Bearer and the blanks that follow; `at` where none stands there.
    fn behind_scheme(&self, text: &[u8], at: usize) -> usize {
        let scheme = self.schemes.iter().find(|scheme| {
            starts_with(text, at, scheme.as_bytes()) && BLANK.has_at(text, at + scheme.len())
        });
        scheme.map_or(at, |scheme| behind_gap(text, at + scheme.len()))
    }

    fn end_of_bare(&self, text: &[u8], from: usize) -> usize {
        let length = text
            .iter()
            .skip(from)
            .take(MOST_VALUE)
            .take_while(|byte| !self.stops.has(**byte))
            .count();
        let mut at = from + length;
        while at > from && self.trailing.has_before(text, at) {
            at -= 1;
        }
        at
    }
}

/// Whether the name around `at` starts with a hyphen, as a flag does.
fn is_flag(text: &[u8], at: usize) -> bool {
    let mut start = at;
    while at - start < MOST_NAME && NAME.has_before(text, start) {
        start -= 1;
    }
    text.get(start) == Some(&b'-')
}

fn behind_gap(text: &[u8], at: usize) -> usize {
    run_end(&BLANK, text, at, MOST_GAP)
}

/// Offset behind the run of at most `most` members that starts at `at`.
fn run_end(set: &ByteSet, text: &[u8], at: usize, most: usize) -> usize {
    at + text
        .iter()
        .skip(at)
        .take(most)
        .take_while(|byte| set.has(**byte))
        .count()
}

fn end_of_quoted(text: &[u8], from: usize, quote: u8, escaped: bool) -> usize {
    let ends =
        |byte: u8| byte == quote || matches!(byte, b'\n' | b'\r') || (escaped && byte == b'\\');
    from + text
        .iter()
        .skip(from)
        .take(MOST_VALUE)
        .take_while(|byte| !ends(**byte))
        .count()
}

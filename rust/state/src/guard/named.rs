//! Secrets that are known by a vendor's name before them and by their form (PRV-047), and pairs NAME:VALUE (PRV-048).

use std::ops::Range;

use super::assignment::{Assignment, is_secret_like};
use super::byte_set::ByteSet;
use super::finding::Finding;
use super::placeholder::Placeholders;
use super::steps::Steps;
use super::token::{Run, behind_runs, is_mixed};
use super::value::{NameEnd, ValueForm};
use crate::proto::guard::v1::NamedRule;

static NAME: ByteSet = ByteSet::parse("A-Za-z0-9_-");

/// A named rule, compiled.
pub struct Named {
    id: String,
    runs: Vec<Run>,
    mixed: bool,
}

impl Named {
    /// Compiles a named rule.
    pub fn compile(rule: &NamedRule) -> Self {
        Self {
            id: rule.id().to_owned(),
            runs: rule.parts.iter().map(Run::compile).collect(),
            mixed: rule.mixed(),
        }
    }

    /// The value of the name at `name`, if all of it, or all of it before a slash, has the form.
    pub fn find(
        &'static self,
        form: &ValueForm,
        placeholders: &Placeholders,
        text: &[u8],
        name: &Range<usize>,
        steps: &mut Steps,
    ) -> Option<Finding> {
        let range = form.value_behind(NameEnd::Open, text, name, steps)?;
        let end = behind_runs(&self.runs, text, range.start, steps)?;
        if end != range.end && (end > range.end || text.get(end) != Some(&b'/')) {
            return None;
        }
        let value = text.get(range.start..end)?;
        let is_secret = (!self.mixed || is_mixed(value)) && !placeholders.is_filler(value);
        is_secret.then(|| Finding::on(&self.id, range.start, end))
    }
}

/// NAME:VALUE behind the flag at `flag`, if the value looks like a secret. A URL is no pair.
pub fn find_pair(
    assignment: &Assignment,
    placeholders: &Placeholders,
    text: &[u8],
    flag: &Range<usize>,
    steps: &mut Steps,
) -> Option<Finding> {
    if NAME.has_before(text, flag.start) {
        return None;
    }
    let range = assignment
        .form
        .value_behind(NameEnd::Spaced, text, flag, steps)?;
    let pair = text.get(range.clone())?;
    let colon = pair.iter().position(|byte| *byte == b':');
    steps.take(colon.unwrap_or(pair.len()));
    let value = pair.get(colon? + 1..)?;
    let is_secret = value.len() >= assignment.min_bytes
        && !value.starts_with(b"//")
        && is_secret_like(value)
        && !placeholders.is_placeholder(value);
    is_secret.then(|| Finding::on("pair", range.end - value.len(), range.end))
}

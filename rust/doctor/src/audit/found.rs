//! What an audit gathers: findings, warnings, counts.

use std::collections::{BTreeMap, BTreeSet};

use baton_state::proto::segment::v1::FindingType;
use baton_state::record::schema::{ErrorTable, TextClass};

/// More findings, or warnings, than this are only counted.
pub const MOST_LISTED: usize = 10_000;

/// What must not lie where it lies, in the order in which it is printed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// File, relative to the state directory.
    pub file: String,
    /// Offset in the file, for the order alone; 0 for a whole file.
    pub at: u64,
    /// Path of the field, where it is one.
    pub field: Option<String>,
    /// First byte and the one behind the last: in the field, else in the file.
    pub range: Option<(u64, u64)>,
    /// Rule of the guard.
    pub rule: &'static str,
    /// Frame or range of a segment that holds it.
    pub frame: Option<Frame>,
    /// What it is.
    pub code: Code,
}

/// A frame or range of a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Frame {
    /// Its offset in the file.
    pub offset: u64,
    /// What the scan says of it; None for a header.
    pub part: Option<FindingType>,
    /// Sequence number of a record.
    pub seq: Option<u64>,
}

/// An error code, ordered by its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code(pub &'static ErrorTable);

impl PartialOrd for Code {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Code {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.id.cmp(other.0.id)
    }
}

/// What could not be looked at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Warning {
    /// File, relative to the state directory.
    pub file: String,
    /// From which byte on, where it is a part of the file.
    pub start: Option<u64>,
    /// Why.
    pub reason: String,
}

/// What an audit gathers, or one thread of it.
#[derive(Debug, Default)]
pub struct Found {
    findings: Vec<Finding>,
    /// How many there were.
    pub findings_total: u64,
    warnings: Vec<Warning>,
    /// How many there were.
    pub warnings_total: u64,
    /// Findings by rule.
    pub rules: BTreeMap<&'static str, u64>,
    /// Segment files, and their bytes.
    pub segments: Sum,
    /// Frames that prove.
    pub frames: u64,
    /// Texts that were judged, by the place of their class in `CLASSES`.
    pub fields: [Sum; CLASSES.len()],
    /// Bytes of segments of which no field is known.
    pub unjudged: u64,
    /// Other files.
    pub others: Sum,
    /// Offsets of all frames that hold a finding, headers left out; None where nobody asks for them.
    pub offsets: Option<BTreeSet<u64>>,
}

/// A number of things, and their bytes.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Sum {
    /// How many.
    pub count: u64,
    /// Their bytes.
    pub bytes: u64,
}

impl Sum {
    /// Adds one.
    pub fn add(&mut self, bytes: u64) {
        self.join(Sum { count: 1, bytes });
    }

    fn join(&mut self, other: Sum) {
        self.count += other.count;
        self.bytes += other.bytes;
    }
}

/// The classes in the order of the schema.
pub const CLASSES: [TextClass; 9] = [
    TextClass::Enum,
    TextClass::Ident,
    TextClass::Digest,
    TextClass::RepoPath,
    TextClass::Ref,
    TextClass::Url,
    TextClass::Command,
    TextClass::Note,
    TextClass::Opaque,
];

impl Found {
    /// One that keeps the offsets of all frames.
    pub fn with_offsets() -> Found {
        Found {
            offsets: Some(BTreeSet::new()),
            ..Found::default()
        }
    }

    /// Adds a finding.
    pub fn add(&mut self, finding: Finding) {
        *self.rules.entry(finding.rule).or_default() += 1;
        self.findings_total += 1;
        if let (Some(offsets), Some(frame)) = (&mut self.offsets, finding.frame)
            && frame.part.is_some()
        {
            offsets.insert(frame.offset);
        }
        keep(&mut self.findings, [finding]);
    }

    /// Adds a warning.
    pub fn warn(&mut self, file: &str, start: Option<u64>, reason: impl Into<String>) {
        self.warnings_total += 1;
        let warning = Warning {
            file: file.to_owned(),
            start,
            reason: reason.into(),
        };
        keep(&mut self.warnings, [warning]);
    }

    /// Counts a text that was judged.
    pub fn count(&mut self, class: TextClass, text: &[u8]) {
        let place = CLASSES.iter().position(|known| *known == class);
        if let Some(sum) = place.and_then(|place| self.fields.get_mut(place)) {
            sum.add(text.len() as u64);
        }
    }

    /// Adds what another thread gathered.
    pub fn join(&mut self, other: Found) {
        self.findings_total += other.findings_total;
        keep(&mut self.findings, other.findings);
        self.warnings_total += other.warnings_total;
        keep(&mut self.warnings, other.warnings);
        for (rule, count) in other.rules {
            *self.rules.entry(rule).or_default() += count;
        }
        self.segments.join(other.segments);
        self.frames += other.frames;
        for (sum, other) in self.fields.iter_mut().zip(other.fields) {
            sum.join(other);
        }
        self.unjudged += other.unjudged;
        self.others.join(other.others);
    }

    /// The first findings in order.
    pub fn findings(&mut self) -> &[Finding] {
        first(&mut self.findings);
        &self.findings
    }

    /// The first warnings in order.
    pub fn warnings(&mut self) -> &[Warning] {
        first(&mut self.warnings);
        &self.warnings
    }
}

/// Adds to a list of which the first in order matter, and which does not grow without end.
fn keep<T: Ord>(list: &mut Vec<T>, more: impl IntoIterator<Item = T>) {
    for one in more {
        list.push(one);
        if list.len() > 2 * MOST_LISTED {
            first(list);
        }
    }
}

fn first<T: Ord>(list: &mut Vec<T>) {
    list.sort_unstable();
    list.truncate(MOST_LISTED);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_warnings_the_first_in_order_are_kept_and_all_are_counted() {
        let mut found = Found::default();
        let count = 3 * MOST_LISTED as u64 + 5;
        for n in (0..count).rev() {
            found.warn("x", Some(n), "so");
        }
        assert_eq!(found.warnings_total, count);
        let starts = found.warnings().iter().map(|warning| warning.start);
        assert!(starts.eq((0..MOST_LISTED as u64).map(Some)));
    }
}

//! What the guard says: findings and judgements.

/// What happens to a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// It may be stored as it is.
    Allow,
    /// It may be stored in the redacted form.
    Redact,
    /// It may not be stored.
    Reject,
}

/// One reason, as baton.guard.v1.Finding. Ordered by start, end, rule; those without offsets come first (PRV-004).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// Start and end in bytes of the original text; absent where there is no one place.
    pub place: Option<(usize, usize)>,
    /// Id of the rule.
    pub rule: &'static str,
}

/// The verdict on a text; never holds a part of what was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// What happens.
    pub action: Action,
    /// Why, in order.
    pub findings: Vec<Finding>,
    /// The form that may be stored; only where the action is `Redact`.
    pub output: Option<String>,
}

impl Finding {
    /// A finding without a place.
    #[must_use]
    pub fn new(rule: &'static str) -> Self {
        Self { place: None, rule }
    }

    /// A finding on `start..end`.
    #[must_use]
    pub fn on(rule: &'static str, start: usize, end: usize) -> Self {
        Self {
            place: Some((start, end)),
            rule,
        }
    }

    /// A finding on the character at `at`; without a place where the text ends before it.
    #[must_use]
    pub fn at(rule: &'static str, text: &[u8], at: usize) -> Self {
        if at >= text.len() {
            return Self::new(rule);
        }
        let mut end = at + 1;
        while text.get(end).is_some_and(|byte| byte & 0xc0 == 0x80) {
            end += 1;
        }
        Self::on(rule, at, end)
    }
}

/// Sorts findings and leaves out repeats (PRV-004).
#[must_use]
pub fn in_order(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.sort_unstable();
    findings.dedup();
    findings
}

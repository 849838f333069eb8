//! A line of a brief.

use super::escape::word;
use crate::proto::state::v1::JudgedValidation;

/// A line of the brief; a line about a validation carries it with its verdict.
#[derive(Debug, Clone, Default)]
pub struct Line {
    /// The text, without line feed.
    pub text: String,
    /// The validation that it is about.
    pub validation: Option<JudgedValidation>,
}

impl From<String> for Line {
    fn from(text: String) -> Self {
        Self {
            text,
            validation: None,
        }
    }
}

/// A commit by its first seven characters.
#[must_use]
pub fn short_id(commit: &str) -> String {
    word(&commit.chars().take(7).collect::<String>())
}

//! Secrets that the texts of one record make together, one behind the other (PRV-120).

use super::judge::is_place_of_words;
use super::knowledge::knowledge;
use super::known::Known;
use super::steps::Steps;
use crate::record::schema::{IdentShape, TextClass, TextPolicy};

/// More than a record can hold.
const MOST_BYTES: usize = 8192;
const MOST_TEXTS: usize = 1024;

/// The texts of a record, joined without what stands between them.
#[derive(Default)]
pub struct Neighbours {
    joined: Vec<u8>,
    /// Where each text ends in `joined`.
    ends: Vec<usize>,
}

impl Neighbours {
    /// Takes the next text of the record, as it will be stored.
    pub fn add(&mut self, policy: &TextPolicy<'_>, text: &[u8]) {
        let is_free = policy.class == TextClass::Command
            || policy.shape == IdentShape::Model
            || is_place_of_words(policy);
        let fits = self.ends.len() < MOST_TEXTS && self.joined.len() + text.len() <= MOST_BYTES;
        if is_free && fits {
            self.joined.extend_from_slice(text);
            self.ends.push(self.joined.len());
        }
    }

    /// Whether two or more of the texts make a secret together.
    pub fn is_split_secret(&self, known: Option<&Known>) -> bool {
        let Some((_, boundaries)) = self.ends.split_last() else {
            return false;
        };
        if boundaries.is_empty() {
            return false;
        }
        let found = knowledge().and_then(|knows| {
            let steps = &mut Steps::of(&self.joined);
            knows.secrets.find_tokens(&self.joined, steps, known)
        });
        let is_across = |start, end| {
            boundaries
                .iter()
                .any(|boundary| start < *boundary && *boundary < end)
        };
        found.is_none_or(|findings| {
            let mut places = findings.iter().filter_map(|finding| finding.place);
            places.any(|(start, end)| is_across(start, end))
        })
    }
}

//! Coordinates in charts.

use std::fmt;

/// A coordinate, which prints with two places at most.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place(pub f64);

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{:.2}", self.0);
        out.write_str(text.trim_end_matches('0').trim_end_matches('.'))
    }
}

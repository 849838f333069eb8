//! What every command works with.

use baton_state::home::Home;
use baton_state::index::loaded::Places;

use crate::output::Output;

/// What every command works with.
pub struct Context {
    /// The state directory.
    pub home: Home,
    /// The instant of the command: milliseconds since 1970, fixed by BATON_NOW.
    pub now: i64,
    /// Where it writes to.
    pub out: Output,
}

impl Context {
    /// Where segments and index lie.
    pub fn places(&self) -> Places {
        Places {
            segments: self.home.segments(),
            index: self.home.dir().join("index.redb"),
        }
    }
}

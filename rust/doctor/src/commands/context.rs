//! What every command works with.

use baton_native::output::Output;
use baton_state::home::Home;

/// What every command works with.
pub struct Context {
    /// The state directory.
    pub home: Home,
    /// The instant of the command: milliseconds since 1970, fixed by BATON_NOW.
    pub now: i64,
    /// Where it writes to.
    pub out: Output,
}

//! Why the launcher stopped before the agent had its turn.

use baton_native::failure::Failure;
use baton_state::record::error::BatonError;

/// Why the launcher stopped.
#[derive(Debug)]
pub enum Stop {
    /// Something is missing or failed.
    Failure(Failure),
    /// A signal of this number asked for it.
    Signal(i32),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Stop::Failure(failure)
    }
}

impl From<BatonError> for Stop {
    fn from(error: BatonError) -> Self {
        Stop::Failure(error.into())
    }
}

//! Whether a model can be used at an instant (BRF-050).

use super::fields::bounded;
use crate::proto::state::v1::{ModelHealth, ModelState};

/// The state of a model at `now`: limited while its reset lies ahead, or where it is limited and nobody said until
/// when. A limit that is over leaves what the last status says.
#[must_use]
pub fn model_state_at(health: &ModelHealth, now: i64) -> ModelState {
    let resets_at = health.limit_resets_at.map(bounded);
    if resets_at.is_some_and(|at| at > now) {
        return ModelState::Limited;
    }
    match health.state() {
        ModelState::Unspecified => ModelState::Untested,
        ModelState::Limited if resets_at.is_some() => match health.last_status.unwrap_or(429) {
            429 => ModelState::Retry,
            200..=299 => ModelState::Available,
            _ => ModelState::Error,
        },
        state => state,
    }
}

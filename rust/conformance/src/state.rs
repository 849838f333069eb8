//! The folded state that `read` and `brief` answer with.

use std::error::Error;

use baton_state::fold::state::{State, state_of};
use baton_state::fold::status::status_of;
use baton_state::fold::usage_window::{UsageWindow, count_usage, create_usage_window, usage_of};
use baton_state::fold::{Fold, create_fold, fold_record};
use baton_state::json::json_of_bytes;
use baton_state::proto::state::v1::{Health, RetentionOverride};
use baton_state::segment::folder::PlacedRecord;

/// Records, folded at an instant.
pub struct Folded<'a> {
    retention: &'a [RetentionOverride],
    fold: Fold<'a>,
    window: UsageWindow<'a>,
}

/// Folds records at an instant.
pub fn folded<'a>(
    records: impl Iterator<Item = PlacedRecord<'a>>,
    now: i64,
    retention: &'a [RetentionOverride],
) -> Folded<'a> {
    let mut fold = create_fold(now, None);
    let mut window = create_usage_window(now);
    for record in records {
        fold_record(&mut fold, record);
        count_usage(&mut window, record);
    }
    Folded {
        retention,
        fold,
        window,
    }
}

impl<'a> Folded<'a> {
    /// The state.
    pub fn state(&self) -> State<'_, 'a> {
        state_of(&self.fold, self.retention)
    }

    /// The status as canonical JSON.
    pub fn status_json(&self, health: Health) -> Result<String, Box<dyn Error>> {
        let status = status_of(&self.state(), health, usage_of(&self.window));
        let json = json_of_bytes("baton.state.v1.Status", &status)?;
        Ok(json.trim_end().to_owned())
    }
}

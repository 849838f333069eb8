//! `rebuild`: the index, anew from the segments.

use baton_state::r#gen::tables::ERROR_INDEX_UNUSABLE;
use baton_state::index::load::load_state;
use baton_state::index::loaded::Places;
use baton_state::index::unusable::Unusable;
use baton_state::record::error::BatonError;

use super::context::Context;
use crate::outcome::Outcome;
use baton_native::failure::Failure;

/// Builds the index and says how many winners it holds.
pub fn run(context: &mut Context) -> Result<Outcome, Failure> {
    let places = Places::of(&context.home);
    let loaded = load_state(&places, context.now)?;
    let winners = loaded.winners();
    match loaded.build(&places) {
        Ok(true) => {
            context.out.note(&format!("index built: {winners} winners"));
            Ok(Outcome::Done)
        }
        Err(Unusable::Absent) => {
            context.out.note("no index: nothing was recorded yet");
            Ok(Outcome::Done)
        }
        Ok(false) => {
            Err(refused("records are from the future, or a compaction is not finished").into())
        }
        Err(why) => Err(refused(&why.to_string()).into()),
    }
}

fn refused(why: &str) -> BatonError {
    BatonError::new(&ERROR_INDEX_UNUSABLE).at(why)
}

//! Builds the index anew where the check of the index asks for it.

use baton_state::index::load::load_state;
use baton_state::index::unusable::Unusable;

use super::Deeds;
use crate::checks::{Ground, is_index_to_be_built};

/// Builds it beside the old one and puts it in its place: two that do so at once do no harm.
pub fn rebuild(ground: &Ground, deeds: &mut Deeds) {
    if !is_index_to_be_built(ground) {
        return;
    }
    deeds.attempt("build the index anew from the segments", || {
        let loaded =
            load_state(&ground.places, ground.now).map_err(|error| error.table.cause.to_owned())?;
        match loaded.build(&ground.places) {
            Ok(true) | Err(Unusable::Absent) => Ok(()),
            Ok(false) => Err("records are from the future, or not all segments count".to_owned()),
            Err(why) => Err(why.to_string()),
        }
    });
}

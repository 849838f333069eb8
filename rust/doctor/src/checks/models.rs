//! The check of the models.

use baton_state::brief::model_state::model_state_at;
use baton_state::fold::state::state_of;
use baton_state::index::load::load_state;
use baton_state::proto::state::v1::record::Kind;
use baton_state::proto::state::v1::{ModelState, Record};
use prost::Message;

use super::ground::Ground;
use super::seen::{Seen, fail, ok, refused, warn};
use crate::cli::FailOn;

/// Whether models are limited or failed; from which state on that fails is for the user to say.
pub fn usable(ground: &Ground) -> Result<Seen, Seen> {
    let retention = ground
        .home
        .config()
        .map_err(|error| refused(&error))?
        .retention;
    let loaded = load_state(&ground.places, ground.now).map_err(|error| refused(&error))?;
    let fold = loaded.fold(ground.now, None);
    let (mut limited, mut retry, mut error, mut known) = (0, 0, 0, 0);
    for (_, winner) in state_of(&fold, &retention).winners {
        let Some(Kind::ModelHealth(health)) = Record::decode(winner.record.payload)
            .ok()
            .and_then(|record| record.kind)
        else {
            continue;
        };
        known += 1;
        match model_state_at(&health, ground.now) {
            ModelState::Limited => limited += 1,
            ModelState::Retry => retry += 1,
            ModelState::Error => error += 1,
            ModelState::Available | ModelState::Untested | ModelState::Unspecified => {}
        }
    }
    if limited + retry + error == 0 {
        return Ok(ok(match known {
            0 => "no model was used yet".to_owned(),
            _ => format!("{known} models can be used"),
        }));
    }
    let troubles = [
        (limited, "limited"),
        (retry, "to be tried again"),
        (error, "in error"),
    ];
    let troubles = troubles.into_iter().filter(|(count, _)| *count > 0);
    let troubles: Vec<String> = troubles
        .map(|(count, trouble)| format!("{count} {trouble}"))
        .collect();
    let message = format!("of {known} models: {}", troubles.join(", "));
    let remedy = "opencode-proxy-doctor status shows them; take another model meanwhile";
    let fails = match ground.fail_on {
        FailOn::Limited => true,
        FailOn::Error => error > 0,
        FailOn::Never => false,
    };
    Ok(if fails {
        fail(message, remedy)
    } else {
        warn(message, remedy)
    })
}

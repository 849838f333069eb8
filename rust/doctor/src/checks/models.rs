//! The check of the models: how each one does, as the records and the proxy tell, and which ones nobody has used.

use std::collections::BTreeMap;

use baton_state::brief::model_state::model_state_at;
use baton_state::brief::time::{clock, span};
use baton_state::fold::state::state_of;
use baton_state::r#gen::tables::MODEL_HEALTH;
use baton_state::git::text_allowed;
use baton_state::proto::state::v1::record::Kind;
use baton_state::proto::state::v1::{Config, ModelState, Record};
use prost::Message;

use super::clients::Clients;
use super::ground::Ground;
use super::seen::{Seen, fail, ok, refused, warn};
use crate::cli::FailOn;

/// Provider of the models that the proxy offers, where `config.json` names none.
const PROVIDER: &str = "opencode-zen";
/// How many models a message names.
const NAMED: usize = 4;

/// How a model does.
struct Model {
    state: ModelState,
    /// When its limit ends: milliseconds since 1970.
    until: Option<i64>,
    /// When that was seen: milliseconds since 1970.
    seen_at: i64,
}

/// Models by provider and name.
type Models = BTreeMap<(String, String), Model>;

/// Whether models are limited or failed; from which state on that fails is for the user to say, in the words of the proxy's
/// own status (upstream, scripts/proxy-status.mjs).
pub fn usable(ground: &Ground) -> Result<Seen, Seen> {
    let config = ground.home.config().map_err(|error| refused(&error))?;
    let provider = config.usage_provider.as_deref().unwrap_or(PROVIDER);
    let mut models = recorded(ground, &config)?;
    add_told(&mut models, provider, ground.now, &ground.clients);
    Ok(judge(&models, provider, ground))
}

/// The models that records tell of.
fn recorded(ground: &Ground, config: &Config) -> Result<Models, Seen> {
    let mut models = Models::new();
    for (_, winner) in state_of(ground.fold()?, &config.retention).winners {
        let record = Record::decode(winner.record.payload);
        let Some(Kind::ModelHealth(health)) = record.ok().and_then(|record| record.kind) else {
            continue;
        };
        let name = (health.provider().to_owned(), health.model().to_owned());
        let model = Model {
            state: model_state_at(&health, ground.now),
            until: health.limit_resets_at,
            seen_at: winner.observed_at,
        };
        models.insert(name, model);
    }
    Ok(models)
}

/// Adds what the proxy has seen since, and the models that it offers or OpenCode names and nobody has used.
fn add_told(models: &mut Models, provider: &str, now: i64, clients: &Clients) {
    let look = clients.need_proxy().ok();
    let up = look.and_then(|look| look.up());
    let told = up.into_iter().flat_map(|(_, told)| told.model_states());
    for told in told {
        let Some(seen_at) = told.seen_at else {
            continue;
        };
        let model = Model {
            state: match told.state.as_str() {
                "available" => ModelState::Available,
                "limited" => ModelState::Limited,
                "retry" => ModelState::Retry,
                "error" => ModelState::Error,
                _ => ModelState::Untested,
            },
            until: told
                .reset_in_seconds
                .map(|seconds| now.saturating_add(seconds.saturating_mul(1000))),
            seen_at,
        };
        let name = (provider.to_owned(), told.model);
        if models
            .get(&name)
            .is_none_or(|known| known.seen_at <= seen_at)
        {
            models.insert(name, model);
        }
    }
    let offered = up.into_iter().flat_map(|(_, told)| &told.models);
    let offered = offered.map(String::as_str);
    for name in offered.chain(clients.setup().models()) {
        let name = (provider.to_owned(), name.to_owned());
        models.entry(name).or_insert(Model {
            state: ModelState::Untested,
            until: None,
            seen_at: 0,
        });
    }
}

fn judge(models: &Models, provider: &str, ground: &Ground) -> Seen {
    if models.is_empty() {
        return ok("no model was used yet");
    }
    let of = |state: ModelState| models.iter().filter(move |(_, model)| model.state == state);
    let count = |state: ModelState| of(state).count();
    let words = [
        (ModelState::Available, "available"),
        (ModelState::Limited, "limited"),
        (ModelState::Retry, "retry"),
        (ModelState::Error, "error"),
        (ModelState::Untested, "untested"),
    ];
    let counts: Vec<String> = words
        .iter()
        .filter(|(state, _)| count(*state) > 0)
        .map(|(state, word)| format!("{} {word}", count(*state)))
        .collect();
    // "1 model:" would look like the turn of a model to the guard of a support bundle.
    let sign = if models.len() == 1 { "," } else { ":" };
    let counts = format!("{}{sign} {}", models_of(models.len()), counts.join(", "));
    let mut limited: Vec<_> = of(ModelState::Limited).collect();
    limited.sort_by_key(|(_, model)| model.until.unwrap_or(i64::MAX));
    let named = |name: &(String, String)| match name {
        (of, model) if of == provider => plain_model(model).to_owned(),
        (of, model) => format!("{}/{}", plain_model(of), plain_model(model)),
    };
    let ends = limited.iter().map(|(name, model)| match model.until {
        Some(until) => format!(
            "{} limited until {} ({} left)",
            named(name),
            clock(until, ground.now),
            left(until, ground.now)
        ),
        None => format!("{} limited, end not known", named(name)),
    });
    let amiss = [
        (ModelState::Retry, "to be tried again"),
        (ModelState::Error, "in error"),
    ];
    let others = amiss.iter().flat_map(|(state, word)| {
        of(*state).map(move |(name, _)| format!("{} {word}", named(name)))
    });
    let troubles: Vec<String> = ends.chain(others).collect();
    if troubles.is_empty() {
        return ok(counts);
    }
    let message = format!("{counts}; {}", list(&troubles));
    let usable = of(ModelState::Available)
        .chain(of(ModelState::Untested))
        .next();
    let remedy = match usable {
        Some((name, _)) => format!("take another model meanwhile, such as {}", named(name)),
        None => "wait, or take a model of another provider".to_owned(),
    };
    let fails = match ground.fail_on {
        FailOn::Limited => true,
        FailOn::Error => count(ModelState::Error) > 0,
        FailOn::Never => false,
    };
    if fails {
        fail(message, remedy)
    } else {
        warn(message, remedy)
    }
}

/// What is left of a limit: seconds below two minutes, else as a brief prints a span.
fn left(until: i64, now: i64) -> String {
    let seconds = until.saturating_sub(now).saturating_add(999) / 1000;
    match seconds {
        ..120 => format!("{}s", seconds.max(0)),
        _ => span(seconds),
    }
}

/// The first few of a list, and how many there are more.
fn list(items: &[String]) -> String {
    let first = items.get(..NAMED).unwrap_or(items).join(", ");
    match items.len().saturating_sub(NAMED) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}

/// A number of models in words: "1 model", "2 models".
pub fn models_of(count: usize) -> String {
    match count {
        1 => "1 model".to_owned(),
        _ => format!("{count} models"),
    }
}

/// The first few names of models, as they may be shown.
pub fn named_models(names: &[&str]) -> String {
    let names: Vec<String> = names
        .iter()
        .map(|name| plain_model(name).to_owned())
        .collect();
    list(&names)
}

/// Name of a model as somebody else has it, if it is one that a record could hold; else "?".
pub fn plain_model(name: &str) -> &str {
    if name.len() <= 80 && text_allowed(&MODEL_HEALTH, "model", name) {
        name
    } else {
        "?"
    }
}

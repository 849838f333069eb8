//! The checks of the models that the proxy offers: does it list them, and are those among them that OpenCode uses?

use super::Clients;
use crate::checks::models::{models_of, named_models};
use crate::checks::seen::{Seen, moot, ok, warn};

/// Whether the list of models answers.
pub fn listed(clients: &Clients) -> Result<Seen, Seen> {
    let look = clients.need_proxy()?;
    let (port, _) = look.need_up()?;
    Ok(match look.listed_models() {
        Some(models) => ok(format!("the proxy offers {}", models_of(models.len()))),
        None => warn(
            format!(
                "the proxy answers at port {port}, but its list of models at /v1/models does not"
            ),
            "start the proxy anew",
        ),
    })
}

/// Whether the proxy has the models that OpenCode uses: it answers with another one where it has not.
pub fn known(clients: &Clients) -> Result<Seen, Seen> {
    let look = clients.need_proxy()?;
    look.need_up()?;
    let models = clients.setup().models();
    if models.is_empty() {
        return Err(moot("OpenCode names no model of the proxy"));
    }
    let Some(listed) = look.listed_models() else {
        return Err(moot("the proxy does not list its models"));
    };
    let all = models.len();
    let is_listed = |model: &&str| listed.iter().any(|listed| listed == model);
    let unknown: Vec<&str> = models
        .into_iter()
        .filter(|model| !is_listed(model))
        .collect();
    Ok(if unknown.is_empty() {
        ok(format!(
            "the proxy has the {} that OpenCode names",
            models_of(all)
        ))
    } else {
        warn(
            format!(
                "the proxy does not have {} of the {} that OpenCode names, and answers with others: {}",
                unknown.len(),
                models_of(all),
                named_models(&unknown)
            ),
            "start the proxy with these in MODELS, or take them out of the configuration of OpenCode",
        )
    })
}

//! What the proxy's own doctor looks at in the set-up of OpenCode, with its verdicts (upstream, scripts/doctor.mjs).

use std::time::Duration;

use baton_state::guard::{Action, judge, policy_of};
use baton_state::record::schema::TextClass;

use super::Clients;
use super::child::Silence;
use super::files::plain;
use super::opencode::OPENCODE;
use super::opencode_files::loopback_port;
use super::program::{leading_numbers, told_version};
use crate::checks::models::plain_model;
use crate::checks::seen::{Seen, fail, ok, warn};

/// What puts the set-up right.
const SETUP: &str = "npm run setup:opencode in the folder of the proxy";
/// What OpenCode speaks to the proxy with.
const PACKAGE: &str = "@ai-sdk/openai-compatible";
/// Major version of Node that the proxy needs at least.
const NODE: u32 = 18;

/// Whether Node is there for the proxy, and new enough.
pub fn node(clients: &Clients) -> Result<Seen, Seen> {
    clients.need_setup()?;
    let get_it = format!("install Node {NODE} or newer");
    let Some(program) = clients.find("node") else {
        return Ok(fail("Node is not on PATH, and the proxy needs it", get_it));
    };
    let limit = clients.patience(Duration::from_secs(3));
    let by_hand = "node --version in a terminal shows why";
    let version = match told_version(&program, limit) {
        Ok(version) => version,
        Err(Silence::TimedOut) => {
            return Ok(warn("Node did not tell its version in time", by_hand));
        }
        Err(_) => return Ok(fail("Node does not tell its version", by_hand)),
    };
    let shown = plain(&version);
    Ok(match leading_numbers(&version) {
        Some((major, _)) if major >= NODE => ok(format!("Node {shown}")),
        Some(_) => fail(
            format!("Node {shown} is older than {NODE}, which the proxy needs"),
            get_it,
        ),
        None => fail("Node tells no version that is known", by_hand),
    })
}

/// Whether OpenCode has the package that it speaks to the proxy with.
pub fn package(clients: &Clients) -> Result<Seen, Seen> {
    let setup = clients.need_setup()?;
    let manifest = setup.folder.join("node_modules").join(PACKAGE);
    if manifest.join("package.json").exists() {
        return Ok(ok(format!("{PACKAGE} is installed")));
    }
    if let Some(Ok(version)) = clients.opencode_version()
        && leading_numbers(version).is_some_and(|version| version >= OPENCODE.tested)
    {
        return Ok(ok(format!(
            "OpenCode {} brings {PACKAGE} along",
            plain(version)
        )));
    }
    Ok(fail(
        format!("{PACKAGE} is missing in the configuration folder of OpenCode"),
        format!("{SETUP}, or npm install {PACKAGE} in the folder of opencode.jsonc"),
    ))
}

/// Whether OpenCode has the provider.
pub fn entry(clients: &Clients) -> Result<Seen, Seen> {
    let setup = clients.need_configured_setup()?;
    let id = plain_model(&setup.id);
    Ok(match setup.provider() {
        Some(_) => ok(format!("OpenCode has the provider {id}")),
        None => fail(
            format!("OpenCode has no provider {id}"),
            format!("{SETUP}, or tell with OPENCODE_PROXY_PROVIDER how it is called"),
        ),
    })
}

/// Whether the provider has the base URL of the proxy.
pub fn base_url(clients: &Clients) -> Result<Seen, Seen> {
    let setup = clients.need_configured_setup()?;
    let id = plain_model(&setup.id);
    let expected = shown_url(&setup.base_url);
    let url = setup.provider_url(clients);
    if url.as_ref() == Some(&setup.base_url) {
        return Ok(ok(format!("the base URL of {id} is {expected}")));
    }
    let found = match &url {
        Some(url) => format!("the base URL of {id} is {}", shown_url(url)),
        None => format!("{id} has no base URL"),
    };
    Ok(warn(
        format!("{found}; {expected} was expected"),
        "set baseURL of the provider, or tell with OPENCODE_PROXY_BASE_URL where the proxy is",
    ))
}

/// Whether OpenCode uses a model of the provider unless it is told otherwise.
pub fn model(clients: &Clients) -> Result<Seen, Seen> {
    of_provider(clients, "model", "default model")
}

/// Whether OpenCode uses a model of the provider for titles and the like.
pub fn small_model(clients: &Clients) -> Result<Seen, Seen> {
    of_provider(clients, "small_model", "small model")
}

fn of_provider(clients: &Clients, role: &str, called: &str) -> Result<Seen, Seen> {
    let setup = clients.need_configured_setup()?;
    let id = plain_model(&setup.id);
    let Some(model) = setup.model(role) else {
        return Ok(warn(
            format!("OpenCode has no {called}; one of {id} was expected"),
            format!("set {role} to {id}/…, or pick a model of {id} in OpenCode each time"),
        ));
    };
    let shown = plain_model(model);
    Ok(if setup.own_model(role).is_some() {
        ok(format!("the {called} is {shown}"))
    } else {
        warn(
            format!("the {called} is {shown}; one of {id} was expected"),
            format!("set {role} to {id}/…, unless you want it so"),
        )
    })
}

/// A URL as it may be shown: one of elsewhere, or with more than host, port and path, is not.
fn shown_url(url: &str) -> &str {
    let is_plain = url
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b":/.[]-_".contains(&byte));
    let is_allowed = || judge(&policy_of(TextClass::Url), url.as_bytes()).action == Action::Allow;
    if is_plain && url.len() <= 80 && loopback_port(url).is_some() && is_allowed() {
        url
    } else {
        "one that is not shown here"
    }
}

//! How a repository is named in records (docs/proof.md, section 2).

use super::config::RemoteUrls;
use super::fact::text_allowed;
use super::remote::RemotePlace;
use crate::r#gen::tables::GIT_FACTS;
use crate::home::alias;
use crate::proto::state::v1::Config;

/// What decides whether a name is readable, and what keys the aliases of the others.
#[derive(Debug, Clone, Copy, Default)]
pub struct Naming<'a> {
    /// install.key; without it there are no aliases.
    pub key: Option<&'a [u8]>,
    /// What the user has set.
    pub config: Option<&'a Config>,
}

/// Hosts whose "owner/repo" is stored readable; Config.public_hosts adds to them (GIT-012).
const PUBLIC_HOSTS: [&str; 4] = ["github.com", "gitlab.com", "bitbucket.org", "codeberg.org"];

/// The workspace that a remote stands for: "host/owner/repo" where that may be read, else an alias of it. Gives
/// `None` where the remote names no host, and where an alias is due and there is no key.
#[must_use]
pub fn workspace_of(url: &str, naming: Naming<'_>) -> Option<String> {
    workspace_of_place(&RemotePlace::of(url)?, naming)
}

/// The workspace of a repository whose remote names no host: an alias of the real path of its common git folder.
#[must_use]
pub fn workspace_of_folder(real_path: &str, naming: Naming<'_>) -> Option<String> {
    Some(alias(naming.key?, "workspace", "ws-", real_path))
}

/// The remote that names the repository: origin, else the first by the bytes of its name (GIT-010).
#[must_use]
pub fn naming_remote(urls: &RemoteUrls) -> Option<&str> {
    let origin = urls.get_key_value("origin");
    origin
        .or_else(|| urls.first_key_value())
        .map(|(name, _)| name.as_str())
}

/// The user's fork: a remote on the host of the naming one, with another owner (GIT-013). A remote called "upstream"
/// is not the fork but what was forked, so then the naming remote itself is.
#[must_use]
pub fn fork_of(urls: &RemoteUrls, naming: Naming<'_>) -> Option<String> {
    let own = naming_remote(urls)?;
    let own_place = RemotePlace::of(urls.get(own)?)?;
    let others: Vec<(&String, RemotePlace)> = urls
        .iter()
        .filter(|(name, _)| *name != own)
        .filter_map(|(name, url)| Some((name, RemotePlace::of(url)?)))
        .filter(|(_, place)| is_other_owner(&own_place, place))
        .collect();
    let fork = others.iter().find(|(name, _)| *name != "upstream");
    match fork {
        Some((_, place)) => workspace_of_place(place, naming),
        None if others.is_empty() => None,
        None => workspace_of_place(&own_place, naming),
    }
}

fn workspace_of_place(place: &RemotePlace, naming: Naming<'_>) -> Option<String> {
    let name = place.name();
    if is_readable(place, naming) && text_allowed(&GIT_FACTS, "workspace", &name) {
        return Some(name);
    }
    Some(alias(naming.key?, "workspace", "ws-", &name))
}

fn is_readable(place: &RemotePlace, naming: Naming<'_>) -> bool {
    let config = naming.config;
    let always_alias = config.and_then(|config| config.workspace.as_ref()?.alias);
    if always_alias == Some(true) || place.owner().is_none() {
        return false;
    }
    let added = config.map_or(&[][..], |config| &config.public_hosts);
    let is_listed = PUBLIC_HOSTS.contains(&place.host.as_str())
        || added
            .iter()
            .any(|listed| without_port(listed).eq_ignore_ascii_case(&place.host));
    is_listed && place.path.iter().all(|segment| is_plain(segment))
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

fn is_plain(segment: &str) -> bool {
    let is_allowed = |byte: u8| {
        byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'_' | b'-')
    };
    segment.bytes().all(is_allowed) && segment != "." && segment != ".."
}

fn is_other_owner(own: &RemotePlace, other: &RemotePlace) -> bool {
    match (own.owner(), other.owner()) {
        (Some(own_owner), Some(owner)) => own.host == other.host && own_owner != owner,
        _ => false,
    }
}

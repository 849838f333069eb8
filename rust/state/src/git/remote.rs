//! What a remote URL names: a host and a path on it (docs/proof.md, section 2).

/// Host and path of a remote, in ASCII lower case, without userinfo, port, query, fragment and ".git".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemotePlace {
    /// The host.
    pub host: String,
    /// At least one segment, none of them empty.
    pub path: Vec<String>,
}

impl RemotePlace {
    /// Takes a remote apart as git does: "scheme://…" with an authority, else the scp-like "[user@]host:path". Gives
    /// `None` for everything that names no host: local paths, drives, file URLs, remote helpers (GIT-011).
    #[must_use]
    pub fn of(url: &str) -> Option<Self> {
        let (host, path) = if url.contains("://") {
            of_url(url)?
        } else {
            of_scp_like(url)?
        };
        let host = host.to_ascii_lowercase();
        let host = host.strip_suffix('.').unwrap_or(&host);
        let path = path.split(['?', '#']).next().unwrap_or_default();
        let path = path.to_ascii_lowercase();
        let mut path: Vec<String> = path
            .split('/')
            .filter(|segment| !segment.is_empty())
            .map(str::to_owned)
            .collect();
        let last = path.pop()?;
        let last = last.strip_suffix(".git").unwrap_or(&last);
        if !last.is_empty() {
            path.push(last.to_owned());
        }
        (!host.is_empty() && !path.is_empty()).then(|| Self {
            host: host.to_owned(),
            path,
        })
    }

    /// "host/owner/repo": what is stored, or hashed into an alias.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}/{}", self.host, self.path.join("/"))
    }

    /// Everything before the repository; `None` where the path is the repository alone.
    #[must_use]
    pub fn owner(&self) -> Option<&[String]> {
        let (_, owner) = self.path.split_last()?;
        (!owner.is_empty()).then_some(owner)
    }
}

fn of_url(url: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = url.split_once(':')?;
    let rest = rest.strip_prefix("//")?;
    let is_scheme = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "+.-".contains(c));
    if !is_scheme || scheme.eq_ignore_ascii_case("file") {
        return None;
    }
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at_checked(end)?;
    Some((host_of(authority), path))
}

fn of_scp_like(url: &str) -> Option<(&str, &str)> {
    if let Some(bracketed) = of_bracketed(url) {
        return Some(bracketed);
    }
    let (before, path) = url.split_once(':')?;
    let is_drive = before.len() == 1 && before.starts_with(|c: char| c.is_ascii_alphabetic());
    let is_remote_helper = path.starts_with(':');
    if before.contains(['/', '\\']) || is_drive || is_remote_helper {
        return None;
    }
    Some((host_of(before), path))
}

/// "[host:port]:path" and "user@[host]:path".
fn of_bracketed(url: &str) -> Option<(&str, &str)> {
    let (before, rest) = url.split_once('[')?;
    let (inside, after) = rest.split_once(']')?;
    let path = after.strip_prefix(':')?;
    let is_user = before.is_empty() || before.ends_with('@');
    let is_bracketed = is_user && !before.contains(['/', ']']) && !inside.contains(['/', '[']);
    is_bracketed.then(|| (host_of(inside), path))
}

/// Drops userinfo, port and the brackets of an IPv6 address.
fn host_of(authority: &str) -> &str {
    let host = authority.rsplit('@').next().unwrap_or(authority);
    if let Some((inside, _)) = host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return inside;
    }
    match host.split_once(':') {
        Some((name, port)) if !port.contains(':') => name,
        _ => host,
    }
}

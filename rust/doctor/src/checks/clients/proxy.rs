//! The checks of the proxy: does it answer, and does OpenCode ask where it does? Only loopback is ever asked.

use std::net::IpAddr;
use std::time::Duration;

use serde_json::Value;

use super::Clients;
use super::files::plain;
use super::opencode_files::LocalProvider;
use crate::checks::seen::{Seen, fail, moot, ok, warn};

/// Where the proxy listens unless it is told otherwise.
const PORT: u16 = 3000;
/// More than its answers have, in bytes.
const MAX_BYTES: u64 = 4 << 20;

/// What a port of loopback says.
enum Answer {
    /// Nothing listens there.
    None,
    /// Something listens there, but says nothing within the time.
    Late,
    /// Something else.
    Other,
    /// The proxy, with version and routing where it tells them.
    Proxy { about: Option<(String, String)> },
}

/// Whether the proxy answers.
pub fn answers(clients: &Clients) -> Result<Seen, Seen> {
    let look = clients.need_proxy()?;
    let start = "start the proxy, or tell with PORT where it listens";
    for (port, answer) in &look.answers {
        if let Answer::Proxy { about } = answer {
            return Ok(ok(match about {
                Some((version, routing)) => format!(
                    "the proxy {} answers at port {port}, routing {}",
                    plain(version),
                    plain(routing)
                ),
                None => format!(
                    "the proxy answers at port {port}; version and routing it tells with MANAGEMENT_TOKEN alone"
                ),
            }));
        }
    }
    let Some(port) = look.expected else {
        return Ok(ok("no proxy runs here, and OpenCode asks for none"));
    };
    let answer = look.answers.iter().find(|(asked, _)| *asked == port);
    Ok(match answer.map(|(_, answer)| answer) {
        Some(Answer::Other) => fail(
            format!("something else than the proxy answers at port {port}"),
            start,
        ),
        Some(Answer::Late) => warn(
            format!(
                "the proxy did not answer at port {port} within {} ms",
                look.limit.as_millis()
            ),
            "try again; if it stays so, start it anew",
        ),
        _ => warn(format!("the proxy does not answer at port {port}"), start),
    })
}

/// Whether OpenCode asks the port that the proxy answers at.
pub fn address(clients: &Clients) -> Result<Seen, Seen> {
    let look = clients.need_proxy()?;
    let mut answers = look.answers.iter();
    let up = answers.find(|(_, answer)| matches!(answer, Answer::Proxy { .. }));
    let Some((up, _)) = up else {
        return Err(moot("no proxy answers"));
    };
    let proxies: Vec<_> = look
        .providers
        .iter()
        .filter(|provider| provider.is_proxy)
        .collect();
    if look.providers.iter().any(|provider| provider.port == *up) {
        return Ok(ok(format!("OpenCode asks the proxy at port {up}")));
    }
    Ok(match proxies.first() {
        Some(provider) => fail(
            format!(
                "OpenCode asks for the proxy at port {}, but it answers at port {up}",
                provider.port
            ),
            "set baseURL of the provider in the configuration of OpenCode, or PORT of the proxy",
        ),
        None => ok("OpenCode does not use the proxy"),
    })
}

/// What a look around finds.
pub struct Look {
    limit: Duration,
    /// Port at which OpenCode expects the proxy.
    expected: Option<u16>,
    providers: Vec<LocalProvider>,
    answers: Vec<(u16, Answer)>,
}

impl Clients {
    /// The look around, taken once, or why there is none.
    fn need_proxy(&self) -> Result<&Look, Seen> {
        if self.is_offline {
            return Err(moot("not asked: --offline"));
        }
        let host = host(self)
            .ok_or_else(|| moot("HOST names another address than loopback, which is not asked"))?;
        Ok(self.proxy.get_or_init(|| Look::around(self, &host)))
    }
}

impl Look {
    fn around(clients: &Clients, host: &str) -> Self {
        let limit = clients.patience(Duration::from_millis(300));
        let providers = match clients.opencode() {
            Some(_) => clients.opencode_files().local_providers(clients),
            None => Vec::new(),
        };
        let named = clients
            .var("PORT")
            .and_then(|port| port.to_str()?.trim().parse().ok());
        let named = named.filter(|port: &u16| *port > 0);
        let mut proxies = providers.iter().filter(|provider| provider.is_proxy);
        let expected = proxies.next().map(|provider| provider.port);
        let mut ports = vec![named.unwrap_or(PORT)];
        ports.extend(expected.filter(|port| !ports.contains(port)));
        let answers = ports
            .into_iter()
            .map(|port| (port, ask(clients, host, port, limit)));
        Look {
            limit,
            expected,
            answers: answers.collect(),
            providers,
        }
    }
}

/// The host to ask: HOST as the proxy reads it, if that is or includes loopback.
fn host(clients: &Clients) -> Option<String> {
    let named = clients
        .var("HOST")
        .and_then(|host| host.to_str())
        .unwrap_or_default()
        .trim();
    match named {
        "" | "0.0.0.0" => Some("127.0.0.1".to_owned()),
        "localhost" => Some(named.to_owned()),
        "::" => Some("[::1]".to_owned()),
        _ => match named.parse::<IpAddr>().ok()? {
            address if !address.is_loopback() => None,
            IpAddr::V4(address) => Some(address.to_string()),
            IpAddr::V6(address) => Some(format!("[{address}]")),
        },
    }
}

/// Asks `/health`, which is open, and `/metrics`, which may want a token.
fn ask(clients: &Clients, host: &str, port: u16, limit: Duration) -> Answer {
    let config = ureq::Agent::config_builder()
        .timeout_global(Some(limit))
        .proxy(None)
        .max_redirects(0)
        .http_status_as_error(false)
        .build();
    let agent = ureq::Agent::new_with_config(config);
    let token = ["MANAGEMENT_TOKEN", "OPENCODE_PROXY_TOKEN"]
        .into_iter()
        .find_map(|name| clients.var(name)?.to_str());
    let get = |path: &str, token: Option<&str>| -> Result<Value, ureq::Error> {
        let mut request = agent.get(format!("http://{host}:{port}{path}"));
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let mut response = request.call()?;
        let body = response
            .body_mut()
            .with_config()
            .limit(MAX_BYTES)
            .read_to_vec()?;
        Ok(serde_json::from_slice(&body).unwrap_or_default())
    };
    let health = match get("/health", None) {
        Ok(health) => health,
        Err(ureq::Error::Timeout(_)) => return Answer::Late,
        Err(ureq::Error::Io(_) | ureq::Error::ConnectionFailed | ureq::Error::HostNotFound) => {
            return Answer::None;
        }
        Err(_) => return Answer::Other,
    };
    if !health["status"].is_string() || !health["models"].is_array() {
        return Answer::Other;
    }
    let metrics = get("/metrics", token).unwrap_or_default();
    let told = |name: &str| metrics[name].as_str().map(str::to_owned);
    Answer::Proxy {
        about: told("app_version").zip(told("routing")),
    }
}

//! The checks of the proxy: does it answer, and does OpenCode ask where it does? Only loopback is ever asked.

use std::time::Duration;

use baton_native::proxy::{Answer, ask, host, port};

use super::Clients;
use super::files::plain;
use super::opencode_files::LocalProvider;
use crate::checks::seen::{Seen, fail, moot, ok, warn};

/// Whether the proxy answers.
pub fn answers(clients: &Clients) -> Result<Seen, Seen> {
    let look = clients.need_proxy()?;
    let start = "start the proxy, or tell with PORT where it listens";
    for (port, answer) in &look.answers {
        if let Answer::Proxy(told) = answer {
            return Ok(ok(match told.version().zip(told.routing()) {
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
        Some(Answer::Other(_)) => fail(
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
    let up = answers.find(|(_, answer)| matches!(answer, Answer::Proxy(_)));
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
        let host = host(&self.env())
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
        let mut proxies = providers.iter().filter(|provider| provider.is_proxy);
        let expected = proxies.next().map(|provider| provider.port);
        let mut ports = vec![port(&clients.env())];
        ports.extend(expected.filter(|port| !ports.contains(port)));
        let answers = ports
            .into_iter()
            .map(|port| (port, ask(host, port, &clients.env(), limit)));
        Look {
            limit,
            expected,
            answers: answers.collect(),
            providers,
        }
    }
}

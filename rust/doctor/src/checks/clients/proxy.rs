//! The checks of the proxy itself: does it answer, does OpenCode ask where it does, and does it show how it does? Only loopback
//! is ever asked.

use std::sync::OnceLock;
use std::thread;
use std::time::Duration;

use baton_native::proxy::{Access, Answer, Told, ask, ask_models, host, port};

use super::Clients;
use super::files::plain;
use super::opencode_files::{LocalProvider, loopback_port};
use crate::checks::seen::{Seen, fail, moot, ok, warn};

/// Whether the proxy answers.
pub fn answers(clients: &Clients) -> Result<Seen, Seen> {
    let look = clients.need_proxy()?;
    let start = "start the proxy, or tell with PORT where it listens";
    if let Some((port, told)) = look.up() {
        let shown = plain(&told.status);
        if told.status != "ok" {
            return Ok(fail(
                format!("the proxy at port {port} says of itself: {shown}"),
                "start it anew; its window has the reason",
            ));
        }
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
    let is_named = clients.setup().is_named;
    let port = match look.expected {
        Some(port) => port,
        None if is_named => look.own_port,
        None => return Ok(ok("no proxy runs here, and OpenCode asks for none")),
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
        // Of a provider that is only called like a proxy nobody knows whether it has to be up.
        _ if !is_named => warn(format!("the proxy does not answer at port {port}"), start),
        _ => fail(format!("the proxy does not answer at port {port}"), start),
    })
}

/// Whether OpenCode asks the port that the proxy answers at.
pub fn address(clients: &Clients) -> Result<Seen, Seen> {
    let look = clients.need_proxy()?;
    let (up, _) = look.need_up()?;
    let mut proxies = look.providers.iter().filter(|provider| provider.is_proxy);
    if look.providers.iter().any(|provider| provider.port == up) {
        return Ok(ok(format!("OpenCode asks the proxy at port {up}")));
    }
    Ok(match proxies.next() {
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

/// Whether the proxy shows how it does, which it may keep for those who know its token.
pub fn management(clients: &Clients) -> Result<Seen, Seen> {
    let (_, told) = clients.need_proxy()?.need_up()?;
    Ok(match told.access {
        Access::Open => ok("the proxy shows how it does"),
        Access::NeedsToken => warn(
            "the proxy shows how it does to those alone who know its MANAGEMENT_TOKEN, and there is none here",
            "set MANAGEMENT_TOKEN to the word that the proxy was started with",
        ),
        Access::WrongToken => fail(
            "the proxy has another MANAGEMENT_TOKEN than the one that is set here",
            "set MANAGEMENT_TOKEN to the word that the proxy was started with",
        ),
        Access::Closed => warn(
            "HOST lets other machines ask the proxy, so it shows nobody how it does",
            "start the proxy with a MANAGEMENT_TOKEN, or with HOST=127.0.0.1",
        ),
        Access::Unknown => warn(
            "the proxy does not tell at /metrics how it does",
            "try again; if it stays so, start it anew",
        ),
    })
}

/// What a look around finds.
pub struct Look {
    limit: Duration,
    host: String,
    /// Port that PORT names, or the proxy's own.
    own_port: u16,
    /// Port at which OpenCode or its user expects the proxy.
    expected: Option<u16>,
    providers: Vec<LocalProvider>,
    answers: Vec<(u16, Answer)>,
    models: OnceLock<Option<Vec<String>>>,
}

impl Clients {
    /// The look around, taken once, or why there is none.
    pub fn need_proxy(&self) -> Result<&Look, Seen> {
        if self.is_offline {
            return Err(moot("not asked: --offline"));
        }
        let host = host(&self.env())
            .ok_or_else(|| moot("HOST names another address than loopback, which is not asked"))?;
        let named = match self.var("OPENCODE_PROXY_BASE_URL") {
            None => None,
            Some(url) => Some(url.to_str().and_then(loopback_port).ok_or_else(|| {
                moot("OPENCODE_PROXY_BASE_URL names another address than loopback, which is not asked")
            })?),
        };
        Ok(self.proxy.get_or_init(|| Look::around(self, host, named)))
    }
}

impl Look {
    fn around(clients: &Clients, host: String, named: Option<u16>) -> Self {
        let limit = clients.patience(Duration::from_millis(300));
        let providers = clients.opencode_files().local_providers(clients);
        let mut proxies = providers.iter().filter(|provider| provider.is_proxy);
        let asked = proxies.next().map(|provider| provider.port);
        let own_port = port(&clients.env());
        let mut ports = Vec::new();
        for port in named.into_iter().chain([own_port]).chain(asked) {
            if !ports.contains(&port) {
                ports.push(port);
            }
        }
        let env = clients.env();
        // Side by side: where several are silent, the time limit passes once.
        let answers = thread::scope(|scope| {
            let ask = |port| ask(&host, port, &env, limit);
            let asked: Vec<_> = ports
                .into_iter()
                .map(|port| (port, scope.spawn(move || ask(port))))
                .collect();
            let answers = asked
                .into_iter()
                .filter_map(|(port, answer)| Some((port, answer.join().ok()?)));
            answers.collect()
        });
        Look {
            limit,
            own_port,
            expected: named.or(asked),
            answers,
            providers,
            host,
            models: OnceLock::new(),
        }
    }

    /// The proxy that answers: its port, and what it tells.
    pub fn up(&self) -> Option<(u16, &Told)> {
        self.answers.iter().find_map(|(port, answer)| match answer {
            Answer::Proxy(told) => Some((*port, told)),
            _ => None,
        })
    }

    /// The same, or that there is none.
    pub fn need_up(&self) -> Result<(u16, &Told), Seen> {
        self.up().ok_or_else(|| moot("no proxy answers"))
    }

    /// What `/v1/models` of the proxy lists, asked for once; None where it does not answer.
    pub fn listed_models(&self) -> Option<&[String]> {
        let (port, _) = self.up()?;
        let ask = || ask_models(&self.host, port, self.limit);
        self.models.get_or_init(ask).as_deref()
    }
}

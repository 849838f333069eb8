//! The proxy, as it tells of itself on loopback (docs/proof.md, OBS-001 and OBS-002). No other machine is ever asked.

use std::net::{IpAddr, TcpStream, ToSocketAddrs};
use std::time::Duration;

use baton_state::r#gen::tables::RUNTIME_SUMMARY;
use baton_state::git::text_allowed;
use baton_state::home::Env;
use baton_state::proto::state::v1::RuntimeSummary;
use serde_json::Value;

pub use crate::told::{Access, ModelTold, Told};

/// Where the proxy listens unless it is told otherwise.
const PORT: u16 = 3000;
/// Its name in records.
pub const NAME: &str = "opencode-proxy";
/// More than its answers have, in bytes.
const MAX_BYTES: u64 = 4 << 20;
/// Length of the window that counts are asked for, in milliseconds: the one of the proxy's own dashboard.
const WINDOW_MS: u32 = 300_000;

/// What a port of loopback says.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// Nothing listens there.
    None,
    /// Something listens there, but says nothing within the time.
    Late,
    /// Something else.
    Other(Stranger),
    /// The proxy.
    Proxy(Told),
}

/// What else than the proxy answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stranger {
    /// Another HTTP server, with this status for `/health`.
    Http(u16),
    /// Something that speaks no HTTP.
    NoHttp,
}

/// The host to ask: HOST as the proxy reads it, if that is or includes loopback; None where it is another machine.
#[must_use]
pub fn host(env: Env<'_>) -> Option<String> {
    let named = env("HOST").unwrap_or_default();
    let named = named.to_str()?.trim();
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

/// The port of the proxy: PORT as the proxy reads it, a number from 1 to 65535 of which it drops the fraction, else 3000.
#[must_use]
pub fn port(env: Env<'_>) -> u16 {
    let named = env("PORT").and_then(|port| port.to_str()?.trim().parse::<f64>().ok());
    match named {
        Some(port) if (1.0..=65_535.0).contains(&port) => port as u16,
        _ => PORT,
    }
}

/// Asks `/health`, and of what answers there like the proxy `/metrics`, which alone is given the token of MANAGEMENT_TOKEN
/// or OPENCODE_PROXY_TOKEN. Each of the two takes at most `limit`.
#[must_use]
pub fn ask(host: &str, port: u16, env: Env<'_>, limit: Duration) -> Answer {
    let (status, health) = match get(host, port, "/health", None, limit) {
        Ok(health) => health,
        Err(ureq::Error::Timeout(_)) => return Answer::Late,
        Err(_) if listens(host, port, limit) => return Answer::Other(Stranger::NoHttp),
        Err(_) => return Answer::None,
    };
    let told = health["status"].as_str();
    let Some(told) = told.filter(|_| status == 200 && health["models"].is_array()) else {
        return Answer::Other(Stranger::Http(status));
    };
    let tokens = ["MANAGEMENT_TOKEN", "OPENCODE_PROXY_TOKEN"].map(env);
    let mut tokens = tokens.iter().flatten().filter_map(|token| token.to_str());
    let token = tokens.find(|token| !token.is_empty());
    let path = format!("/metrics?window={WINDOW_MS}&days=1");
    let (access, metrics) = match get(host, port, &path, token, limit) {
        Ok((status, metrics)) => (Access::of(status, token.is_some()), metrics),
        Err(_) => (Access::Unknown, Value::Null),
    };
    Answer::Proxy(Told {
        status: told.to_owned(),
        models: names(&health["models"]),
        access,
        metrics: match access {
            Access::Open => metrics,
            _ => Value::Null,
        },
    })
}

/// The models of `/v1/models`, which clients ask for; None where that does not answer like the proxy within `limit`.
#[must_use]
pub fn ask_models(host: &str, port: u16, limit: Duration) -> Option<Vec<String>> {
    match get(host, port, "/v1/models", None, limit) {
        Ok((200, list)) => {
            let models = list["data"].as_array()?;
            let ids = models.iter().filter_map(|model| model["id"].as_str());
            Some(ids.map(str::to_owned).collect())
        }
        _ => None,
    }
}

fn names(list: &Value) -> Vec<String> {
    let list = list.as_array().into_iter().flatten();
    let names = list.filter_map(Value::as_str);
    names.map(str::to_owned).collect()
}

/// Status and JSON of an answer; null where that is none, is too long or was cut off.
fn get(
    host: &str,
    port: u16,
    path: &str,
    token: Option<&str>,
    limit: Duration,
) -> Result<(u16, Value), ureq::Error> {
    let config = ureq::Agent::config_builder()
        .timeout_global(Some(limit))
        .proxy(None)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .build();
    let agent = ureq::Agent::new_with_config(config);
    let mut request = agent.get(format!("http://{host}:{port}{path}"));
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let mut response = request.call()?;
    let status = response.status().as_u16();
    let body = response.body_mut().with_config().limit(MAX_BYTES);
    match body.read_to_vec() {
        Ok(body) => Ok((status, serde_json::from_slice(&body).unwrap_or_default())),
        Err(error @ ureq::Error::Timeout(_)) => Err(error),
        Err(_) => Ok((status, Value::Null)),
    }
}

/// Whether anything takes connections there.
fn listens(host: &str, port: u16, limit: Duration) -> bool {
    let bare = host.trim_matches(['[', ']']);
    let addresses = (bare, port).to_socket_addrs();
    addresses.is_ok_and(|mut addresses| {
        addresses.any(|address| TcpStream::connect_timeout(&address, limit).is_ok())
    })
}

/// What a record holds of an answer (OBS-002): a field that its class does not let stand is left out.
#[must_use]
pub fn summary_of(port: u16, answer: &Answer) -> RuntimeSummary {
    let summary = RuntimeSummary {
        name: Some(NAME.to_owned()),
        port: Some(port.into()),
        up: match answer {
            Answer::None | Answer::Other(_) => Some(false),
            Answer::Late => None,
            Answer::Proxy(_) => Some(true),
        },
        ..RuntimeSummary::default()
    };
    let Answer::Proxy(told) = answer else {
        return summary;
    };
    let text = |field: &str, value: Option<&str>| {
        let allowed = value.filter(|value| text_allowed(&RUNTIME_SUMMARY, field, value));
        allowed.map(str::to_owned)
    };
    let Told { metrics, .. } = told;
    let window = &metrics["summary"]["window"];
    RuntimeSummary {
        version: text("version", told.version()),
        routing: text("routing", told.routing()),
        uptime_seconds: count(&metrics["uptime_seconds"]),
        window_seconds: metrics["window_ms"]
            .as_f64()
            .and_then(|ms| whole((ms / 1000.0).round())),
        requests: count(&window["requests"]),
        failures: count(&window["fail"]),
        ..summary
    }
}

/// A number that JavaScript calls a safe integer and that is not negative.
fn count(value: &Value) -> Option<u64> {
    whole(value.as_f64()?)
}

fn whole(number: f64) -> Option<u64> {
    let is_count = number.fract() == 0.0 && (0.0..=9_007_199_254_740_991.0).contains(&number);
    is_count.then_some(number as u64)
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::*;

    fn env<'a>(name: &'a str, value: &'a str) -> impl Fn(&str) -> Option<OsString> + 'a {
        move |asked| (asked == name).then(|| value.into())
    }

    #[test]
    fn only_loopback_is_a_host_to_ask() {
        let host_of = |named: &str| host(&env("HOST", named));
        for (named, asked) in [
            ("", "127.0.0.1"),
            ("0.0.0.0", "127.0.0.1"),
            ("127.0.0.9", "127.0.0.9"),
            ("localhost", "localhost"),
            ("::", "[::1]"),
        ] {
            assert_eq!(host_of(named).as_deref(), Some(asked));
        }
        for named in ["192.0.2.1", "example.org", "127.0.0.1.example.org"] {
            assert_eq!(host_of(named), None);
        }
    }

    #[test]
    fn a_port_is_read_as_the_proxy_reads_it() {
        let port_of = |named: &str| port(&env("PORT", named));
        for (named, asked) in [
            ("", 3000),
            (" 8080 ", 8080),
            ("8080.9", 8080),
            ("0", 3000),
            ("65536", 3000),
            ("-1", 3000),
            ("x", 3000),
            ("inf", 3000),
        ] {
            assert_eq!(port_of(named), asked, "{named}");
        }
    }

    #[test]
    fn a_summary_leaves_out_what_its_fields_cannot_hold() {
        let told = Told {
            status: "ok".to_owned(),
            metrics: serde_json::json!({
                "app_version": "1.9.2",
                "routing": "/home/somebody",
                "uptime_seconds": 7,
                "window_ms": 300_000,
                "summary": { "window": { "requests": 3, "fail": -1 } }
            }),
            ..Told::default()
        };
        let expected = RuntimeSummary {
            name: Some(NAME.to_owned()),
            port: Some(3000),
            up: Some(true),
            version: Some("1.9.2".to_owned()),
            uptime_seconds: Some(7),
            window_seconds: Some(300),
            requests: Some(3),
            ..RuntimeSummary::default()
        };
        assert_eq!(summary_of(3000, &Answer::Proxy(told)), expected);
        assert_eq!(summary_of(3000, &Answer::None).up, Some(false));
        assert_eq!(summary_of(3000, &Answer::Late).up, None);
    }
}

//! The checks of the proxy, each seen to be ok, to warn and to fail.
#![cfg(unix)]

mod home;
mod server;
mod user;

use std::net::TcpListener;
use std::time::{Duration, Instant};

use baton_state::proto::state::v1::{Client, Record};
use home::{NOW, usage};
use server::{closed_port, proxy, serve};
use user::User;

fn guarded(path: &str, head: &[String]) -> (u16, String) {
    let has_token = head
        .iter()
        .any(|line| line.eq_ignore_ascii_case("authorization: bearer of-tests"));
    if path == "/health" || has_token {
        proxy(path, head)
    } else {
        (401, r#"{"error":"Unauthorized"}"#.to_owned())
    }
}

fn another(_: &str, _: &[String]) -> (u16, String) {
    (200, "<html>".to_owned())
}

fn hostile(path: &str, head: &[String]) -> (u16, String) {
    match path {
        "/metrics" => (
            200,
            r#"{"app_version":"1 [31m /home/x","routing":"ok"}"#.to_owned(),
        ),
        _ => proxy(path, head),
    }
}

fn unwell(path: &str, head: &[String]) -> (u16, String) {
    match path {
        "/health" => (200, r#"{"status":"starting","models":[]}"#.to_owned()),
        _ => proxy(path, head),
    }
}

fn without_list(path: &str, head: &[String]) -> (u16, String) {
    match path {
        "/v1/models" => (500, "{}".to_owned()),
        _ => proxy(path, head),
    }
}

fn exposed(path: &str, head: &[String]) -> (u16, String) {
    match path {
        "/metrics" => (403, "{}".to_owned()),
        _ => proxy(path, head),
    }
}

/// The minute of the last request that servers here tell of.
const LAST_REQUEST: i64 = NOW + 60_000;

/// A proxy with this usage log, and this last request.
fn with_usage(path: &str, head: &[String], usage: &str, timeseries: &str) -> (u16, String) {
    match path {
        "/metrics" => (
            200,
            format!(r#"{{"usage":{usage},"timeseries":[{timeseries}]}}"#),
        ),
        _ => proxy(path, head),
    }
}

fn idle(path: &str, head: &[String]) -> (u16, String) {
    with_usage(path, head, r#"{"enabled":true,"last_error":""}"#, "")
}

fn busy(path: &str, head: &[String]) -> (u16, String) {
    let last = format!(r#"{{"ts":1}},{{"ts":{LAST_REQUEST}}}"#);
    with_usage(path, head, r#"{"enabled":true,"last_error":""}"#, &last)
}

fn off(path: &str, head: &[String]) -> (u16, String) {
    with_usage(path, head, r#"{"enabled":false}"#, "")
}

fn unwritten(path: &str, head: &[String]) -> (u16, String) {
    with_usage(
        path,
        head,
        r#"{"enabled":true,"last_error":"EACCES: /home/x"}"#,
        "",
    )
}

/// A user whose OpenCode asks for the proxy at a port.
fn user_of_proxy(provider: &str, port: u16) -> User {
    let user = User::new();
    user.script("opencode", "echo 1.18.33");
    let url = format!("http://127.0.0.1:{port}/v1");
    let config = serde_json::json!({ "provider": { provider: { "options": { "baseURL": url } } } });
    user.write(".config/opencode/opencode.json", &config.to_string());
    user
}

#[test]
fn d70_shows_version_and_routing_of_the_proxy_that_answers() {
    let mut user = User::new();
    user.expect("BTN-D70", "ok", "no proxy runs here");
    let port = serve(proxy);
    user.set("PORT", port.to_string());
    user.expect(
        "BTN-D70",
        "ok",
        &format!("the proxy 1.9.2 answers at port {port}, routing round-robin"),
    );
    user.set("HOST", "0.0.0.0");
    user.expect("BTN-D70", "ok", "1.9.2");
    user.set("HOST", "192.0.2.1");
    user.expect("BTN-D70", "ok", "not asked");
    user.set("HOST", "");
    user.set("PORT", serve(hostile).to_string());
    user.expect("BTN-D70", "ok", "the proxy ? answers");
}

#[test]
fn d70_sends_the_token_of_the_environment_and_does_without() {
    let mut user = User::new();
    user.set("PORT", serve(guarded).to_string());
    user.expect("BTN-D70", "ok", "with MANAGEMENT_TOKEN alone");
    user.set("MANAGEMENT_TOKEN", "of-tests");
    user.expect("BTN-D70", "ok", "the proxy 1.9.2");
}

#[test]
fn d70_fails_where_opencode_is_set_up_for_a_proxy_that_does_not_answer() {
    let port = closed_port();
    let user = user_of_proxy("zenproxy", port);
    user.expect(
        "BTN-D70",
        "fail",
        &format!("the proxy does not answer at port {port}"),
    );
    // Nobody knows whether a provider that is only called so has to be up.
    user_of_proxy("my-proxy", port).expect("BTN-D70", "warn", "does not answer");
    user.expect("BTN-D71", "ok", "no proxy answers");
    let (status, message) = user.check_with("BTN-D70", &["--offline"]);
    assert_eq!(
        (status.as_str(), message.as_str()),
        ("ok", "not asked: --offline")
    );
    let another = user_of_proxy("zenproxy", serve(another));
    another.expect("BTN-D70", "fail", "something else than the proxy");
    // A model server of somebody else is none of ours.
    user_of_proxy("lmstudio", closed_port()).expect("BTN-D70", "ok", "no proxy runs here");
}

#[test]
fn d70_asks_where_the_base_url_of_the_environment_leads_and_nobody_elsewhere() {
    let port = serve(proxy);
    let mut user = User::new();
    user.set(
        "OPENCODE_PROXY_BASE_URL",
        format!("http://127.0.0.1:{port}/v1"),
    );
    user.expect("BTN-D70", "ok", &format!("at port {port}"));
    user.set("OPENCODE_PROXY_BASE_URL", "https://example.org/v1");
    user.expect(
        "BTN-D70",
        "ok",
        "OPENCODE_PROXY_BASE_URL names another address",
    );
}

#[test]
fn d70_fails_where_the_proxy_says_that_it_is_not_well() {
    let mut user = User::new();
    user.set("PORT", serve(unwell).to_string());
    user.expect("BTN-D70", "fail", "says of itself: starting");
}

#[test]
fn d70_gives_up_on_a_proxy_that_takes_too_long() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut user = user_of_proxy("zenproxy", silent.local_addr().unwrap().port());
    user.set("BATON_CHECK_MS", "200");
    user.expect("BTN-D70", "warn", "within 200 ms");
}

#[test]
fn d70_waits_for_several_silent_ports_once() {
    let silent = || {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        (listener, port)
    };
    let [one, two, three] = [silent(), silent(), silent()];
    let mut user = user_of_proxy("zenproxy", one.1);
    user.set("PORT", two.1.to_string());
    user.set(
        "OPENCODE_PROXY_BASE_URL",
        format!("http://127.0.0.1:{}/v1", three.1),
    );
    user.set("BATON_CHECK_MS", "4000");
    let start = Instant::now();
    user.expect("BTN-D70", "warn", "within 4000 ms");
    assert!(start.elapsed() < Duration::from_secs(8));
}

#[test]
fn d71_compares_the_port_that_opencode_asks_with_the_one_that_answers() {
    let port = serve(proxy);
    let mut user = user_of_proxy("zenproxy", port);
    user.expect("BTN-D71", "ok", &format!("at port {port}"));
    user.expect("BTN-D70", "ok", "1.9.2");
    let closed = closed_port();
    user = user_of_proxy("my-proxy", closed);
    user.set("PORT", port.to_string());
    user.expect(
        "BTN-D71",
        "fail",
        &format!("at port {closed}, but it answers at port {port}"),
    );
    user = user_of_proxy("ollama", closed);
    user.set("PORT", port.to_string());
    user.expect("BTN-D71", "ok", "does not use the proxy");
    user.set("OPENCODE_PROXY_PROVIDER", "ollama");
    user.expect("BTN-D71", "fail", "but it answers");
}

#[test]
fn d72_warns_where_the_proxy_answers_and_its_list_of_models_does_not() {
    let mut user = User::new();
    user.expect("BTN-D72", "ok", "no proxy answers");
    user.set("PORT", serve(proxy).to_string());
    user.expect("BTN-D72", "ok", "offers 2 models");
    user.set("PORT", serve(without_list).to_string());
    user.expect(
        "BTN-D72",
        "warn",
        "its list of models at /v1/models does not",
    );
    user.expect("BTN-D73", "ok", "OpenCode names no model");
}

#[test]
fn d73_warns_of_models_that_the_proxy_would_answer_for_with_others() {
    let port = serve(proxy);
    let user = user_of_proxy("zenproxy", port);
    let configure = |model: &str, models: &str| {
        let config = format!(
            r#"{{"model":"{model}","small_model":"zenproxy/auto","provider":{{"zenproxy":{{
                "options":{{"baseURL":"http://127.0.0.1:{port}/v1"}},"models":{models}}}}}}}"#
        );
        user.write(".config/opencode/opencode.json", &config);
    };
    configure("zenproxy/one", r#"{"one":{},"two":{}}"#);
    user.expect("BTN-D73", "ok", "has the 2 models");
    configure("zenproxy/old", r#"{"two":{},"a <b>":{}}"#);
    user.expect(
        "BTN-D73",
        "warn",
        "does not have 2 of the 3 models that OpenCode names, and answers with others: old, ?",
    );
    // Models of others are none of the proxy's.
    configure("anthropic/one", "{}");
    user.expect("BTN-D73", "ok", "names no model");
}

#[test]
fn d74_knows_whether_a_token_is_needed_and_whether_it_is_the_right_one() {
    let mut user = User::new();
    user.expect("BTN-D74", "ok", "no proxy answers");
    user.set("PORT", serve(proxy).to_string());
    user.expect("BTN-D74", "ok", "shows how it does");
    user.set("PORT", serve(guarded).to_string());
    user.expect("BTN-D74", "warn", "there is none here");
    user.set("MANAGEMENT_TOKEN", "of-others");
    user.expect("BTN-D74", "fail", "another MANAGEMENT_TOKEN");
    user.set("MANAGEMENT_TOKEN", "of-tests");
    user.expect("BTN-D74", "ok", "shows how it does");
    user.set("MANAGEMENT_TOKEN", "");
    user.set("OPENCODE_PROXY_TOKEN", "of-tests");
    user.expect("BTN-D74", "ok", "shows how it does");
    user.set("PORT", serve(exposed).to_string());
    user.expect("BTN-D74", "warn", "HOST lets other machines ask");
}

#[test]
fn d75_knows_whether_the_last_request_is_recorded_and_by_whom() {
    let mut user = User::new();
    user.expect("BTN-D75", "ok", "no proxy answers");
    user.set("PORT", serve(proxy).to_string());
    user.expect("BTN-D75", "ok", "does not tell what it keeps");
    user.set("PORT", serve(idle).to_string());
    user.expect("BTN-D75", "ok", "had no request");
    user.set("PORT", serve(off).to_string());
    user.expect("BTN-D75", "ok", "switches it off");
    user.set("PORT", serve(unwritten).to_string());
    user.expect("BTN-D75", "fail", "cannot write its usage log");
    user.set("PORT", serve(busy).to_string());
    user.expect("BTN-D75", "warn", "not recorded here, the last one 0m ago");
    user.home.record(&[usage(LAST_REQUEST)]);
    user.expect("BTN-D75", "ok", "is imported");
    user.home.record(&[Record {
        client: Some(Client::Proxy.into()),
        ..usage(LAST_REQUEST + 1)
    }]);
    user.expect("BTN-D75", "ok", "the proxy records its requests");
}

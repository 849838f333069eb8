//! The checks of the proxy, each seen to be ok, to warn and to fail.
#![cfg(unix)]

mod home;
mod user;

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use user::User;

/// A server on a free port of loopback that gives an answer for each path; the thread ends with the test.
fn serve(answer: fn(path: &str, head: &[String]) -> (u16, String)) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || while respond(&stream, answer) {});
        }
    });
    port
}

fn respond(stream: &TcpStream, answer: fn(&str, &[String]) -> (u16, String)) -> bool {
    let lines = BufReader::new(stream).lines().map_while(Result::ok);
    let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
    let Some(target) = head.first().and_then(|line| line.split(' ').nth(1)) else {
        return false;
    };
    let path = target.split('?').next().unwrap_or_default();
    let (status, body) = answer(path, &head);
    let mut stream = stream;
    write!(
        stream,
        "HTTP/1.1 {status} x\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .is_ok()
}

fn proxy(path: &str, _: &[String]) -> (u16, String) {
    let body = match path {
        "/health" => r#"{"status":"ok","models":["one"]}"#,
        "/metrics" => r#"{"app":"opencode-proxy","app_version":"1.9.2","routing":"round-robin"}"#,
        _ => return (404, "{}".to_owned()),
    };
    (200, body.to_owned())
}

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

/// A user whose OpenCode asks for the proxy at a port.
fn user_of_proxy(provider: &str, port: u16) -> User {
    let user = User::new();
    user.script("opencode", "echo 1.18.33");
    let url = format!("http://127.0.0.1:{port}/v1");
    let config = serde_json::json!({ "provider": { provider: { "options": { "baseURL": url } } } });
    user.write(".config/opencode/opencode.json", &config.to_string());
    user
}

/// A port of loopback where nothing listens.
fn closed_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
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
fn d70_warns_of_a_proxy_that_opencode_asks_for_and_that_does_not_answer() {
    let port = closed_port();
    let user = user_of_proxy("zenproxy", port);
    user.expect(
        "BTN-D70",
        "warn",
        &format!("the proxy does not answer at port {port}"),
    );
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
fn d70_gives_up_on_a_proxy_that_takes_too_long() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut user = user_of_proxy("zenproxy", silent.local_addr().unwrap().port());
    user.set("BATON_CHECK_MS", "200");
    user.expect("BTN-D70", "warn", "within 200 ms");
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

//! HTTP servers on loopback that answer like the proxy, or not.
#![allow(dead_code)]

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

/// A server on a free port of loopback that gives an answer for each path; the thread ends with the test.
pub fn serve(answer: fn(path: &str, head: &[String]) -> (u16, String)) -> u16 {
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

/// Answers as the proxy does.
pub fn proxy(path: &str, _: &[String]) -> (u16, String) {
    let body = match path {
        "/health" => r#"{"status":"ok","models":["one","two"]}"#,
        "/v1/models" => r#"{"object":"list","data":[{"id":"one"},{"id":"two"}]}"#,
        "/metrics" => r#"{"app":"opencode-proxy","app_version":"1.9.2","routing":"round-robin"}"#,
        _ => return (404, "{}".to_owned()),
    };
    (200, body.to_owned())
}

/// A port of loopback where nothing listens.
pub fn closed_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

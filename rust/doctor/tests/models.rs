//! The check of the models, with what records tell, what the proxy tells, and what OpenCode names.
#![cfg(unix)]

mod home;
mod server;
mod user;

use baton_state::proto::state::v1::record::Kind;
use baton_state::proto::state::v1::{ModelState, Record};
use home::{NOW, model};
use server::{closed_port, proxy, serve};
use user::User;

/// A record of a model whose limit ends at an instant.
fn limited(name: &str, until: Option<i64>) -> Record {
    let mut record = model(NOW, name, ModelState::Limited);
    if let Some(Kind::ModelHealth(health)) = &mut record.kind {
        health.provider = Some("opencode-zen".to_owned());
        health.limit_resets_at = until;
    }
    record
}

#[test]
fn d40_counts_models_by_state_and_tells_what_is_left_of_limits() {
    let user = User::new();
    user.expect("BTN-D40", "ok", "1 model, 1 available");
    user.home.record(&[
        limited("soon", Some(NOW + 90_000)),
        limited("later", Some(NOW + 22 * 60_000)),
        limited("tomorrow", Some(NOW + 30 * 3_600_000)),
        limited("unknown", None),
        limited("over", Some(NOW - 1)),
        model(NOW, "broken", ModelState::Error),
    ]);
    let (status, message) = user.check("BTN-D40");
    assert_eq!(status, "warn");
    assert_eq!(
        message,
        "7 models: 1 available, 4 limited, 1 retry, 1 error; \
         soon limited until 14:14Z (90s left), later limited until 14:35Z (22m left), \
         tomorrow limited until 2026-09-22 20:13Z (1d left), unknown limited, end not known and 2 more"
    );
}

#[test]
fn d40_knows_models_that_nobody_has_used() {
    let mut user = User::new();
    let config = r#"{"model":"zenproxy/one","provider":{"zenproxy":{"models":{"three":{}}},
        "other":{"models":{"four":{}}}}}"#;
    user.write(".config/opencode/opencode.jsonc", config);
    user.set("PORT", closed_port().to_string());
    user.expect("BTN-D40", "ok", "3 models: 1 available, 2 untested");
    user.set("PORT", serve(proxy).to_string());
    user.expect("BTN-D40", "ok", "4 models: 1 available, 3 untested");
    let (_, message) = user.check_with("BTN-D40", &["--offline"]);
    assert_eq!(message, "3 models: 1 available, 2 untested");
}

fn telling(path: &str, head: &[String]) -> (u16, String) {
    match path {
        "/metrics" => (200, STATES.to_owned()),
        _ => proxy(path, head),
    }
}

/// Seen after the records, but for `stale`.
const STATES: &str = r#"{"model_status":{"all":[
    {"model":"one","state":"limited","reset_in_seconds":59,"last_seen_at":"2026-11-01T00:00:00.000Z"},
    {"model":"two","state":"error","reset_in_seconds":null,"last_seen_at":"2026-11-01T00:00:00.000Z"},
    {"model":"stale","state":"available","reset_in_seconds":null,"last_seen_at":"2020-01-01T00:00:00.000Z"},
    {"model":"new","state":"untested","reset_in_seconds":null,"last_seen_at":""}]}}"#;

#[test]
fn d40_takes_what_was_seen_last_be_it_by_the_proxy_or_in_a_record() {
    let mut user = User::new();
    user.home
        .record(&[limited("one", None), limited("stale", Some(NOW + 5_000))]);
    user.set("PORT", serve(telling).to_string());
    user.expect(
        "BTN-D40",
        "warn",
        "4 models: 1 available, 2 limited, 1 error; stale limited until 14:13Z (5s left), \
         one limited until 14:14Z (59s left), two in error",
    );
    for (fail_on, status) in [("never", "warn"), ("error", "fail"), ("limited", "fail")] {
        assert_eq!(
            user.check_with("BTN-D40", &["--fail-on", fail_on]).0,
            status
        );
    }
}

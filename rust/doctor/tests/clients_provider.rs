//! The checks of what the proxy's own doctor looks at in OpenCode, each seen to be ok, to warn and to fail where it can;
//! conformance/doctor compares both.
#![cfg(unix)]

mod home;
mod server;
mod user;

use std::fs;

use server::{proxy, serve};
use user::User;

const CONFIG: &str = ".config/opencode/opencode.jsonc";
const PACKAGE: &str = ".config/opencode/node_modules/@ai-sdk/openai-compatible/package.json";

/// A user whose OpenCode has this configuration.
fn user_with(config: &str) -> User {
    let user = User::new();
    user.write(CONFIG, config);
    user
}

/// A user whose OpenCode has the provider, and this beside it.
fn user_of_provider(rest: &str) -> User {
    user_with(&format!(r#"{{"provider":{{"zenproxy":{{}}}}{rest}}}"#))
}

#[test]
fn d61_fails_without_a_configuration_where_the_proxy_is_wanted() {
    let mut user = User::new();
    user.expect("BTN-D61", "ok", "OpenCode is not installed");
    user.set("OPENCODE_PROXY_PROVIDER", "zenproxy");
    user.expect(
        "BTN-D61",
        "fail",
        "no configuration, so it does not know the proxy",
    );
    user.expect("BTN-D82", "ok", "no configuration that can be read");
    user.write(CONFIG, r#"{"provider":}"#);
    user.expect("BTN-D61", "fail", "is not valid: line 1");
    user.expect("BTN-D82", "ok", "no configuration that can be read");
    user.write(CONFIG, "");
    user.expect("BTN-D61", "ok", "is valid");
    user.expect("BTN-D82", "fail", "has no provider");
}

#[test]
fn nothing_is_said_of_the_proxy_where_nobody_wants_it() {
    let user = user_with(r#"{"model":"anthropic/one"}"#);
    for id in [
        "BTN-D80", "BTN-D81", "BTN-D82", "BTN-D83", "BTN-D84", "BTN-D85",
    ] {
        user.expect(id, "ok", "is not set up for the proxy");
    }
    // A proxy that runs beside an OpenCode is wanted, and so is one that a broken file names.
    let mut user = user_with("{}");
    user.set("PORT", serve(proxy).to_string());
    user.expect("BTN-D82", "fail", "has no provider zenproxy");
    user_with(r#"{"model":"zenproxy/one"#).expect("BTN-D80", "ok", "Node 2");
}

#[test]
fn d80_knows_a_node_that_is_new_enough() {
    let user = user_of_provider("");
    user.expect("BTN-D80", "ok", "Node 2");
    let node = |script: &str| {
        let _ = fs::remove_file(user.home.programs().join("node"));
        user.script("node", script);
    };
    node("echo v18.0.0");
    user.expect("BTN-D80", "ok", "Node 18.0.0");
    node("echo v16.20.2");
    user.expect("BTN-D80", "fail", "Node 16.20.2 is older than 18");
    node("echo none");
    user.expect("BTN-D80", "fail", "no version that is known");
    node("exit 1");
    user.expect("BTN-D80", "fail", "does not tell its version");
    fs::remove_file(user.home.programs().join("node")).unwrap();
    user.expect("BTN-D80", "fail", "Node is not on PATH");
    node("sleep 60");
    let mut user = user;
    user.set("BATON_CHECK_MS", "300");
    user.expect("BTN-D80", "warn", "did not tell its version in time");
}

#[test]
fn d81_wants_the_package_unless_opencode_brings_it_along() {
    let user = user_of_provider("");
    user.expect("BTN-D81", "fail", "@ai-sdk/openai-compatible is missing");
    user.script("opencode", "echo 1.17.9");
    user.expect("BTN-D81", "fail", "@ai-sdk/openai-compatible is missing");
    user.script("opencode", "echo 1.18.33");
    user.expect("BTN-D81", "ok", "OpenCode 1.18.33 brings");
    fs::remove_file(user.home.programs().join("opencode")).unwrap();
    user.write(PACKAGE, "{}");
    user.expect("BTN-D81", "ok", "is installed");
    let mut user = user;
    user.set(
        "OPENCODE_CONFIG_DIR",
        user.path("elsewhere").to_string_lossy(),
    );
    user.expect("BTN-D81", "fail", "is missing");
}

#[test]
fn d82_reads_the_provider_of_the_environment_from_all_files() {
    let mut user = user_of_provider("");
    user.expect("BTN-D82", "ok", "has the provider zenproxy");
    user.set("OPENCODE_PROXY_PROVIDER", "other");
    user.expect("BTN-D82", "fail", "has no provider other");
    let project = user.home.folder.path().join("opencode.json");
    fs::write(project, r#"{"provider":{"other":{}}}"#).unwrap();
    user.expect("BTN-D82", "ok", "has the provider other");
    user.set("OPENCODE_PROXY_PROVIDER", "a\u{1b}[31m/home/x");
    user.expect("BTN-D82", "fail", "has no provider ?");
}

#[test]
fn d83_compares_the_base_url_and_shows_none_of_elsewhere() {
    let with = |url: &str| {
        user_with(&format!(
            r#"{{"provider":{{"zenproxy":{{"options":{{"baseURL":"{url}"}}}}}}}}"#
        ))
    };
    let mut user = with("http://127.0.0.1:9/v1");
    user.expect("BTN-D83", "ok", "is http://127.0.0.1:9/v1");
    user.set("PORT", "10");
    user.expect(
        "BTN-D83",
        "warn",
        "the base URL of zenproxy is http://127.0.0.1:9/v1; http://127.0.0.1:10/v1 was expected",
    );
    user.set("OPENCODE_PROXY_BASE_URL", "http://127.0.0.1:9/v1");
    user.expect("BTN-D83", "ok", "is http://127.0.0.1:9/v1");
    with(concat!("https://user:", "word@example.org/v1")).expect(
        "BTN-D83",
        "warn",
        "is one that is not shown here;",
    );
    with("http://127.0.0.1:9/v1?key=word").expect(
        "BTN-D83",
        "warn",
        "is one that is not shown here;",
    );
    user_of_provider("").expect("BTN-D83", "warn", "zenproxy has no base URL");
    let mut user = with("http://127.0.0.1:{env:AT}/v1");
    user.set("AT", "9");
    user.expect("BTN-D83", "ok", "is http://127.0.0.1:9/v1");
}

#[test]
fn d84_and_d85_want_models_of_the_provider() {
    let with = |role: &str, model: &str| user_of_provider(&format!(r#","{role}":"{model}""#));
    let model = |model: &str| with("model", model);
    model("zenproxy/vendor/one").expect("BTN-D84", "ok", "default model is zenproxy/vendor/one");
    model("zenproxyone").expect(
        "BTN-D84",
        "warn",
        "zenproxyone; one of zenproxy was expected",
    );
    model("other/one").expect("BTN-D84", "warn", "other/one; one of zenproxy was expected");
    model("/home/x y").expect("BTN-D84", "warn", "is ?; one of zenproxy was expected");
    user_of_provider("").expect("BTN-D84", "warn", "OpenCode has no default model");
    let small = |model: &str| with("small_model", model);
    small("zenproxy/vendor/one").expect("BTN-D85", "ok", "small model is zenproxy/vendor/one");
    small("zenproxyone").expect(
        "BTN-D85",
        "warn",
        "zenproxyone; one of zenproxy was expected",
    );
    small("other/one").expect("BTN-D85", "warn", "other/one; one of zenproxy was expected");
    small("/home/x y").expect("BTN-D85", "warn", "is ?; one of zenproxy was expected");
    user_of_provider("").expect("BTN-D85", "warn", "OpenCode has no small model");
}

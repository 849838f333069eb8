//! The checks of OpenCode, each seen to be ok, to warn and to fail.
#![cfg(unix)]

mod home;
mod user;

use std::fs;
use std::time::{Duration, SystemTime};

use user::{User, needed, repository};

const CONFIG: &str = ".config/opencode/opencode.jsonc";
const PLUGIN: &str = ".config/opencode/plugin/baton.js";
const LOG: &str = ".local/share/opencode/log/2026-11-25T120000.log";
const ANSWER: &str = r#"echo '{"id":1,"result":{"serverInfo":{"name":"baton","version":"1"}}}'"#;

/// A user with an OpenCode of which only the version is asked.
fn user_of_opencode() -> User {
    let user = User::new();
    user.script("opencode", "echo 1.18.33");
    user
}

fn configure(user: &User, command: &[&str], rest: &str) {
    let text = format!(
        "// Comments, and commas at the end.\n{{\"mcp\": {{\"baton\": {{\"type\": \"local\", \"command\": {command:?}{rest}, }} }}, }}"
    );
    user.write(CONFIG, &text);
}

#[test]
fn d60_knows_the_version_that_the_tests_are_pinned_to_and_warns_of_others() {
    let pinned = fs::read_to_string(repository().join("e2e/clients.ts")).unwrap();
    let version = pinned.split("\"opencode-ai\", version: \"").nth(1).unwrap();
    let version = version.split('"').next().unwrap();
    let user = User::new();
    user.script("opencode", &format!("echo {version}"));
    user.expect("BTN-D60", "ok", &format!("OpenCode {version}"));
    user.script("opencode", "echo v2.0.1");
    user.expect("BTN-D60", "warn", "OpenCode 2.0.1 is newer than 1.18");
    user.script("opencode", "exit 1");
    user.expect("BTN-D60", "warn", "does not tell");
}

#[test]
fn d61_reads_every_file_that_opencode_reads() {
    let mut user = user_of_opencode();
    user.expect("BTN-D61", "ok", "no configuration");
    user.write(CONFIG, "{ // why\n \"plugin\": [],\n}");
    user.expect("BTN-D61", "ok", "is valid");
    user.write(CONFIG, "{\n \"plugin\": []\n \"mcp\": {}\n}");
    user.expect(
        "BTN-D61",
        "fail",
        "~/.config/opencode/opencode.jsonc is not valid: line 2",
    );
    user.write(CONFIG, "{}");
    user.write("other.json", "{");
    user.set("OPENCODE_CONFIG", user.path("other.json").to_string_lossy());
    user.expect("BTN-D61", "fail", "OPENCODE_CONFIG");
    user.write("other.json", "{}");
    fs::write(user.home.folder.path().join("opencode.json"), "[}").unwrap();
    user.expect("BTN-D61", "fail", "opencode.json of the project");
    fs::write(user.home.folder.path().join("opencode.json"), b"\xff").unwrap();
    user.expect("BTN-D61", "fail", "UTF-8");
}

#[test]
fn d62_greets_the_real_server_and_sees_one_that_does_not_answer() {
    let mut user = user_of_opencode();
    user.expect("BTN-D62", "warn", "is not configured");
    if let Some(cli) = needed("dist/cli.js", "npm run build") {
        configure(&user, &["node", &cli.to_string_lossy(), "mcp"], "");
        user.expect("BTN-D62", "ok", "MCP server answers as baton ");
    }
    configure(&user, &["sh", "-c", ANSWER], ", \"enabled\": false");
    user.expect("BTN-D62", "warn", "switched off");
    configure(&user, &[], "");
    user.expect("BTN-D62", "fail", "no command");
    configure(&user, &["sh", "-c", "exit 3"], "");
    user.expect("BTN-D62", "fail", "ended with 3");
    configure(&user, &["sh", "-c", "sleep 60"], "");
    user.set("BATON_CHECK_MS", "300");
    user.expect("BTN-D62", "warn", "did not answer within 300 ms");
}

#[test]
fn d62_starts_what_all_files_together_say() {
    let mut user = user_of_opencode();
    user.set("SECRET", "word");
    user.set("GREETING", ANSWER);
    let script = r#"test "$SECRET $SET" = "word word" && eval "$GREETING""#;
    configure(
        &user,
        &["sh", "-c", script],
        ", \"environment\": {\"SET\": \"{env:SECRET}\"}, \"enabled\": false",
    );
    user.expect("BTN-D62", "warn", "switched off");
    let project = user.home.folder.path().join("opencode.json");
    fs::write(project, r#"{"mcp":{"baton":{"enabled":true}}}"#).unwrap();
    user.expect("BTN-D62", "ok", "baton 1");
}

#[test]
fn d63_compares_the_state_directories() {
    let user = user_of_opencode();
    user.expect("BTN-D63", "ok", "does not start");
    // OpenCode hands on all variables, BATON_HOME among them.
    configure(&user, &["node", "cli.js", "mcp"], "");
    user.expect("BTN-D63", "ok", "this state directory");
    configure(
        &user,
        &["node", "cli.js", "mcp"],
        ", \"environment\": {\"BATON_HOME\": \"/elsewhere\"}",
    );
    user.expect("BTN-D63", "warn", "another directory");
    configure(&user, &["node", "cli.js", "mcp", "--home=/elsewhere"], "");
    user.expect("BTN-D63", "warn", "another directory");
}

#[test]
fn d64_compares_the_plugin_with_the_one_of_this_baton() {
    let user = user_of_opencode();
    user.expect("BTN-D64", "warn", "is not there");
    user.write(PLUGIN, "export const Baton = async () => ({});\n");
    user.expect("BTN-D64", "ok", "no Baton to compare it with");
    let cli = user.write("npm/dist/cli.js", "");
    user.write(
        "npm/dist/opencode.js",
        "export const Baton = async () => ({});\n",
    );
    fs::create_dir_all(user.home.dir.join("bin")).unwrap();
    let launcher = format!(
        "BATON_HOME='…'\nexec \"$node\" '{}' \"$@\"\n",
        cli.to_string_lossy()
    );
    fs::write(user.home.dir.join("bin/baton"), launcher).unwrap();
    user.expect("BTN-D64", "ok", "that of this Baton");
    user.write(
        "npm/dist/opencode.js",
        "export const Baton = async () => ({ newer });\n",
    );
    user.expect("BTN-D64", "warn", "another version");
    user.write(".config/opencode/plugins/baton.js", "");
    user.expect("BTN-D64", "warn", "is there 2 times");
    fs::remove_dir_all(user.path(".config/opencode")).unwrap();
    user.write(CONFIG, r#"{"plugin":["file:///no/such/opencode.js"]}"#);
    user.expect("BTN-D64", "fail", "leads to no file");
    fs::create_dir_all(user.path(PLUGIN)).unwrap();
    user.write(CONFIG, "{}");
    user.expect("BTN-D64", "fail", "cannot be read");
}

#[test]
fn d65_knows_when_opencode_would_wait_for_npm() {
    let mut user = user_of_opencode();
    let folder = ".config/opencode";
    user.expect("BTN-D65", "ok", "no plugin");
    user.write(PLUGIN, "");
    user.expect("BTN-D65", "warn", "1 of its folders");
    let lock = r#"{"packages":{"":{"dependencies":{"@opencode-ai/plugin":"0.0.0"}}}}"#;
    user.write(&format!("{folder}/package-lock.json"), lock);
    user.expect("BTN-D65", "warn", "1 of its folders");
    fs::create_dir_all(user.path(&format!("{folder}/node_modules"))).unwrap();
    user.expect("BTN-D65", "ok", "has the packages");
    user.write(
        &format!("{folder}/package.json"),
        r#"{"devDependencies":{"zod":"4"}}"#,
    );
    user.expect("BTN-D65", "warn", "1 of its folders");
    let lock = r#"{"packages":{"":{"peerDependencies":{"@opencode-ai/plugin":"0","zod":"4"}}}}"#;
    user.write(&format!("{folder}/package-lock.json"), lock);
    user.expect("BTN-D65", "ok", "has the packages");
    // Every folder counts, that of the project too.
    fs::create_dir_all(user.home.folder.path().join(".opencode")).unwrap();
    user.expect("BTN-D65", "warn", "1 of its folders");
    user.set("npm_config_fetch_retries", "0");
    user.expect("BTN-D65", "ok", "goes on if it cannot");
    user.set("npm_config_fetch_retries", "");
    user.write(".npmrc", "fetch-retries = 0\n");
    user.expect("BTN-D65", "ok", "goes on if it cannot");
    fs::remove_file(user.path(".npmrc")).unwrap();
    // Without plugin files, a listed one makes OpenCode wait as well.
    fs::remove_file(user.path(PLUGIN)).unwrap();
    user.expect("BTN-D65", "ok", "no plugin");
    user.write(CONFIG, r#"{"plugin":["some-plugin"]}"#);
    user.expect("BTN-D65", "warn", "1 of its folders");
}

#[test]
fn d66_reads_the_end_of_the_last_log() {
    let user = user_of_opencode();
    user.expect("BTN-D66", "ok", "is not there");
    let plugin = user.write(PLUGIN, "");
    user.expect("BTN-D66", "ok", "has not started yet");
    let older = fs::File::options().write(true).open(&plugin).unwrap();
    older
        .set_modified(SystemTime::now() - Duration::from_secs(60))
        .unwrap();
    user.write(LOG, "level=INFO message=init\n");
    user.expect("BTN-D66", "ok", "tells of no failure");
    let line = |what: &str| {
        format!(
            "timestamp=2026-11-25T12:00:00 level=ERROR message=\"failed to load plugin\" path=file:///x/plugin/{what} error=\"boom\"\n"
        )
    };
    user.write(LOG, &line("another.js"));
    user.expect("BTN-D66", "ok", "tells of no failure");
    user.write(LOG, &line("baton.js"));
    user.expect("BTN-D66", "fail", "could not load the plugin");
    user.write(
        LOG,
        "level=WARN message=\"background dependency install failed\"\n",
    );
    user.expect("BTN-D66", "warn", "waited for npm");
    // The file goes on from one start to the next.
    let start = |run: &str| format!("level=INFO run={run} message=\"creating instance\"\n");
    let failed = line("baton.js").replace("level=ERROR", "level=ERROR run=aaaa1111");
    user.write(
        LOG,
        &format!("{}{failed}{}", start("aaaa1111"), start("bbbb2222")),
    );
    user.expect("BTN-D66", "ok", "tells of no failure");
    user.write(
        LOG,
        &format!("{}{}{failed}", start("bbbb2222"), start("aaaa1111")),
    );
    user.expect("BTN-D66", "fail", "could not load the plugin");
    // What lies more than half a megabyte before the end is of an earlier start.
    user.write(
        LOG,
        &format!("{}{}", line("baton.js"), "level=INFO\n".repeat(60_000)),
    );
    user.expect("BTN-D66", "ok", "tells of no failure");
    let newer = fs::File::options().write(true).open(&plugin).unwrap();
    newer
        .set_modified(SystemTime::now() + Duration::from_secs(60))
        .unwrap();
    user.expect("BTN-D66", "ok", "not started since");
}

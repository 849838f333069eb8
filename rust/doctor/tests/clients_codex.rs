//! The checks of Codex, each seen to be ok, to warn and to fail.
#![cfg(unix)]

mod home;
mod user;

use std::fs;
use std::time::{Duration, Instant};

use user::{User, needed, repository};

/// A user with a Codex of which only the version is asked.
fn user_of_codex() -> User {
    let user = User::new();
    user.script("codex", "echo codex-cli 0.169.0");
    user
}

fn configure(user: &User, command: &str, arguments: &[&str], rest: &str) {
    let text =
        format!("[mcp_servers.baton]\ncommand = {command:?}\nargs = {arguments:?}\n{rest}\n");
    user.write(".codex/config.toml", &text);
}

/// hooks.json with Baton's handler for some events.
fn hooks(command: &str, events: &[&str]) -> String {
    let handler = serde_json::json!({ "type": "command", "command": command, "timeout": 5 });
    let events: serde_json::Map<_, _> = events
        .iter()
        .map(|event| {
            (
                (*event).to_owned(),
                serde_json::json!([{ "hooks": [handler] }]),
            )
        })
        .collect();
    serde_json::json!({ "hooks": events }).to_string()
}

const EVENTS: [&str; 6] = [
    "SessionStart",
    "PreToolUse",
    "PostToolUse",
    "Stop",
    "SessionEnd",
    "Interrupt",
];

#[test]
fn a_client_that_is_not_there_takes_one_line() {
    let user = User::new();
    user.write(".codex/config.toml", "[broken");
    let run = home::Run::of(user.doctor(&["check"]).output().unwrap());
    let lines: Vec<_> = run
        .stdout
        .lines()
        .filter(|line| line.contains("BTN-D5"))
        .collect();
    assert_eq!(lines, ["[ok] BTN-D50 Codex is not installed"]);
    assert!(
        run.stdout
            .contains("[ok] BTN-D60 OpenCode is not installed\n")
    );
    assert!(
        run.stdout
            .contains("[ok] BTN-D70 no proxy runs here, and OpenCode asks for none\n")
    );
    user.expect("BTN-D53", "ok", "not installed");
}

#[test]
fn only_runs_what_it_names_and_refuses_what_no_check_has() {
    let user = User::new();
    let run = |only: &str| home::Run::of(user.doctor(&["check", "--only", only]).output().unwrap());
    let named = run("BTN-D50,BTN-D01");
    assert_eq!(named.stdout.lines().count(), 3, "{named:?}");
    assert_eq!(run("BTN-D99").code, Some(2));
}

#[test]
fn d50_knows_the_version_that_the_tests_are_pinned_to_and_warns_of_others() {
    let pinned = fs::read_to_string(repository().join("e2e/clients.ts")).unwrap();
    let version = pinned.split("@openai/codex\", version: \"").nth(1).unwrap();
    let version = version.split('"').next().unwrap();
    let user = User::new();
    let says = |text: &str| user.script("codex", text);
    says(&format!("echo codex-cli {version}"));
    user.expect("BTN-D50", "ok", &format!("Codex {version}"));
    says("echo codex-cli 0.170.0-alpha.3");
    user.expect(
        "BTN-D50",
        "warn",
        "Codex 0.170.0-alpha.3 is newer than 0.169",
    );
    says("echo codex-cli 0.98.1");
    user.expect("BTN-D50", "warn", "older");
    says("echo 'a \u{1b}[31m/home/somebody'");
    user.expect("BTN-D50", "warn", "tells no version that is known");
    says("exit 1");
    user.expect("BTN-D50", "warn", "does not tell");
}

#[test]
fn d50_reads_the_version_of_a_package_without_starting_the_program() {
    let user = User::new();
    user.write(
        "npm/@openai/codex/package.json",
        r#"{"name":"@openai/codex","version":"0.169.7"}"#,
    );
    let program = user.write(
        "npm/@openai/codex/bin/codex.js",
        "#!/bin/sh\necho codex-cli 9.9.9\n",
    );
    home::set_mode(&program, 0o755);
    user.link("codex", &program);
    user.expect("BTN-D50", "ok", "Codex 0.169.7");
}

#[test]
fn d50_gives_up_on_a_program_that_hangs() {
    let mut user = User::new();
    user.script("codex", "sleep 60");
    user.set("BATON_CHECK_MS", "300");
    let start = Instant::now();
    user.expect("BTN-D50", "warn", "in time");
    assert!(start.elapsed() < Duration::from_secs(5));
}

#[test]
fn d51_greets_the_real_server() {
    let Some(cli) = needed("dist/cli.js", "npm run build") else {
        return;
    };
    let user = user_of_codex();
    user.expect("BTN-D51", "warn", "is not in ~/.codex/config.toml");
    configure(&user, "node", &[&cli.to_string_lossy(), "mcp"], "");
    user.expect("BTN-D51", "ok", "MCP server answers as baton ");
    configure(
        &user,
        "node",
        &[&cli.to_string_lossy(), "mcp"],
        "enabled = false",
    );
    user.expect("BTN-D51", "warn", "switched off");
    // What it needs is not among the variables that Codex hands on.
    configure(&user, "node", &["--no-such-option"], "");
    user.expect("BTN-D51", "fail", "ended with 9 before it answered");
}

#[test]
fn d51_sees_a_server_that_hangs_dies_or_speaks_something_else() {
    let mut user = user_of_codex();
    let script = |text: &str| configure(&user, "sh", &["-c", text], "");
    script("exit 3");
    user.expect("BTN-D51", "fail", "ended with 3 before it answered");
    script("kill -9 $$");
    user.expect("BTN-D51", "fail", "was ended before it answered");
    script("echo Listening on port 8080; cat");
    user.expect("BTN-D51", "fail", "no message");
    script("yes");
    user.expect("BTN-D51", "fail", "no message");
    script(r#"echo '{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"no"}}'; cat"#);
    user.expect("BTN-D51", "fail", "refuses");
    script(
        r#"echo '{"jsonrpc":"2.0","id":1,"result":{"serverInfo":{"name":"other","version":"1"}}}'; cat"#,
    );
    user.expect("BTN-D51", "fail", "another MCP server");
    script(
        r#"echo '{"jsonrpc":"2.0","method":"note"}'; echo; echo '{"id":1,"result":{"serverInfo":{"name":"baton","version":"1;2"}}}'"#,
    );
    user.expect("BTN-D51", "ok", "answers as baton ?");
    configure(&user, "/no/such/program", &[], "");
    user.expect("BTN-D51", "fail", "cannot be started");
    user.write(
        ".codex/config.toml",
        "[mcp_servers.baton]\nurl = \"http://127.0.0.1:1\"\n",
    );
    user.expect("BTN-D51", "fail", "has no command");
    user.write(".codex/config.toml", "model = \"m\"\n[mcp_servers.baton\n");
    user.expect("BTN-D51", "fail", "is not valid: line 2");
    fs::remove_file(user.path(".codex/config.toml")).unwrap();
    fs::create_dir_all(user.path(".codex/config.toml")).unwrap();
    user.expect("BTN-D51", "fail", "cannot be read");
    fs::remove_dir(user.path(".codex/config.toml")).unwrap();
    configure(&user, "sh", &["-c", "sleep 61 & sleep 62"], "");
    user.set("BATON_CHECK_MS", "300");
    let start = Instant::now();
    user.expect("BTN-D51", "warn", "did not answer within 300 ms");
    assert!(start.elapsed() < Duration::from_secs(5));
}

#[cfg(target_os = "linux")]
#[test]
fn d51_leaves_no_process_behind() {
    let mut user = user_of_codex();
    user.set("BATON_CHECK_MS", "300");
    let marker = format!("10{}", std::process::id());
    configure(
        &user,
        "sh",
        &["-c", &format!("sleep {marker} & sleep {marker}")],
        "",
    );
    user.expect("BTN-D51", "warn", "did not answer");
    let left = fs::read_dir("/proc").unwrap().flatten().filter(|process| {
        let line = fs::read(process.path().join("cmdline")).unwrap_or_default();
        line == format!("sleep\0{marker}\0").as_bytes()
    });
    assert_eq!(left.count(), 0);
}

#[test]
fn d51_says_that_a_file_which_never_ends_hangs() {
    let mut user = user_of_codex();
    user.set("BATON_CHECK_MS", "100");
    fs::create_dir_all(user.path(".codex")).unwrap();
    let made = std::process::Command::new("mkfifo")
        .arg(user.path(".codex/config.toml"))
        .status();
    assert!(made.unwrap().success());
    user.expect("BTN-D51", "warn", "nothing was seen within 2100 ms");
}

#[test]
fn d51_hands_on_what_codex_hands_on_and_no_more() {
    let mut user = user_of_codex();
    user.set("OPENAI_API_KEY", "not-for-servers");
    user.set("NAMED", "by env_vars");
    let script = r#"test -z "$OPENAI_API_KEY" && test "$NAMED $SET" = "by env_vars by env" && test -n "$HOME" &&
        echo '{"id":1,"result":{"serverInfo":{"name":"baton","version":"1"}}}'"#;
    configure(
        &user,
        "sh",
        &["-c", script],
        "env_vars = [\"NAMED\"]\nenv = { SET = \"by env\" }",
    );
    user.expect("BTN-D51", "ok", "baton 1");
}

#[test]
fn d52_compares_the_state_directories() {
    let mut user = user_of_codex();
    user.expect("BTN-D52", "ok", "does not use Baton");
    // The doctor has BATON_HOME, and Codex hands on no such variable.
    configure(&user, "node", &["cli.js", "mcp"], "");
    user.expect("BTN-D52", "warn", "another directory");
    let state = user.home.dir.to_string_lossy().into_owned();
    configure(
        &user,
        "node",
        &["cli.js", "mcp"],
        &format!("env = {{ BATON_HOME = {state:?} }}"),
    );
    user.expect("BTN-D52", "ok", "this state directory");
    configure(&user, "node", &["cli.js", "mcp", "--home", &state], "");
    user.expect("BTN-D52", "ok", "this state directory");
    configure(
        &user,
        "node",
        &["cli.js", "mcp"],
        "env_vars = [\"BATON_HOME\"]",
    );
    user.expect("BTN-D52", "ok", "this state directory");
    // A launcher sets its own, whatever the environment says.
    let launcher = user.write("it's other/bin/baton", "BATON_HOME='…'\n");
    let launcher = launcher.to_string_lossy();
    configure(
        &user,
        &launcher,
        &["mcp"],
        &format!("env = {{ BATON_HOME = {state:?} }}"),
    );
    user.expect("BTN-D52", "warn", "another directory");
    configure(
        &user,
        "node",
        &["cli.js", "mcp"],
        "env_vars = [\"BATON_HOME\"]",
    );
    let command = format!("'{}' hook codex", launcher.replace('\'', r"'\''"));
    user.write(".codex/hooks.json", &hooks(&command, &EVENTS));
    user.expect("BTN-D52", "warn", "launcher of another state directory");
    fs::create_dir_all(user.home.dir.join("bin")).unwrap();
    fs::write(user.home.dir.join("bin/baton"), "BATON_HOME='…'\n").unwrap();
    let launcher = user.home.dir.join("bin/baton");
    configure(&user, &launcher.to_string_lossy(), &["mcp"], "");
    let command = format!("'{}' hook codex", launcher.to_string_lossy());
    user.write(".codex/hooks.json", &hooks(&command, &EVENTS));
    user.expect("BTN-D52", "ok", "this state directory");
    // Without BATON_HOME everywhere, both come to the platform's place.
    fs::remove_file(user.path(".codex/hooks.json")).unwrap();
    configure(&user, "node", &["cli.js", "mcp"], "");
    user.set("BATON_HOME", "");
    user.expect("BTN-D52", "ok", "this state directory");
    user.set("XDG_STATE_HOME", user.path("elsewhere").to_string_lossy());
    user.expect("BTN-D52", "warn", "another directory");
}

#[test]
fn d53_wants_a_hook_that_can_run_for_every_event() {
    let user = user_of_codex();
    user.expect("BTN-D53", "warn", "no hook of Baton");
    user.script("baton", "exit 0");
    user.write(".codex/hooks.json", &hooks("baton hook codex", &EVENTS));
    user.expect("BTN-D53", "ok", "for every event");
    user.write(
        ".codex/hooks.json",
        &hooks("baton hook codex", &EVENTS[..4]),
    );
    user.expect(
        "BTN-D53",
        "warn",
        "no hook of Baton for SessionEnd, Interrupt",
    );
    user.write(
        ".codex/hooks.json",
        &hooks("other-tool hook codex", &EVENTS),
    );
    user.expect("BTN-D53", "warn", "no hook of Baton in ~/.codex/hooks.json");
    user.write(
        ".codex/hooks.json",
        &hooks("\"/no such/bin/baton\" hook codex", &EVENTS),
    );
    user.expect(
        "BTN-D53",
        "fail",
        "6 hooks of Baton run a program that is not there",
    );
    user.write(".codex/hooks.json", "{\n\"hooks\":");
    user.expect("BTN-D53", "fail", "is not valid: line 2");
    user.write(".codex/hooks.json", &hooks("baton hook codex", &EVENTS));
    user.write(".codex/config.toml", "[features]\nhooks = false\n");
    user.expect("BTN-D53", "warn", "switched off");
}

#[test]
fn d53_wants_the_events_that_baton_writes() {
    let Some(hooks_of_baton) = needed("ts/src/integrations/codex/hooks.ts", "git pull") else {
        return;
    };
    let source = fs::read_to_string(hooks_of_baton).unwrap();
    let rows = source.split("{ name: \"").skip(1);
    let written: Vec<_> = rows.map(|row| row.split('"').next().unwrap()).collect();
    assert_eq!(written, EVENTS);
}

#[test]
fn codex_home_is_where_codex_looks() {
    let mut user = user_of_codex();
    user.script("baton", "exit 0");
    user.write("elsewhere/hooks.json", &hooks("baton hook codex", &EVENTS));
    user.expect("BTN-D53", "warn", "no hook");
    user.set("CODEX_HOME", user.path("elsewhere").to_string_lossy());
    user.expect("BTN-D53", "ok", "for every event");
}

#[test]
fn d54_sees_a_codex_that_hangs_dies_or_speaks_something_else() {
    let mut user = User::new();
    user.script("codex", "exit 2");
    user.expect("BTN-D54", "ok", "runs no hook of Baton");
    user.write(".codex/hooks.json", &hooks("baton hook codex", &EVENTS));
    user.expect("BTN-D54", "fail", "does not tell of its hooks");
    user.script("codex", "echo Welcome; cat");
    user.expect("BTN-D54", "fail", "does not tell of its hooks");
    // An older one, without the method.
    user.script(
        "codex",
        r#"echo '{"id":1,"result":{}}'; echo '{"id":2,"error":{"code":-32600}}'; cat"#,
    );
    user.expect("BTN-D54", "fail", "does not tell of its hooks");
    user.script("codex", "sleep 60");
    user.set("BATON_CHECK_MS", "300");
    user.expect("BTN-D54", "warn", "did not tell of its hooks within 300 ms");
}

#[test]
fn d54_does_not_guess_what_a_newer_codex_means() {
    let user = User::new();
    user.write(".codex/hooks.json", &hooks("baton hook codex", &EVENTS));
    let hook = r#"{"command":"baton hook codex","trustStatus":"of the future"}"#;
    let says = format!(
        r#"echo '{{"id":1,"result":{{}}}}'; echo '{{"id":2,"result":{{"data":[{{"hooks":[{hook}]}}]}}}}'"#
    );
    user.script("codex", &says);
    user.expect(
        "BTN-D54",
        "warn",
        "of 1 of 1 hooks of Baton what this program does not know",
    );
}

#[test]
fn d54_asks_the_real_codex() {
    let installed = "npx vitest run --config vitest.e2e.config.ts e2e/baton-doctor.test.ts";
    let path = ".baton/e2e/codex-0.169.0/node_modules/.bin/codex";
    let Some(codex) = needed(path, installed) else {
        return;
    };
    let user = User::new();
    user.link("codex", &codex);
    user.expect("BTN-D50", "ok", "Codex 0.169.0");
    user.write(".codex/hooks.json", &hooks("baton hook codex", &EVENTS));
    user.expect(
        "BTN-D54",
        "warn",
        "6 of 6 hooks of Baton are not trusted yet",
    );
    user.write(".codex/config.toml", "model = [\n");
    user.expect("BTN-D54", "fail", "sees none of the hooks");
}

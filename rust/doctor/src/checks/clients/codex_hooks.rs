//! The checks of Baton's hooks in Codex: are they there, and does Codex run them?

use std::collections::BTreeSet;
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

use super::Clients;
use super::child::{Silence, Talk};
use super::codex::INIT;
use super::codex_files::is_own;
use crate::checks::seen::{Seen, fail, moot, ok, warn};

/// The events that Baton listens to: those of `ts/src/integrations/codex/hooks.ts`, which a test compares.
const EVENTS: [&str; 6] = [
    "SessionStart",
    "PreToolUse",
    "PostToolUse",
    "Stop",
    "SessionEnd",
    "Interrupt",
];

/// Whether a hook of Baton is there for every event, and can be run.
pub fn present(clients: &Clients) -> Result<Seen, Seen> {
    clients.need_codex()?;
    let files = clients.codex_files();
    if let Err(unread) = &files.hooks {
        return Ok(fail(
            format!("~/.codex/hooks.json {unread}: Codex runs none of its hooks"),
            "mend the file",
        ));
    }
    let hooks = files.own_hooks();
    if hooks.is_empty() {
        return Ok(warn("no hook of Baton in ~/.codex/hooks.json", INIT));
    }
    if files.are_hooks_off() {
        return Ok(warn(
            "hooks are switched off in ~/.codex/config.toml",
            "delete `hooks = false` from [features]",
        ));
    }
    let heard: BTreeSet<&str> = hooks.iter().map(|hook| hook.event).collect();
    let missing: Vec<&str> = EVENTS
        .into_iter()
        .filter(|event| !heard.contains(event))
        .collect();
    if !missing.is_empty() {
        return Ok(warn(
            format!("no hook of Baton for {}", missing.join(", ")),
            INIT,
        ));
    }
    let commands = hooks.iter().filter_map(|hook| hook.command);
    let dead = commands
        .map(program_of)
        .filter(|program| clients.find(program).is_none())
        .count();
    Ok(match dead {
        0 => ok("Codex has a hook of Baton for every event"),
        _ => fail(
            format!("{dead} hooks of Baton run a program that is not there"),
            INIT,
        ),
    })
}

/// Whether Codex trusts the hooks, as it tells itself. This program never gives trust.
pub fn trusted(clients: &Clients) -> Result<Seen, Seen> {
    let codex = clients.need_codex()?;
    let files = clients.codex_files();
    if files.own_hooks().is_empty() || files.are_hooks_off() {
        return Err(moot("Codex runs no hook of Baton"));
    }
    let limit = clients.patience(Duration::from_secs(3));
    let mut command = Command::new(codex);
    command.arg("app-server").current_dir(&clients.dir);
    let listed = match list(&mut command, clients, limit) {
        Ok(listed) => listed,
        Err(Silence::TimedOut) => {
            return Ok(warn(
                format!(
                    "Codex did not tell of its hooks within {} ms",
                    limit.as_millis()
                ),
                "try again when the machine is less busy, or look at /hooks in Codex",
            ));
        }
        Err(Silence::NotStarted(kind)) => {
            return Ok(fail(
                format!("Codex cannot be started: {kind}"),
                "codex app-server in a terminal shows why",
            ));
        }
        Err(Silence::Ended(_) | Silence::Garbage | Silence::Refused) => {
            return Ok(fail(
                "Codex does not tell of its hooks",
                "look at /hooks in Codex; codex app-server in a terminal shows why",
            ));
        }
    };
    Ok(judge(&listed))
}

/// Asks Codex for all hooks that it sees from the directory of the user's work.
fn list(command: &mut Command, clients: &Clients, limit: Duration) -> Result<Vec<Value>, Silence> {
    let mut talk = Talk::start(command, limit)?;
    let greeting = json!({
        "clientInfo": {
            "name": env!("CARGO_PKG_NAME"), "title": "Baton", "version": env!("CARGO_PKG_VERSION"),
        },
        "capabilities": { "experimentalApi": true },
    });
    talk.call(1, "initialize", &greeting)?;
    talk.notify("initialized");
    let mut result = talk.call(
        2,
        "hooks/list",
        &json!({ "cwds": [clients.dir.to_string_lossy()] }),
    )?;
    let Value::Array(places) = result["data"].take() else {
        return Err(Silence::Garbage);
    };
    let hooks = places
        .into_iter()
        .flat_map(|mut place| match place["hooks"].take() {
            Value::Array(hooks) => hooks,
            _ => Vec::new(),
        });
    Ok(hooks.collect())
}

/// What the trust of Baton's hooks comes to, the worst first.
fn judge(listed: &[Value]) -> Seen {
    let (own, others): (Vec<_>, Vec<_>) = listed.iter().partition(|hook| is_own(hook));
    let total = own.len();
    let count = |is_it: &dyn Fn(&Value) -> bool| own.iter().filter(|hook| is_it(hook)).count();
    let is = |hook: &Value, status: &str| hook["trustStatus"] == status;
    // Codex ties trust to the place in the list. Whoever came in front of a trusted hook stands in its place now, with
    // another content, and the hook stands where nothing was trusted.
    let is_displaced = |hook: &Value| {
        let mut others = others.iter();
        is(hook, "untrusted")
            && others.any(|other| is(other, "modified") && other["eventName"] == hook["eventName"])
    };
    let displaced = count(&is_displaced);
    let modified = count(&|hook| is(hook, "modified"));
    let untrusted = count(&|hook| is(hook, "untrusted"));
    let off = count(&|hook| hook["enabled"] == false);
    let unknown = count(&|hook| {
        let known = ["modified", "untrusted", "trusted", "managed"];
        !known.iter().any(|status| is(hook, status))
    });
    let trust = "type /hooks in Codex and trust the hooks of Baton";
    if total == 0 {
        return fail(
            "Codex sees none of the hooks of Baton",
            "look at /hooks in Codex: it says what is wrong with its configuration",
        );
    }
    if displaced > 0 {
        return fail(
            format!(
                "a hook of somebody else stands in front of {displaced} of {total} hooks of Baton that were trusted: \
                 Codex ties trust to the place and skips them without a word"
            ),
            trust,
        );
    }
    if modified > 0 {
        return fail(
            format!(
                "{modified} of {total} hooks of Baton changed since they were trusted, or their place did: Codex \
                 skips them without a word"
            ),
            trust,
        );
    }
    if untrusted > 0 {
        return warn(
            format!(
                "{untrusted} of {total} hooks of Baton are not trusted yet: Codex skips them without a word"
            ),
            trust,
        );
    }
    if off > 0 {
        return warn(
            format!("{off} of {total} hooks of Baton are switched off"),
            "type /hooks in Codex and switch them on",
        );
    }
    if unknown > 0 {
        return warn(
            format!(
                "Codex says of {unknown} of {total} hooks of Baton what this program does not know"
            ),
            "look at /hooks in Codex",
        );
    }
    ok(format!("Codex trusts the {total} hooks of Baton"))
}

/// The program of a command of a hook: the first word, as the shell of the platform reads it.
pub fn program_of(command: &str) -> String {
    let mut program = String::new();
    let mut quote = None;
    let mut chars = command.trim_start().chars();
    while let Some(next) = chars.next() {
        match (next, quote) {
            ('"' | '\'', None) => quote = Some(next),
            (_, Some(open)) if next == open => quote = None,
            // The backslash divides folders on Windows.
            ('\\', None | Some('"')) if !cfg!(windows) => program.extend(chars.next()),
            (_, None) if next.is_whitespace() => break,
            _ => program.push(next),
        }
    }
    program
}

//! Checks of the programs that Baton asks about a repository: git and gh.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use baton_state::git::run::Git;
use baton_state::git::{Naming, Question, facts};
use baton_state::proto::state::v1::GitAnswer;

use super::clients::{Clients, Silence, read_text, told_line};
use super::ground::Ground;
use super::seen::{Seen, fail, ok, warn};

/// `git status --no-renames` came with it.
const OLDEST_GIT: (u32, u32) = (2, 18);
const GIT_BY_HAND: &str = "git status in a terminal shows why";
/// Time for `gh --version`.
const GH_LIMIT: Duration = Duration::from_secs(2);

/// Whether git is there, new enough, and answers here within its budget (GIT-002).
pub fn git(ground: &Ground) -> Result<Seen, Seen> {
    let clients = &ground.clients;
    let env: Vec<_> = clients.env.clone().into_iter().collect();
    let Some(git) = Git::open(&env, None) else {
        return Ok(warn(
            "git is not on PATH: workspaces, branches and verdicts stay unknown",
            "install git, or take BATON_GIT_MS=0 away",
        ));
    };
    let late = || {
        warn(
            "git does not answer in time: verdicts stay unknown",
            GIT_BY_HAND,
        )
    };
    let output = git
        .run(&clients.dir, &["--version"], &[], None)
        .ok_or_else(late)?;
    let text = String::from_utf8_lossy(&output.stdout);
    let version = text.trim().strip_prefix("git version ").and_then(numbers);
    let Some(version) = version.filter(|_| output.code == 0) else {
        return Ok(fail(
            "git cannot be run",
            "git --version in a terminal shows why",
        ));
    };
    let (major, minor) = version;
    if version < OLDEST_GIT {
        return Ok(warn(
            format!("git {major}.{minor} is older than 2.18"),
            "update it",
        ));
    }
    let config = ground.home.config().unwrap_or_default();
    let key = ground.home.read_key().ok().flatten();
    let answer = facts(&Question {
        dir: &clients.dir,
        naming: Naming {
            key: key.as_ref().map(|key| key.as_slice()),
            config: Some(&config),
        },
        env: &env,
        budget: None,
        digest: true,
    })
    .answer();
    Ok(match answer {
        GitAnswer::Complete => ok(format!("git {major}.{minor} answers here in time")),
        GitAnswer::NoRepository => ok(format!("git {major}.{minor}; no repository here")),
        _ => late(),
    })
}

/// Whether gh is there and logged in. No request is made, and no token is looked at.
pub fn gh(ground: &Ground) -> Result<Seen, Seen> {
    let clients = &ground.clients;
    let Some(program) = clients.find("gh") else {
        return Ok(ok("gh is not installed: pull requests are not looked for"));
    };
    let mut command = Command::new(&program);
    command.arg("--version").env("GH_NO_UPDATE_NOTIFIER", "1");
    let by_hand = "gh --version in a terminal shows why";
    let line = match told_line(&mut command, clients.patience(GH_LIMIT)) {
        Ok(line) => line,
        Err(Silence::TimedOut) => return Ok(warn("gh does not tell its version in time", by_hand)),
        Err(_) => return Ok(fail("gh cannot be run", by_hand)),
    };
    let Some((major, minor)) = line.strip_prefix("gh version ").and_then(numbers) else {
        return Ok(fail("gh tells no version", by_hand));
    };
    Ok(match is_logged_in(clients) {
        Ok(true) => ok(format!("gh {major}.{minor} is logged in")),
        Ok(false) => warn(
            format!("gh {major}.{minor} is not logged in: pull requests are not known"),
            "gh auth login",
        ),
        Err(kind) => fail(
            format!("hosts.yml of gh cannot be read: {kind}"),
            "make it readable, then gh auth status",
        ),
    })
}

/// Whether gh has a token: in a variable, or for a host of its hosts.yml.
fn is_logged_in(clients: &Clients) -> Result<bool, ErrorKind> {
    let tokens = ["GH_TOKEN", "GITHUB_TOKEN", "GH_ENTERPRISE_TOKEN"];
    if tokens.iter().any(|name| clients.var(name).is_some()) {
        return Ok(true);
    }
    let text = read_text(&gh_folder(clients).join("hosts.yml"));
    let text = text
        .map_err(|_| ErrorKind::InvalidData)?
        .unwrap_or_default();
    let is_host =
        |line: &str| line.starts_with(|c: char| c.is_ascii_alphanumeric()) && line.contains(':');
    Ok(text.lines().any(is_host))
}

/// Where gh keeps its configuration, as its own documentation says (`gh help environment`).
fn gh_folder(clients: &Clients) -> PathBuf {
    if let Some(folder) = clients.var("GH_CONFIG_DIR") {
        return PathBuf::from(folder);
    }
    match clients
        .var("XDG_CONFIG_HOME")
        .or_else(|| clients.var("APPDATA").filter(|_| cfg!(windows)))
    {
        Some(folder) if cfg!(windows) => Path::new(folder).join("GitHub CLI"),
        Some(folder) => Path::new(folder).join("gh"),
        None => clients.user.join(".config").join("gh"),
    }
}

/// Major and minor at the start of a text such as `2.39.5 (Apple Git)`.
fn numbers(text: &str) -> Option<(u32, u32)> {
    let mut parts = text.split(|c: char| !c.is_ascii_digit());
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

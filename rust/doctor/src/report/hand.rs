//! What is in hand in a workspace, and who works there.

use baton_state::brief::line::short_id;
use baton_state::brief::place::distance_of;
use baton_state::brief::time::ago;
use baton_state::proto::state::v1::{GitAnswer, GitFacts, PointerType};

use super::figures::counted;
use super::words;
use crate::view::{View, Workspace};

/// Most sessions that are named.
const MOST_SESSIONS: usize = 3;

/// A thing and what it is.
#[derive(Debug, Clone)]
pub struct Pair {
    /// "branch".
    pub name: &'static str,
    /// "fix/limit-window at 3f2a91c".
    pub value: String,
}

/// What is in hand, then who works there.
pub fn hand(workspace: &Workspace, view: &View) -> Vec<Pair> {
    let git =
        Some(&view.git).filter(|git| workspace.is_here && git.answer() == GitAnswer::Complete);
    let mut hand = Vec::new();
    let mut push = |name, value: Option<String>| {
        hand.extend(value.map(|value| Pair { name, value }));
    };
    push(
        "branch",
        git.map(branch_of_git)
            .or_else(|| branch(workspace, view.now)),
    );
    let numbered = |ty| {
        let pointer = &workspace.in_hand(ty)?.value;
        let number = pointer.number?;
        let elsewhere = pointer
            .repository
            .as_deref()
            .filter(|name| *name != workspace.name);
        Some(format!(
            "{}#{number}",
            elsewhere.map(words::text).unwrap_or_default()
        ))
    };
    push("pull request", numbered(PointerType::Pr));
    push("issue", numbered(PointerType::Issue));
    let fork = workspace.in_hand(PointerType::Fork);
    let fork = fork.and_then(|noted| noted.value.repository.as_deref());
    push(
        "fork",
        git.and_then(|git| git.fork.as_deref())
            .or(fork)
            .map(words::text),
    );
    push("files", git.and_then(files));
    let sessions = workspace.sessions.iter().take(MOST_SESSIONS).map(|noted| {
        let phase = match noted.value.phase().as_str_name() {
            "SESSION_PHASE_START" => "started",
            "SESSION_PHASE_COMPACT" => "compacted",
            "SESSION_PHASE_END" => "ended",
            _ => "seen",
        };
        format!(
            "{} {phase} {}",
            words::client(noted.client),
            ago(noted.at, view.now)
        )
    });
    let mut sessions: Vec<String> = sessions.collect();
    if workspace.sessions.len() > sessions.len() {
        sessions.push(format!(
            "+{} more",
            workspace.sessions.len() - sessions.len()
        ));
    }
    push(
        "sessions",
        (!sessions.is_empty()).then(|| sessions.join("; ")),
    );
    hand
}

fn branch_of_git(git: &GitFacts) -> String {
    let commit = git
        .commit
        .as_deref()
        .map(|commit| format!(" at {}", short_id(commit)));
    let commit = commit.unwrap_or_else(|| " without commits".to_owned());
    match &git.branch {
        Some(branch) => format!("{}{commit}", words::text(branch)),
        None => format!("detached{commit}"),
    }
}

/// The branch and commit in hand, as recorded.
fn branch(workspace: &Workspace, now: i64) -> Option<String> {
    let branch = workspace.in_hand(PointerType::Branch);
    let commit = workspace.in_hand(PointerType::Commit);
    let at = branch.or(commit)?.at;
    let name = branch.map(|noted| words::name(noted.value.r#ref()));
    let commit = [branch, commit]
        .into_iter()
        .flatten()
        .find_map(|noted| noted.value.commit.as_deref());
    let commit = commit.map(|commit| format!("at {}", short_id(commit)));
    let parts: Vec<String> = [name, commit].into_iter().flatten().collect();
    Some(format!("{}, as recorded {}", parts.join(" "), ago(at, now)))
}

/// What git says of the files, beside the upstream branch.
fn files(git: &GitFacts) -> Option<String> {
    let changed = match git.changed_files? {
        0 => "no changes".to_owned(),
        changed => format!("{} changed", counted(changed as usize, "file")),
    };
    let upstream = distance_of(git, words::text).map(|distance| format!(", {distance}"));
    Some(changed + &upstream.unwrap_or_default())
}

//! Where the work of a workspace stands, in a line.

use baton_state::brief::line::short_id;
use baton_state::brief::place::{changes_of, distance_of, head_of};
use baton_state::brief::time::ago;
use baton_state::proto::state::v1::{GitAnswer, PointerType};

use super::draw::Picture;
use crate::view::Workspace;

/// Branch, commit, pull request, issue and changes: from git where the workspace is here, else as they were recorded.
pub fn place(picture: &Picture<'_>, workspace: &Workspace) -> String {
    let git = &picture.view.git;
    let mut parts = Vec::new();
    if workspace.is_here {
        parts.push(head_of(git, str::to_owned));
    } else {
        parts.extend(recorded_branch(workspace, picture.now));
        parts.push(match git.answer() {
            GitAnswer::Unavailable => "git did not answer".to_owned(),
            _ => "not checked against git".to_owned(),
        });
    }
    for (ty, name) in [(PointerType::Pr, "PR"), (PointerType::Issue, "issue")] {
        if let Some(pointer) = workspace.in_hand(ty) {
            let elsewhere = pointer.value.repository.as_deref();
            let elsewhere = elsewhere.filter(|repository| *repository != workspace.name);
            let number = pointer
                .value
                .number
                .map_or("?".to_owned(), |number| number.to_string());
            parts.push(format!("{name} {}#{number}", elsewhere.unwrap_or_default()));
        }
    }
    if workspace.is_here {
        parts.extend(distance_of(git, str::to_owned));
        parts.extend(changes_of(git));
    }
    parts.join(", ")
}

fn recorded_branch(workspace: &Workspace, now: i64) -> Option<String> {
    let branch = workspace.in_hand(PointerType::Branch);
    let branch = branch.filter(|noted| noted.value.r#ref.is_some());
    let commit = workspace.in_hand(PointerType::Commit);
    let commit = commit.filter(|noted| noted.value.commit.is_some());
    let at = branch.or(commit)?.at;
    let branch = branch.map(|noted| format!("branch {}", noted.value.r#ref()));
    let commit = commit.map(|noted| format!("at {}", short_id(noted.value.commit())));
    let both: Vec<String> = branch.into_iter().chain(commit).collect();
    Some(format!("{} as recorded {}", both.join(" "), ago(at, now)))
}

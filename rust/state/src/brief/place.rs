//! Where one stands, and what of it was recorded otherwise (BRF-010, BRF-016).

use super::escape::word;
use super::facts::{Fact, Facts};
use super::fields::enum_of;
use super::line::{Line, short_id};
use super::time::ago;
use crate::r#gen::tables::CONFIG_FACT;
use crate::proto::state::v1::{FactName, GitFacts, Pointer, PointerType};

/// Where one stands: one line. `elsewhere` says why git tells nothing.
#[must_use]
pub fn place(facts: &Facts<'_>, elsewhere: &str) -> Line {
    let mut parts = Vec::new();
    parts.push(match facts.workspace.as_str() {
        "" => "no repository".to_owned(),
        workspace => word(workspace),
    });
    match facts.here {
        Some(here) => {
            parts.push(head_of(here, word));
        }
        None => {
            let branch =
                in_hand(facts, PointerType::Branch).filter(|fact| fact.value.r#ref.is_some());
            let commit =
                in_hand(facts, PointerType::Commit).filter(|fact| fact.value.commit.is_some());
            if let Some(last) = branch.or(commit) {
                let ago = ago(last.at, facts.now);
                parts.push(format!("{} as recorded {ago}", place_of(branch, commit)));
            }
            parts.push(elsewhere.to_owned());
        }
    }
    for (ty, name) in [(PointerType::Pr, "PR"), (PointerType::Issue, "issue")] {
        if let Some(pointer) = in_hand(facts, ty) {
            parts.push(format!("{name} {}", reference_of(facts, &pointer.value)));
        }
    }
    let recorded_fork =
        in_hand(facts, PointerType::Fork).and_then(|fact| fact.value.repository.as_deref());
    if let Some(fork) = facts
        .here
        .and_then(|here| here.fork.as_deref())
        .or(recorded_fork)
    {
        parts.push(format!("fork {}", word(fork)));
    }
    if let Some(here) = facts.here {
        parts.extend(distance_of(here, word));
        parts.extend(changes_of(here));
    }
    format!("where: {}", parts.join(", ")).into()
}

/// What was recorded and is otherwise now: branch and commit of this worktree, the fork, the trust in hooks.
#[must_use]
pub fn drift(facts: &Facts<'_>) -> Vec<Line> {
    let mut lines = Vec::new();
    if let Some(here) = facts.here {
        let of_worktree = |ty| {
            let mut pointers = pointers_of(facts, ty);
            pointers.find(|fact| here.worktree.is_some() && fact.value.worktree == here.worktree)
        };
        let branch = of_worktree(PointerType::Branch)
            .filter(|fact| fact.value.r#ref.is_some() && fact.value.r#ref != here.branch);
        let commit = of_worktree(PointerType::Commit)
            .filter(|fact| fact.value.commit.is_some() && fact.value.commit != here.commit);
        if let Some(last) = branch.or(commit) {
            let ago = ago(last.at, facts.now);
            lines.push(format!("drift: was {} {ago}", place_of(branch, commit)).into());
        }
        let fork =
            in_hand(facts, PointerType::Fork).filter(|fact| fact.value.repository != here.fork);
        if let (Some(_), Some(Fact { value, at })) = (&here.fork, fork)
            && let Some(then) = &value.repository
        {
            lines.push(format!("drift: fork was {} {}", word(then), ago(*at, facts.now)).into());
        }
    }
    for Fact { value, at } in &facts.config {
        if value.name() == FactName::HooksTrust
            && let Some(trust) = value.value.as_deref()
            && !matches!(trust, "trusted" | "managed")
        {
            let subject = match enum_of(&CONFIG_FACT, "subject", value.subject) {
                None | Some("") => "?",
                Some(subject) => subject,
            };
            let ago = ago(*at, facts.now);
            lines.push(format!("drift: {subject} hooks {}, {ago}", word(trust)).into());
        }
    }
    lines
}

fn pointers_of<'f>(
    facts: &'f Facts<'_>,
    ty: PointerType,
) -> impl Iterator<Item = &'f Fact<Pointer>> {
    let wanted = Some(i32::from(ty));
    let pointers = facts.pointers.iter();
    pointers.filter(move |fact| fact.value.r#type == wanted && fact.value.active != Some(false))
}

fn in_hand<'f>(facts: &'f Facts<'_>, ty: PointerType) -> Option<&'f Fact<Pointer>> {
    pointers_of(facts, ty).next()
}

fn place_of(branch: Option<&Fact<Pointer>>, commit: Option<&Fact<Pointer>>) -> String {
    let mut parts = Vec::new();
    if let Some(name) = branch.and_then(|fact| fact.value.r#ref.as_deref()) {
        parts.push(format!("branch {}", word(name)));
    }
    if let Some(commit) = commit.and_then(|fact| fact.value.commit.as_deref()) {
        parts.push(format!("at {}", short_id(commit)));
    }
    parts.join(" ")
}

fn reference_of(facts: &Facts<'_>, pointer: &Pointer) -> String {
    let elsewhere = pointer
        .repository
        .as_deref()
        .filter(|name| *name != facts.workspace);
    let repository = elsewhere.map(word).unwrap_or_default();
    match pointer.number {
        Some(number) => format!("{repository}#{number}"),
        None => format!("{repository}#?"),
    }
}

/// Branch and commit that git tells of: `branch main at 3f2a91c`. `shown` makes a name fit for where it goes.
#[must_use]
pub fn head_of(git: &GitFacts, shown: impl Fn(&str) -> String) -> String {
    let at = match &git.commit {
        Some(commit) => format!(" at {}", short_id(commit)),
        None => " without commits".to_owned(),
    };
    match &git.branch {
        Some(branch) => format!("branch {}{at}", shown(branch)),
        None if git.detached() => format!("detached{at}"),
        None => format!("HEAD{at}"),
    }
}

/// How far the branch is from its upstream branch: `2 ahead of origin/main`; None where it has none. `shown` makes a name
/// fit for where it goes.
#[must_use]
pub fn distance_of(git: &GitFacts, shown: impl Fn(&str) -> String) -> Option<String> {
    let upstream = shown(git.upstream.as_deref()?);
    Some(match (git.ahead(), git.behind()) {
        (0, 0) => format!("level with {upstream}"),
        (ahead, 0) => format!("{ahead} ahead of {upstream}"),
        (0, behind) => format!("{behind} behind {upstream}"),
        (ahead, behind) => format!("{ahead} ahead and {behind} behind {upstream}"),
    })
}

/// What git says of the files: `2 files changed`, and a submodule that changed.
pub fn changes_of(git: &GitFacts) -> impl Iterator<Item = String> {
    let files = git.changed_files.map(|files| match files {
        0 => "no changes".to_owned(),
        1 => "1 file changed".to_owned(),
        files => format!("{files} files changed"),
    });
    let submodule = git
        .dirty_submodule()
        .then(|| "submodule changed".to_owned());
    files.into_iter().chain(submodule)
}

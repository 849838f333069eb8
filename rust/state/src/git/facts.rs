//! What git says of a folder, gathered once per command (docs/proof.md, section 3).

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::config::{RemoteUrls, read_remotes};
use super::fact::text_allowed;
use super::run::{Environment, Git};
use super::status::read_status;
use super::tree::{WorkTree, tree_id};
use super::workspace::{Naming, fork_of, naming_remote, workspace_of, workspace_of_folder};
use crate::r#gen::tables::GIT_FACTS;
use crate::home::{alias, digest};
use crate::proto::state::v1::{GitAnswer, GitFacts};

/// The question.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// Folder that one stands in.
    pub dir: &'a Path,
    /// How the workspace is named; without a key there are no aliases and no digest.
    pub naming: Naming<'a>,
    /// Environment to run git in.
    pub env: &'a Environment,
    /// Time for everything; BATON_GIT_MS, else one second, where absent.
    pub budget: Option<Duration>,
    /// Whether the tree digest is wanted too.
    pub digest: bool,
}

/// Asks git about a folder. Never waits longer than the budget: what could not be found out is absent, and `answer`
/// says how far it came.
#[must_use]
pub fn facts(question: &Question<'_>) -> GitFacts {
    let mut facts = GitFacts::default();
    let answer = ask(question, &mut facts).err();
    facts.set_answer(answer.unwrap_or(GitAnswer::Complete));
    facts
}

/// Adds what git says; the error is the answer that it came to instead of a complete one.
fn ask(question: &Question<'_>, facts: &mut GitFacts) -> Result<(), GitAnswer> {
    let Question { dir, naming, .. } = *question;
    let git = Git::open(question.env, question.budget).ok_or(GitAnswer::Unavailable)?;
    if !may_be_inside_repository(dir) {
        return Err(GitAnswer::NoRepository);
    }
    let tree = work_tree_of(&git, dir)?;
    facts.worktree = naming
        .key
        .zip(real_path_of(&tree.toplevel))
        .map(|(key, path)| alias(key, "worktree", "wt-", &path))
        .filter(|text| text_allowed(&GIT_FACTS, "worktree", text));
    let urls = remotes_of(&git, dir)?;
    facts.workspace = workspace_in(&tree, &urls, naming)
        .filter(|text| text_allowed(&GIT_FACTS, "workspace", text));
    facts.fork = fork_of(&urls, naming).filter(|text| text_allowed(&GIT_FACTS, "fork", text));
    add_status(&git, dir, facts)?;
    if let Some(key) = naming.key
        && question.digest
        && facts.dirty_submodule == Some(false)
    {
        facts.tree_digest = tree_id(&git, &tree, facts.changed_files == Some(0))
            .map(|id| digest(key, "tree", &id))
            .filter(|text| text_allowed(&GIT_FACTS, "treeDigest", text));
    }
    Ok(())
}

/// Whether git could find a repository from `dir` upwards: a `.git`, or the files of a bare one. Where it could not, it
/// need not be asked, which saves its start.
fn may_be_inside_repository(dir: &Path) -> bool {
    fs::canonicalize(dir).map_or(true, |real| {
        real.ancestors().any(|above| {
            fs::symlink_metadata(above.join(".git")).is_ok() || above.join("HEAD").exists()
        })
    })
}

/// The places of the work tree that holds `dir`.
fn work_tree_of(git: &Git, dir: &Path) -> Result<WorkTree, GitAnswer> {
    let args = [
        "rev-parse",
        "--show-toplevel",
        "--git-common-dir",
        "--git-path",
        "index",
    ];
    let output = git
        .run(dir, &args, &[], None)
        .ok_or(GitAnswer::Unavailable)?;
    if output.code != 0 {
        let message = String::from_utf8_lossy(&output.stderr);
        let is_none = message.contains("not a git repository")
            || message.contains("must be run in a work tree");
        return Err(if is_none {
            GitAnswer::NoRepository
        } else {
            GitAnswer::Unavailable
        });
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let lines: Vec<&str> = text.split('\n').collect();
    let base = fs::canonicalize(dir).unwrap_or_else(|_| dir.to_owned());
    match lines.as_slice() {
        [toplevel, common, index, ""]
            if ![toplevel, common, index].iter().any(|line| line.is_empty()) =>
        {
            Ok(WorkTree {
                toplevel: base.join(toplevel),
                common_folder: base.join(common),
                index: base.join(index),
            })
        }
        _ => Err(GitAnswer::Unavailable),
    }
}

fn remotes_of(git: &Git, dir: &Path) -> Result<RemoteUrls, GitAnswer> {
    let args = ["config", "-z", "--get-regexp", "^remote\\."];
    match git.run(dir, &args, &[], None) {
        // 1: there is none.
        Some(output) if output.code == 0 || output.code == 1 => Ok(read_remotes(&output.stdout)),
        _ => Err(GitAnswer::Unavailable),
    }
}

fn workspace_in(tree: &WorkTree, urls: &RemoteUrls, naming: Naming<'_>) -> Option<String> {
    let url = naming_remote(urls).and_then(|remote| urls.get(remote));
    url.and_then(|url| workspace_of(url, naming))
        .or_else(|| workspace_of_folder(&real_path_of(&tree.common_folder)?, naming))
}

fn add_status(git: &Git, dir: &Path, facts: &mut GitFacts) -> Result<(), GitAnswer> {
    let args = [
        "status",
        "--porcelain=v2",
        "--branch",
        "-z",
        "--untracked-files=normal",
        "--ignore-submodules=none",
        "--no-renames",
    ];
    let output = git.run(dir, &args, &[], None);
    let output = output
        .filter(|output| output.code == 0)
        .ok_or(GitAnswer::Unavailable)?;
    let status = read_status(&output.stdout);
    facts.commit = status
        .commit
        .filter(|text| text_allowed(&GIT_FACTS, "commit", text));
    facts.branch = status
        .branch
        .filter(|text| text_allowed(&GIT_FACTS, "branch", text));
    facts.upstream = status
        .upstream
        .filter(|text| text_allowed(&GIT_FACTS, "upstream", text));
    facts.detached = Some(status.detached);
    facts.changed_files = Some(status.changed_files);
    facts.dirty_submodule = Some(status.dirty_submodule);
    facts.ahead = status.ahead;
    facts.behind = status.behind;
    Ok(())
}

/// The real path as text, as Node gives it: without the prefix of verbatim paths on Windows.
fn real_path_of(path: &Path) -> Option<String> {
    let real: PathBuf = fs::canonicalize(path).ok()?;
    let text = real.to_string_lossy();
    Some(text.strip_prefix(r"\\?\").unwrap_or(&text).to_owned())
}

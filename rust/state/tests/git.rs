//! The repositories of fixtures/git/repositories.json: every implementation says the same of them.
#![cfg(unix)]

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::Command;

use baton_state::git::{Naming, Question, facts, workspace};
use baton_state::proto::state::v1::GitFacts;
use serde_json::Value;

/// The key of all cases.
const KEY: [u8; 32] = [7; 32];

#[test]
fn both_languages_say_the_same_of_every_repository() {
    let file = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../fixtures/git/repositories.json"
    );
    let cases: Value = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    for case in cases["repositories"].as_array().unwrap() {
        let root = tempfile::Builder::new()
            .prefix("baton-git-test-")
            .tempdir()
            .unwrap();
        let root = fs::canonicalize(root.path()).unwrap();
        fs::create_dir_all(root.join("home")).unwrap();
        for step in case["steps"].as_array().unwrap() {
            run_script(&root, &step["script"]);
            let mut found = as_json(&facts_of(&root, step));
            let folder = root.join("repo/.git");
            let folder = workspace::workspace_of_folder(folder.to_str().unwrap(), naming());
            if found.get("workspace").and_then(Value::as_str) == folder.as_deref() {
                found["workspace"] = "folder".into();
            }
            assert_eq!(found, step["expected"], "{}", case["name"]);
        }
        fs::remove_dir_all(&root).unwrap();
    }
}

fn naming() -> Naming<'static> {
    Naming {
        key: Some(&KEY),
        config: None,
    }
}

fn environment(root: &Path) -> Vec<(OsString, OsString)> {
    let text = |name: &str, value: &str| (name.into(), value.into());
    vec![
        ("PATH".into(), std::env::var_os("PATH").unwrap_or_default()),
        ("HOME".into(), root.join("home").into()),
        ("ROOT".into(), root.into()),
        text("GIT_CONFIG_NOSYSTEM", "1"),
        text("GIT_AUTHOR_NAME", "A"),
        text("GIT_AUTHOR_EMAIL", "a@example.org"),
        text("GIT_AUTHOR_DATE", "1700000000 +0000"),
        text("GIT_COMMITTER_NAME", "A"),
        text("GIT_COMMITTER_EMAIL", "a@example.org"),
        text("GIT_COMMITTER_DATE", "1700000000 +0000"),
        text("BATON_GIT_MS", "20000"),
    ]
}

fn run_script(root: &Path, script: &Value) {
    let lines: Vec<&str> = script
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line.as_str().unwrap())
        .collect();
    let ended = Command::new("sh")
        .args(["-e", "-c", &lines.join("\n")])
        .current_dir(root)
        .env_clear()
        .envs(environment(root))
        .output()
        .unwrap();
    assert!(
        ended.status.success(),
        "{}",
        String::from_utf8_lossy(&ended.stderr)
    );
}

fn facts_of(root: &Path, step: &Value) -> GitFacts {
    let mut env = environment(root);
    for (name, value) in step["env"].as_object().into_iter().flatten() {
        let value = value
            .as_str()
            .unwrap()
            .replace("$ROOT", root.to_str().unwrap());
        env.retain(|(known, _)| known.to_str() != Some(name));
        env.push((name.into(), value.into()));
    }
    facts(&Question {
        dir: &root.join(step["dir"].as_str().unwrap_or("repo")),
        naming: naming(),
        env: &env,
        budget: None,
        digest: true,
    })
}

/// The facts as a case states them: by JSON names, without the worktree, whose alias depends on the folder.
fn as_json(facts: &GitFacts) -> Value {
    let members = [
        ("answer", facts.answer.map(Value::from)),
        ("workspace", facts.workspace.clone().map(Value::from)),
        ("branch", facts.branch.clone().map(Value::from)),
        ("commit", facts.commit.clone().map(Value::from)),
        ("detached", facts.detached.map(Value::from)),
        ("changedFiles", facts.changed_files.map(Value::from)),
        ("upstream", facts.upstream.clone().map(Value::from)),
        ("ahead", facts.ahead.map(Value::from)),
        ("behind", facts.behind.map(Value::from)),
        ("treeDigest", facts.tree_digest.clone().map(Value::from)),
        ("fork", facts.fork.clone().map(Value::from)),
        ("dirtySubmodule", facts.dirty_submodule.map(Value::from)),
    ];
    let present = members
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(present.collect())
}

//! A user with clients: their files below a home directory of their own, and programs on PATH.
#![allow(dead_code)]

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::home::{Home, Run, set_mode};

/// A user with a used state directory.
pub struct User {
    pub home: Home,
    pub env: Vec<(&'static str, String)>,
}

impl User {
    pub fn new() -> User {
        let home = Home::used();
        fs::create_dir_all(home.user()).unwrap();
        User {
            home,
            env: Vec::new(),
        }
    }

    /// Sets a variable of the doctor's environment.
    pub fn set(&mut self, name: &'static str, value: impl Into<String>) {
        self.env.retain(|(known, _)| *known != name);
        self.env.push((name, value.into()));
    }

    /// A path below the user's home directory.
    pub fn path(&self, name: &str) -> PathBuf {
        self.home.user().join(name)
    }

    /// Writes a file below the user's home directory.
    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    /// Puts a shell script on PATH.
    pub fn script(&self, name: &str, text: &str) -> PathBuf {
        let path = self.home.programs().join(name);
        fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
        set_mode(&path, 0o755);
        path
    }

    /// Puts a program of this machine on PATH.
    pub fn link(&self, name: &str, program: &Path) {
        let link = self.home.programs().join(name);
        std::os::unix::fs::symlink(program, link).unwrap();
    }

    pub fn doctor(&self, arguments: &[&str]) -> Command {
        let mut command = self.home.doctor(arguments);
        command.envs(self.env.iter().map(|(name, value)| (*name, value)));
        command
    }

    /// Status and message of one check that was asked for by its id. It must carry a remedy exactly when it is not ok, and
    /// must tell nothing about the machine.
    pub fn check(&self, id: &str) -> (String, String) {
        self.check_with(id, &[])
    }

    pub fn check_with(&self, id: &str, arguments: &[&str]) -> (String, String) {
        let arguments = [&["check", "--json", "--only", id], arguments].concat();
        let run = Run::of(self.doctor(&arguments).output().unwrap());
        run.check(&self.home, id)
    }

    /// Asserts the status of a check, and what its message holds.
    #[track_caller]
    pub fn expect(&self, id: &str, status: &str, holds: &str) {
        let (found, message) = self.check(id);
        assert_eq!(found, status, "{id}: {message}");
        assert!(message.contains(holds), "{id}: {message}");
    }
}

/// The top folder of the repository.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A file that another step builds or installs; says so where it is not there, past the capture of the test runner.
pub fn needed(path: &str, how: &str) -> Option<PathBuf> {
    let file = repository().join(path);
    if file.exists() {
        return Some(file.canonicalize().unwrap());
    }
    let mut stderr = std::io::stderr();
    let _ = writeln!(stderr, "[skip] {path} is not there, run `{how}`");
    None
}

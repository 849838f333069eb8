//! A real terminal for tests: a pane of tmux with a shell in it, on a server of its own.
#![allow(dead_code)]

use std::fs;
use std::io::{Write, stderr};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Once;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::home::Home;

/// What the shell of a pane says when it waits.
pub const PROMPT: &str = "shell> ";
/// How long anything may take on a slow machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// A pane. Its server ends with it.
pub struct Pane {
    socket: PathBuf,
}

/// Whether tmux is there; where it is not, the first that asks says how many tests go without it.
pub fn is_there(tests: usize) -> bool {
    static SAID: Once = Once::new();
    let is_there = Command::new("tmux").arg("-V").output().is_ok();
    if !is_there {
        SAID.call_once(|| {
            let _ = writeln!(
                stderr(),
                "[skip] tmux is not installed, {tests} tests of watch are skipped"
            );
        });
    }
    is_there
}

impl Pane {
    /// A pane of so many columns and rows, with a shell that waits.
    pub fn open(home: &Home, columns: u16, rows: u16) -> Pane {
        let socket = home.folder.path().join("tmux");
        let pane = Pane { socket };
        let (columns, rows) = (columns.to_string(), rows.to_string());
        let shell = format!("PS1='{PROMPT}' HOME=/ exec sh");
        pane.tmux(&[
            "-f",
            "/dev/null",
            "new-session",
            "-d",
            "-x",
            &columns,
            "-y",
            &rows,
            &shell,
        ]);
        pane.tmux(&["set-option", "-g", "status", "off"]);
        // The line of the status was a row of the pane until now.
        pane.resize(columns.parse().unwrap(), rows.parse().unwrap());
        pane.until(|screen| screen.contains(PROMPT.trim_end()));
        pane
    }

    fn command(&self) -> Command {
        let mut command = Command::new("tmux");
        command.arg("-u").arg("-S").arg(&self.socket);
        command.env_remove("TMUX").env_remove("NO_COLOR");
        command.env("LC_ALL", "C.UTF-8");
        command
    }

    fn tmux(&self, arguments: &[&str]) -> String {
        let Output {
            status,
            stdout,
            stderr,
        } = self.command().args(arguments).output().unwrap();
        assert!(
            status.success(),
            "{arguments:?}: {}",
            String::from_utf8_lossy(&stderr)
        );
        String::from_utf8(stdout).unwrap()
    }

    /// Types a line into the shell: the doctor of a home, in a directory and with these arguments; variables are those of
    /// other tests, and then `more`.
    pub fn start(
        &self,
        home: &Home,
        dir: &Path,
        arguments: &[&str],
        more: &[(&str, Option<&str>)],
    ) {
        let doctor = home.doctor(arguments);
        let mut script = String::new();
        let envs = doctor.get_envs().map(|(name, value)| {
            let value = value.map(|value| value.to_string_lossy().into_owned());
            (name.to_string_lossy().into_owned(), value)
        });
        let more = more
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.map(str::to_owned)));
        for (name, value) in envs.chain(more) {
            script.push_str(&match value {
                Some(value) => format!("export {name}='{value}'\n"),
                None => format!("unset {name}\n"),
            });
        }
        let pid_file = self.pid_file(home);
        script.push_str(&format!(
            "cd '{}'\necho $$ > '{}'\n",
            dir.display(),
            pid_file.display()
        ));
        let program = doctor.get_program().to_string_lossy().into_owned();
        let arguments = doctor
            .get_args()
            .map(|argument| format!("'{}'", argument.to_string_lossy()));
        let arguments: Vec<String> = arguments.collect();
        script.push_str(&format!("exec '{program}' {}\n", arguments.join(" ")));
        let file = home.folder.path().join("start.sh");
        fs::write(&file, script).unwrap();
        self.keys(&[
            &format!("sh {}; echo \"ended with $?\"", file.display()),
            "Enter",
        ]);
    }

    fn pid_file(&self, home: &Home) -> PathBuf {
        home.folder.path().join("pid")
    }

    /// Process id of what was started.
    pub fn pid(&self, home: &Home) -> String {
        fs::read_to_string(self.pid_file(home))
            .unwrap()
            .trim()
            .to_owned()
    }

    /// Presses keys, by their names in tmux.
    pub fn keys(&self, keys: &[&str]) {
        self.tmux(&[&["send-keys"], keys].concat());
    }

    pub fn resize(&self, columns: u16, rows: u16) {
        let (columns, rows) = (columns.to_string(), rows.to_string());
        self.tmux(&["resize-window", "-x", &columns, "-y", &rows]);
    }

    /// The text on the screen.
    pub fn screen(&self) -> String {
        self.tmux(&["capture-pane", "-p"])
    }

    /// The same with its escape sequences.
    pub fn raw_screen(&self) -> String {
        self.tmux(&["capture-pane", "-p", "-e"])
    }

    /// What tmux knows of the terminal, such as `alternate_on`.
    pub fn flag(&self, name: &str) -> String {
        self.tmux(&["display-message", "-p", &format!("#{{{name}}}")])
            .trim()
            .to_owned()
    }

    /// Waits for a screen, and gives it with the time that it took.
    pub fn until(&self, is_it: impl Fn(&str) -> bool) -> (String, Duration) {
        let start = Instant::now();
        loop {
            let screen = self.screen();
            if is_it(&screen) {
                return (screen, start.elapsed());
            }
            assert!(start.elapsed() < PATIENCE, "it did not come:\n{screen}");
            sleep(Duration::from_millis(10));
        }
    }

    /// Waits for all of these texts.
    pub fn shows(&self, texts: &[&str]) -> String {
        let start = Instant::now();
        loop {
            let screen = self.screen();
            let missing = texts.iter().find(|text| !screen.contains(**text));
            let Some(missing) = missing else {
                return screen;
            };
            assert!(
                start.elapsed() < PATIENCE,
                "{missing:?} did not come:\n{screen}"
            );
            sleep(Duration::from_millis(20));
        }
    }

    /// Waits for the end of what was started with an exit code, and asserts that the terminal is as it was.
    pub fn is_given_back(&self, code: i32) -> String {
        let screen = self.shows(&[&format!("ended with {code}")]);
        assert_eq!(self.flag("alternate_on"), "0");
        assert_eq!(self.flag("cursor_flag"), "1");
        // A raw terminal would show neither what is typed nor lines that start at the left.
        self.keys(&["clear; echo a; echo b", "Enter"]);
        self.until(|screen| screen.starts_with("a\nb\n"));
        screen
    }
}

impl Drop for Pane {
    fn drop(&mut self) {
        let _ = self.command().arg("kill-server").output();
    }
}

//! A user with agents and a proxy: programs on PATH, a state directory and a port of their own. And docs/launcher.md.
#![allow(dead_code)]

use std::fs::{self, Permissions};
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use baton_state::proto::state::v1::record::Kind;
use baton_state::proto::state::v1::{Record, RuntimeSummary};
use baton_state::segment::folder::read_folder;
use prost::Message;
use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use tempfile::{NamedTempFile, TempDir};

/// How long a test waits for what must come: far more than a slow machine takes.
const PATIENCE: Duration = Duration::from_secs(300);
/// What must not be found anywhere.
pub const CANARY: &str = "canary-8d1f0c6b";

/// An agent that says that it is there, waits for word from the test, and ends with 0. Its first argument tells it from others.
pub const WAITING: &str = ": > \"$WORLD/ready$1\"\nwhile [ -d \"$WORLD\" ] && [ ! -e \"$WORLD/go$1\" ]; do sleep 0.02; done";

/// A user; all of it goes away with the value.
pub struct World {
    pub folder: TempDir,
    pub port: u16,
    env: Vec<(String, String)>,
}

impl World {
    /// One with Node, git and an agent `opencode` that ends with 0, and a port where nothing listens.
    pub fn new() -> World {
        let folder = TempDir::new().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let world = World {
            folder,
            port,
            env: Vec::new(),
        };
        for dir in ["programs", "user", "work"] {
            fs::create_dir(world.path(dir)).unwrap();
        }
        let folders = std::env::var_os("PATH").unwrap();
        for name in ["node", "git", "sh", "sleep", "cat", "env"] {
            let mut found = std::env::split_paths(&folders).map(|folder| folder.join(name));
            let program = found.find(|program| program.exists()).unwrap();
            symlink(program, world.path("programs").join(name)).unwrap();
        }
        world.agent("opencode", "exit 0");
        world
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn home(&self) -> PathBuf {
        self.path("home")
    }

    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        self.env.retain(|(known, _)| known != name);
        self.env.push((name.to_owned(), value.into()));
    }

    /// Puts a shell script on PATH; it finds what tests leave for it in $WORLD.
    pub fn agent(&self, name: &str, script: &str) {
        let path = self.path("programs").join(name);
        let _ = fs::remove_file(&path);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
    }

    /// Takes a program from PATH.
    pub fn without(&self, name: &str) {
        fs::remove_file(self.path("programs").join(name)).unwrap();
    }

    /// The launcher with the proxy of the tests to start.
    pub fn launcher(&self, arguments: &[&str]) -> Command {
        let proxy = checkout();
        self.bare(&[&["--proxy", proxy.to_str().unwrap()], arguments].concat())
    }

    /// The launcher with these arguments alone.
    pub fn bare(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_opencode-proxy-launcher"));
        command.args(arguments);
        self.dress(&mut command);
        command
    }

    /// Gives a command the environment of the user.
    pub fn dress(&self, command: &mut Command) {
        command
            .env_clear()
            .current_dir(self.path("work"))
            .stdin(Stdio::null())
            .env("PATH", self.path("programs"))
            .env("HOME", self.path("user"))
            .env("BATON_HOME", self.home())
            .env("WORLD", self.folder.path())
            .env("PORT", self.port.to_string())
            .env("TEST_LOG", self.path("log"))
            .env("TEST_CANARY", CANARY)
            .env("BATON_PROXY_MS", "60000")
            .env("BATON_START_MS", "300000")
            .env("BATON_GIT_MS", "60000")
            .envs(self.env.iter().map(|(name, value)| (name, value)));
    }

    /// Starts the proxy of the tests as somebody else would.
    pub fn foreign_proxy(&self) -> Foreign {
        let mut command = Command::new("node");
        self.dress(&mut command);
        let child = command
            .arg(checkout().join("src/index.js"))
            .env("TEST_LOG", "")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let foreign = Foreign(child.unwrap());
        until("the proxy listens", || {
            std::net::TcpStream::connect(("127.0.0.1", self.port)).is_ok()
        });
        foreign
    }

    /// Lines that proxies wrote when they started and ended.
    pub fn log(&self) -> Vec<String> {
        let log = fs::read_to_string(self.path("log")).unwrap_or_default();
        log.lines().map(str::to_owned).collect()
    }

    /// Process id of the proxy that started last.
    pub fn proxy_pid(&self) -> Pid {
        let log = self.log();
        let mut lines = log.iter().rev();
        let line = lines.find_map(|line| line.strip_prefix("started "));
        Pid::from_raw(line.unwrap().parse().unwrap()).unwrap()
    }

    /// Asserts that the proxy that was started last is gone.
    #[track_caller]
    pub fn proxy_is_gone(&self) {
        assert!(!is_alive(self.proxy_pid()), "{:?}", self.log());
    }

    pub fn leave_word(&self, name: &str) {
        fs::write(self.path(name), "").unwrap();
    }

    pub fn wait_for(&self, name: &str) {
        until(name, || self.path(name).exists());
    }

    /// What was recorded of the proxy, in the order of the stamps.
    pub fn runtimes(&self) -> Vec<RuntimeSummary> {
        let folder = read_folder(&self.home().join("segments")).unwrap();
        let records = folder.records();
        let mut records: Vec<_> = records
            .map(|record| Record::decode(record.payload).unwrap())
            .collect();
        records.sort_by_key(|record| record.stamp);
        let runtimes = records.into_iter().map(|record| match record.kind {
            Some(Kind::RuntimeSummary(runtime)) => runtime,
            other => panic!("{other:?}"),
        });
        runtimes.collect()
    }
}

/// A process that no launcher started; it ends with the value.
pub struct Foreign(pub Child);

impl Foreign {
    pub fn is_alive(&mut self) -> bool {
        self.0.try_wait().unwrap().is_none()
    }
}

impl Drop for Foreign {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A launcher that runs, with its output in files: what it starts may live longer, and holds no pipe.
pub struct Running {
    child: Child,
    stdout: NamedTempFile,
    stderr: NamedTempFile,
}

impl Running {
    pub fn start(mut command: Command) -> Running {
        let [stdout, stderr] = [(); 2].map(|()| NamedTempFile::new().unwrap());
        command
            .stdout(stdout.reopen().unwrap())
            .stderr(stderr.reopen().unwrap());
        Running {
            child: command.spawn().unwrap(),
            stdout,
            stderr,
        }
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Waits until it says something on stderr.
    #[track_caller]
    pub fn wait_until_it_says(&self, what: &str) {
        let said = || fs::read_to_string(self.stderr.path()).unwrap();
        until(what, || said().contains(what));
    }

    pub fn end(mut self) -> Run {
        let read = |file: NamedTempFile| fs::read_to_string(file.path()).unwrap();
        Run {
            code: self.child.wait().unwrap().code(),
            stdout: read(self.stdout),
            stderr: read(self.stderr),
        }
    }
}

/// Runs a command to its end.
pub fn run(mut command: Command) -> Run {
    Run::of(command.output().unwrap())
}

/// What a run came to.
#[derive(Debug, PartialEq, Eq)]
pub struct Run {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Run {
    pub fn of(output: Output) -> Run {
        Run {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Asserts that it ended and said on stderr what docs/launcher.md has in the row of this situation, line for line.
    #[track_caller]
    pub fn is_row(&self, world: &World, situation: &str) {
        let rows = rows();
        let row = rows.iter().find(|row| row.situation == situation);
        let row = row.unwrap_or_else(|| panic!("docs/launcher.md has no row {situation:?}"));
        let port = world.port.to_string();
        let said: Vec<_> = self
            .stderr
            .lines()
            .filter(|line| !line.starts_with("help: "))
            .map(|line| line.replace(&port, "3000"))
            .collect();
        assert_eq!(said, row.prints, "{situation}: {self:?}");
        assert_eq!(self.code, row.code, "{situation}: {self:?}");
        let (errors, helps) = (self.lines("error["), self.lines("help: "));
        assert_eq!(errors, helps, "each error has its remedy: {self:?}");
    }

    fn lines(&self, start: &str) -> usize {
        let lines = self.stderr.lines();
        lines.filter(|line| line.starts_with(start)).count()
    }

    /// Asserts that it printed the brief, and gives what follows it.
    #[track_caller]
    pub fn after_brief(&self) -> &str {
        assert!(self.stdout.starts_with("Baton brief at "), "{self:?}");
        let runtime = self.stdout.find("runtime: ").unwrap_or(0);
        let (_, rest) = self.stdout[runtime..].split_once('\n').unwrap();
        rest
    }
}

/// A row of the table of situations.
pub struct Row {
    pub situation: String,
    pub prints: Vec<String>,
    pub code: Option<i32>,
}

/// The rows of the table in docs/launcher.md.
pub fn rows() -> Vec<Row> {
    let page = repository().join("docs/launcher.md");
    let page = fs::read_to_string(page).unwrap();
    let (_, table) = page.split_once("|---|---|---|\n").unwrap();
    let lines = table.lines().take_while(|line| line.starts_with('|'));
    let rows = lines.map(|line| {
        let cells: Vec<_> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let [situation, prints, code] = cells.as_slice() else {
            panic!("{line}");
        };
        let prints = prints.split("<br>").map(|line| line.trim_matches('`'));
        Row {
            situation: (*situation).to_owned(),
            prints: prints
                .filter(|line| *line != "nothing")
                .map(str::to_owned)
                .collect(),
            code: code.parse().ok(),
        }
    });
    rows.collect()
}

/// The top folder of the repository.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The checkout of a proxy that tests start.
pub fn checkout() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/proxy")
}

/// Waits for what must come.
#[track_caller]
pub fn until(what: &str, mut is_there: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_there() {
        assert!(start.elapsed() < PATIENCE, "{what}: not there");
        sleep(Duration::from_millis(20));
    }
}

/// Whether a process runs; one that has ended but was not collected does not.
pub fn is_alive(pid: Pid) -> bool {
    let stat = fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero()));
    match stat {
        Ok(stat) => !stat.rsplit(')').next().unwrap_or("").starts_with(" Z"),
        Err(_) if cfg!(target_os = "linux") => false,
        Err(_) => test_kill_process(pid).is_ok(),
    }
}

/// Says that a test did nothing, past the capture of the test runner.
pub fn skip(why: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr(), "[skip] {why}");
}

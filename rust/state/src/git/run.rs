//! Asking git: one program, a fixed environment, one time budget over all calls (docs/proof.md, section 1).

use std::ffi::{OsStr, OsString};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

/// Environment variables.
pub type Environment = [(OsString, OsString)];

/// Git as it may be asked: found, with its environment, until the deadline.
#[derive(Debug)]
pub struct Git {
    program: PathBuf,
    env: Vec<(OsString, OsString)>,
    deadline: Instant,
}

/// What git answered.
#[derive(Debug)]
pub struct GitOutput {
    /// Exit status.
    pub code: i32,
    /// Standard output.
    pub stdout: Vec<u8>,
    /// Standard error.
    pub stderr: Vec<u8>,
}

/// Time that all calls for one set of facts may take together (GIT-002).
const GIT_BUDGET: Duration = Duration::from_millis(1000);

/// Most bytes that are read of one answer; a longer one counts as no answer (GIT-003).
const OUTPUT_LIMIT: u64 = 64 * 1024 * 1024;

/// What `git rev-parse --local-env-vars` lists: a hook that runs us must not choose the repository (GIT-001).
const LOCAL_VARIABLES: [&str; 16] = [
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_CONFIG",
    "GIT_CONFIG_COUNT",
    "GIT_CONFIG_PARAMETERS",
    "GIT_DIR",
    "GIT_GRAFT_FILE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_INTERNAL_SUPER_PREFIX",
    "GIT_NO_REPLACE_OBJECTS",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_REPLACE_REF_BASE",
    "GIT_SHALLOW_FILE",
    "GIT_WORK_TREE",
];

impl Git {
    /// Finds git in the absolute folders of PATH and starts the budget: `budget`, else BATON_GIT_MS, else one second.
    /// Gives `None` where there is no git or no time (GIT-001, GIT-002).
    #[must_use]
    pub fn open(env: &Environment, budget: Option<Duration>) -> Option<Self> {
        let budget = budget.unwrap_or_else(|| budget_of(env));
        if budget.is_zero() {
            return None;
        }
        let program = find_git(env)?;
        let mut own: Vec<_> = env
            .iter()
            .filter(|(name, _)| !LOCAL_VARIABLES.iter().any(|local| name == local))
            .cloned()
            .collect();
        for (name, value) in [
            ("GIT_OPTIONAL_LOCKS", "0"),
            ("GIT_NO_LAZY_FETCH", "1"),
            ("LC_ALL", "C"),
        ] {
            own.push((name.into(), value.into()));
        }
        Some(Self {
            program,
            env: own,
            deadline: Instant::now() + budget,
        })
    }

    /// Runs git in `dir` with stdin closed, or fed with `input`. Gives `None` where it could not start, was killed by
    /// a signal or by the end of the budget, or said more than 64 MiB; an exit status other than 0 is an answer.
    #[must_use]
    pub fn run<S: AsRef<OsStr>>(
        &self,
        dir: &Path,
        args: &[S],
        env: &[(&str, &Path)],
        input: Option<Vec<u8>>,
    ) -> Option<GitOutput> {
        if self.left().is_zero() {
            return None;
        }
        let mut child = Command::new(&self.program)
            .args(["-c", "core.fsmonitor=false"])
            .args(args)
            .current_dir(dir)
            .env_clear()
            .envs(self.env.iter().map(|(name, value)| (name, value)))
            .envs(env.iter().copied())
            .stdin(if input.is_some() {
                Stdio::piped()
            } else {
                Stdio::null()
            })
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .ok()?;
        let output = self.collect(&mut child, input);
        if output.is_none() {
            // The reading threads end with the pipes; a child that is gone already cannot be killed, which is fine.
            let _ = child.kill();
            let _ = child.wait();
        }
        output
    }

    fn collect(&self, child: &mut Child, input: Option<Vec<u8>>) -> Option<GitOutput> {
        if let (Some(mut stdin), Some(input)) = (child.stdin.take(), input) {
            // Git that stops reading says why with its exit status.
            thread::spawn(move || stdin.write_all(&input));
        }
        let stdout = read_all(child.stdout.take()?);
        let stderr = read_all(child.stderr.take()?);
        let stdout = stdout.recv_timeout(self.left()).ok()??;
        let stderr = stderr.recv_timeout(self.left()).ok()??;
        let code = self.wait(child)?.code()?;
        Some(GitOutput {
            code,
            stdout,
            stderr,
        })
    }

    /// Waits for a child that has closed its output: it ends at once, or hangs until the deadline.
    fn wait(&self, child: &mut Child) -> Option<std::process::ExitStatus> {
        loop {
            if let Some(status) = child.try_wait().ok()? {
                return Some(status);
            }
            if self.left().is_zero() {
                return None;
            }
            thread::sleep(Duration::from_micros(200));
        }
    }

    fn left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }
}

/// Reads a pipe to its end in a thread of its own; sends `None` where it is too long or broken.
fn read_all(pipe: impl Read + Send + 'static) -> Receiver<Option<Vec<u8>>> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let read = pipe.take(OUTPUT_LIMIT + 1).read_to_end(&mut bytes);
        let whole = read.is_ok() && bytes.len() as u64 <= OUTPUT_LIMIT;
        // Nobody listens after the deadline.
        let _ = sender.send(whole.then_some(bytes));
    });
    receiver
}

fn variable<'a>(env: &'a Environment, wanted: &str) -> Option<&'a OsStr> {
    let found = env
        .iter()
        .find(|(name, _)| name == wanted || (cfg!(windows) && name.eq_ignore_ascii_case(wanted)))?;
    Some(&found.1)
}

fn budget_of(env: &Environment) -> Duration {
    let digits = variable(env, "BATON_GIT_MS")
        .and_then(OsStr::to_str)
        .filter(|text| text.len() <= 9 && !text.starts_with('+'));
    let given = digits.and_then(|text| text.parse().ok());
    given.map_or(GIT_BUDGET, Duration::from_millis)
}

/// Relative and empty entries of PATH are skipped: they would run a `git` that lies in the repository.
fn find_git(env: &Environment) -> Option<PathBuf> {
    let name = if cfg!(windows) { "git.exe" } else { "git" };
    std::env::split_paths(variable(env, "PATH")?)
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join(name))
        .find(|program| is_executable(program))
}

#[cfg(unix)]
fn is_executable(program: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(program)
        .is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(program: &Path) -> bool {
    program.is_file()
}

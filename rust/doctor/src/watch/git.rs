//! What git says, asked beside the drawing: seldom, and soon after it may say something else.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use baton_native::brief::ask_git;
use baton_state::home::Home;
use baton_state::proto::state::v1::{Config, GitFacts};

/// Least time from one question to the next.
const LEAST: Duration = Duration::from_secs(2);
/// When git is asked again though nothing shows that it says something else: files of the worktree may have changed.
const MOST: Duration = Duration::from_secs(15);

/// Git, asked now and then about the current directory.
pub struct Git {
    home: Home,
    files: Vec<PathBuf>,
    times: Vec<Option<SystemTime>>,
    asked: Instant,
    has_cause: bool,
    answer: Option<Receiver<Option<GitFacts>>>,
}

impl Git {
    /// Git, which was asked just now.
    pub fn asked(home: &Home) -> Git {
        let files = files_of(&env::current_dir().unwrap_or_default());
        Git {
            home: home.clone(),
            times: times_of(&files),
            files,
            asked: Instant::now(),
            has_cause: false,
            answer: None,
        }
    }

    /// Says that git may say something else now, as after a check was recorded.
    pub fn has_cause(&mut self) {
        self.has_cause = true;
    }

    /// A new answer, where one came. Asks again where it is time to.
    pub fn poll(&mut self, config: &Config) -> Option<GitFacts> {
        if let Some(answer) = &self.answer {
            match answer.try_recv() {
                Err(TryRecvError::Empty) => return None,
                answered => {
                    self.answer = None;
                    return answered.ok().flatten();
                }
            }
        }
        let age = self.asked.elapsed();
        if age < LEAST {
            return None;
        }
        let times = times_of(&self.files);
        if age >= MOST || self.has_cause || times != self.times {
            self.times = times;
            self.has_cause = false;
            self.asked = Instant::now();
            self.ask(config.clone());
        }
        None
    }

    fn ask(&mut self, config: Config) {
        let (sender, answer) = channel();
        let home = self.home.clone();
        // A thread that the system does not give leaves the channel closed, which is no answer.
        let _ = thread::Builder::new().spawn(move || {
            let _ = sender.send(ask_git(&home, &config).ok());
        });
        self.answer = Some(answer);
    }
}

/// What changes with HEAD and the index of the repository that holds a directory.
fn files_of(dir: &Path) -> Vec<PathBuf> {
    let mut above = dir.ancestors();
    let found = above.find_map(|above| {
        let git = above.join(".git");
        let kind = fs::metadata(&git).ok()?;
        if kind.is_dir() {
            return Some(git);
        }
        // A worktree of a repository has a file there, which names the folder.
        let text = fs::read_to_string(&git).ok()?;
        Some(above.join(text.strip_prefix("gitdir:")?.trim()))
    });
    let names = ["HEAD", "index", "logs/HEAD"];
    found
        .map(|git| names.map(|name| git.join(name)).to_vec())
        .unwrap_or_default()
}

fn times_of(files: &[PathBuf]) -> Vec<Option<SystemTime>> {
    let time = |file: &PathBuf| fs::metadata(file).and_then(|file| file.modified()).ok();
    files.iter().map(time).collect()
}

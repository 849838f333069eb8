//! The checks of the clients: Codex, OpenCode and the proxy, and whether they work with this state directory.
//!
//! A check may start a program and wait for it, but none waits without an end.

mod child;
pub mod codex;
mod codex_files;
pub mod codex_hooks;
mod files;
mod mcp;
pub mod opencode;
mod opencode_files;
pub mod opencode_packages;
mod program;
pub mod provider;
pub mod proxy;
pub mod proxy_models;
pub mod proxy_records;
mod setup;

use std::collections::BTreeMap;
use std::env;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

pub use self::child::Silence;
use self::codex_files::CodexFiles;
pub use self::files::{is_same_folder, is_version, read_text};
use self::opencode_files::OpencodeFiles;
pub use self::opencode_files::loopback_port;
pub use self::program::{shown_version, told_line};
use self::setup::Setup;

/// Names of variables with their values.
pub type Variables = BTreeMap<OsString, OsString>;

/// What the checks of the clients look at. Nothing is read before a check asks for it.
pub struct Clients {
    /// Environment of this program.
    pub env: Variables,
    /// Home directory of the user.
    pub user: PathBuf,
    /// Directory of the user's work.
    pub dir: PathBuf,
    /// State directory of this program.
    pub state: PathBuf,
    /// Whether nothing may be asked over the network, loopback included.
    pub is_offline: bool,
    /// BATON_CHECK_MS: how long a check may wait, in place of its own limit.
    patience: Option<Duration>,
    codex: OnceLock<Option<PathBuf>>,
    codex_files: OnceLock<CodexFiles>,
    opencode: OnceLock<Option<PathBuf>>,
    opencode_version: OnceLock<Result<String, Silence>>,
    opencode_files: OnceLock<OpencodeFiles>,
    setup: OnceLock<Setup>,
    proxy: OnceLock<proxy::Look>,
}

impl Clients {
    /// What there is to look at for a user who works in the current directory.
    pub fn new(state: &Path, is_offline: bool) -> Self {
        let env: Variables = env::vars_os().collect();
        let patience = env
            .get(OsStr::new("BATON_CHECK_MS"))
            .and_then(|limit| limit.to_str()?.parse().ok());
        Clients {
            env,
            user: env::home_dir().unwrap_or_default(),
            dir: env::current_dir().unwrap_or_default(),
            state: state.to_owned(),
            is_offline,
            patience: patience.map(Duration::from_millis),
            codex: OnceLock::new(),
            codex_files: OnceLock::new(),
            opencode: OnceLock::new(),
            opencode_version: OnceLock::new(),
            opencode_files: OnceLock::new(),
            setup: OnceLock::new(),
            proxy: OnceLock::new(),
        }
    }

    /// Value of a variable, unless it is empty.
    pub fn var(&self, name: &str) -> Option<&OsStr> {
        let value = self.env.get(OsStr::new(name)).map(OsString::as_os_str);
        value.filter(|value| !value.is_empty())
    }

    /// Gives the values of variables that are not empty.
    fn env(&self) -> impl Fn(&str) -> Option<OsString> {
        |name| self.var(name).map(OsStr::to_owned)
    }

    /// A folder that a variable names by an absolute path, else one below the user's home.
    fn folder(&self, variable: &str, below_home: &str) -> PathBuf {
        let named = self.var(variable).map(PathBuf::from);
        named
            .filter(|named| named.is_absolute())
            .unwrap_or_else(|| self.user.join(below_home))
    }

    /// A check's own limit, unless BATON_CHECK_MS sets another one.
    pub fn patience(&self, own: Duration) -> Duration {
        self.patience.unwrap_or(own)
    }

    /// After this time a check is given up from outside, by its own limit and 2 s more: it hangs where it cannot be told to
    /// stop, such as in a read of a file on a machine that went away.
    pub fn last_moment(&self, own: Duration) -> Duration {
        self.patience(own) + Duration::from_secs(2)
    }
}

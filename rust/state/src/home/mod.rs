//! The state directory: where everything of Baton lies on this machine (`docs/design.md`, "State directory").

mod clock;
mod config;
mod key;
mod known;
mod lease;
mod place;
mod system;

use std::fs::{self, DirBuilder};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

pub use clock::now;
pub use config::parse_config;
pub use key::{alias, digest, key_id};
pub use known::known_to;
pub use lease::Lease;
pub use place::{is_remote_place, state_directory};
pub use system::Env;

use self::system::{refusal, unreadable};
use crate::r#gen::tables::{ERROR_HOME_CONFIG, ERROR_HOME_REMOTE, ERROR_HOME_UNUSABLE};
use crate::proto::state::v1::Config;
use crate::record::error::BatonError;

/// The state directory. Opening it does no I/O; each function does its own.
#[derive(Debug, Clone)]
pub struct Home {
    dir: PathBuf,
    is_remote_allowed: bool,
}

impl Home {
    /// The state directory that `--home`, environment and platform name. Refuses with HOME_UNUSABLE where nothing names
    /// one.
    pub fn open(home: Option<&Path>, env: Env<'_>) -> Result<Self, BatonError> {
        let home = home.filter(|home| !home.as_os_str().is_empty());
        let unusable = || BatonError::new(&ERROR_HOME_UNUSABLE);
        let named = state_directory(home, env, std::env::consts::OS).ok_or_else(unusable)?;
        let is_named = home.is_some() || env("BATON_HOME").is_some_and(|home| !home.is_empty());
        Ok(Self {
            dir: std::path::absolute(named).map_err(|_| unusable())?,
            is_remote_allowed: is_named
                && env("BATON_ALLOW_REMOTE").is_some_and(|allow| allow == "1"),
        })
    }

    /// Absolute path of the directory.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Absolute path of the folder of segments.
    #[must_use]
    pub fn segments(&self) -> PathBuf {
        self.dir.join("segments")
    }

    /// Whether it is on a synced or remote folder, as its real path and the mounts of this machine tell.
    #[must_use]
    pub fn is_remote(&self) -> bool {
        let mounts = fs::read_to_string("/proc/mounts").unwrap_or_default();
        is_remote_place(&real_place(&self.dir).to_string_lossy(), &mounts)
    }

    /// Whether BATON_HOME or --home names it and BATON_ALLOW_REMOTE is 1.
    #[must_use]
    pub fn is_remote_allowed(&self) -> bool {
        self.is_remote_allowed
    }

    /// Makes the directory and the folder of segments, 0700, where they are missing. Refuses a synced or remote folder
    /// (HOME_REMOTE), unless BATON_HOME or --home names it and BATON_ALLOW_REMOTE is 1; HOME_UNUSABLE where it cannot.
    pub fn create(&self) -> Result<(), BatonError> {
        if !self.is_remote_allowed && self.is_remote() {
            return Err(BatonError::new(&ERROR_HOME_REMOTE));
        }
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder
            .create(self.segments())
            .map_err(|error| refusal(&ERROR_HOME_UNUSABLE, &error))
    }

    /// install.key, 32 bytes; None where there is none: readers never make it. Waits up to a second for one that is being
    /// written. Refuses one that cannot be read or has another length (HOME_KEY), and a state directory that is a file
    /// (HOME_UNUSABLE).
    pub fn read_key(&self) -> Result<Option<key::Key>, BatonError> {
        key::read_key(&self.dir.join("install.key"))
    }

    /// install.key, 32 bytes, which is made where there is none: the first writer of a state directory does so, after
    /// `create`. Of several that do so at once, all get the same one. Refuses what `read_key` refuses, and where it cannot
    /// be made (HOME_KEY).
    pub fn key(&self) -> Result<key::Key, BatonError> {
        key::create_key(&self.dir.join("install.key"))
    }

    /// What the user has set; empty where there is no config.json. Refuses one that cannot be read or does not fit
    /// (HOME_CONFIG), and a state directory that is a file (HOME_UNUSABLE).
    pub fn config(&self) -> Result<Config, BatonError> {
        match fs::read(self.dir.join("config.json")) {
            Ok(text) => parse_config(&text),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Config::default()),
            Err(error) => Err(unreadable(&ERROR_HOME_CONFIG, &error)),
        }
    }
}

/// The path with the links of what is already there resolved.
fn real_place(dir: &Path) -> PathBuf {
    dir.ancestors()
        .find_map(|there| {
            let real = fs::canonicalize(there).ok()?;
            Some(real.join(dir.strip_prefix(there).ok()?))
        })
        .unwrap_or_else(|| dir.to_path_buf())
}

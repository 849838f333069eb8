//! Who may start and end the proxy, and who uses it: two locks of the system for each port, which end with their process.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::Path;

use baton_state::r#gen::tables::ERROR_HOME_UNUSABLE;
use baton_state::home::Home;
use baton_state::record::error::BatonError;

use crate::process::Identity;
use crate::stop::Stop;

/// The right to start and to end the proxy of a port, and to say which one a launcher started.
#[derive(Debug)]
pub struct Gate {
    file: File,
}

impl Gate {
    /// Takes the right, once nobody else has it; `wait` is called between two tries, and ends them by what it refuses with.
    pub fn take(
        home: &Home,
        port: u16,
        wait: &mut dyn FnMut() -> Result<(), Stop>,
    ) -> Result<Gate, Stop> {
        let file = open(home, &format!("proxy.{port}"))?;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Gate { file }),
                Err(TryLockError::WouldBlock) => wait()?,
                Err(TryLockError::Error(error)) => return Err(unusable(&error).into()),
            }
        }
    }

    /// The proxy that a launcher started, where it still runs.
    pub fn started(&mut self) -> Option<Identity> {
        let mut text = String::new();
        self.file.rewind().ok()?;
        self.file.read_to_string(&mut text).ok()?;
        Identity::parse(&text).filter(Identity::lives)
    }

    /// Says which proxy a launcher started, or that none runs any more.
    pub fn set_started(&mut self, started: Option<Identity>) -> Result<(), BatonError> {
        let text = started.map(|started| started.text()).unwrap_or_default();
        let mut write = || {
            self.file.set_len(0)?;
            self.file.rewind()?;
            self.file.write_all(text.as_bytes())
        };
        write().map_err(|error| unusable(&error))
    }
}

/// A share in the use of the proxy of a port.
#[derive(Debug)]
pub struct Share {
    file: File,
}

impl Share {
    /// Takes a share. Whoever does so has the gate.
    pub fn take(home: &Home, port: u16) -> Result<Share, BatonError> {
        let file = open(home, &format!("proxy.{port}.users"))?;
        file.lock_shared().map_err(|error| unusable(&error))?;
        Ok(Share { file })
    }

    /// Gives the share back. Whoever does so has the gate. Gives whether nobody else has one.
    pub fn give_back(self) -> bool {
        let _ = self.file.unlock();
        is_free(&self.file)
    }
}

/// Whether nobody uses the proxy of a port. Whoever asks has the gate.
pub fn is_unused(home: &Home, port: u16) -> bool {
    open(home, &format!("proxy.{port}.users")).is_ok_and(|file| is_free(&file))
}

fn is_free(file: &File) -> bool {
    let is_free = file.try_lock().is_ok();
    let _ = file.unlock();
    is_free
}

fn open(home: &Home, name: &str) -> Result<File, BatonError> {
    home.create()?;
    let folder = home.dir().join("locks");
    make_folder(&folder).map_err(|error| unusable(&error))?;
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(folder.join(name));
    file.map_err(|error| unusable(&error))
}

fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn unusable(error: &io::Error) -> BatonError {
    BatonError::new(&ERROR_HOME_UNUSABLE).at(format!("locks: {}", error.kind()))
}

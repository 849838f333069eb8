//! Node, which runs the proxy.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use baton_state::r#gen::tables::ERROR_LAUNCH_NO_NODE;
use baton_state::record::error::BatonError;

/// The oldest version that runs the proxy.
const OLDEST: u32 = 18;
/// How long it may take to tell its version.
const LIMIT: Duration = Duration::from_secs(10);
/// More than a version has, in bytes.
const MAX_BYTES: u64 = 100;

/// The program, where Node 18 or newer is on PATH. Refuses where it is not (LAUNCH_NO_NODE).
pub fn find() -> Result<PathBuf, BatonError> {
    let missing = |what: String| BatonError::new(&ERROR_LAUNCH_NO_NODE).at(what);
    let node = which::which("node").map_err(|_| missing("found none".to_owned()))?;
    match major_version(&node) {
        Some(major) if major >= OLDEST => Ok(node),
        Some(major) => Err(missing(format!("found {major}"))),
        None => Err(missing("found one that tells no version".to_owned())),
    }
}

/// The first number that `node --version` prints, as in `v20.19.4`.
fn major_version(node: &Path) -> Option<u32> {
    let mut child = Command::new(node)
        .arg("--version")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let until = Instant::now() + LIMIT;
    while matches!(child.try_wait(), Ok(None)) {
        if Instant::now() > until {
            let _ = child.kill();
        }
        sleep(Duration::from_millis(2));
    }
    let mut version = String::new();
    let stdout = child.stdout.take()?;
    stdout.take(MAX_BYTES).read_to_string(&mut version).ok()?;
    let (major, _) = version.trim().strip_prefix('v')?.split_once('.')?;
    major.parse().ok()
}

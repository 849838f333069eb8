//! Processes that outlive the one that started them: started apart from the terminal, told by id and start time, ended.

use std::io;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use sysinfo::{Pid, ProcessRefreshKind, ProcessStatus, ProcessesToUpdate, System};

/// How long a process may take to end by itself once it is asked to: the proxy writes its usage log then.
const FAREWELL: Duration = Duration::from_secs(5);
/// How long what it started may take, once it has ended itself.
#[cfg(unix)]
const LEFTOVERS: Duration = Duration::from_secs(1);
/// Between two looks.
const STEP: Duration = Duration::from_millis(10);
/// Start times are told in seconds, and a clock that is set a little moves them.
const TOLERANCE: u64 = 2;

/// A process and no other one that got its id later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity {
    pid: u32,
    /// When it started: seconds since 1970.
    start: u64,
}

impl Identity {
    /// That of a process that runs now.
    pub fn of(pid: u32) -> Option<Identity> {
        let (start, _) = look(pid)?;
        Some(Identity { pid, start })
    }

    /// Whether it still runs.
    pub fn lives(&self) -> bool {
        look(self.pid)
            .is_some_and(|(start, has_ended)| !has_ended && start.abs_diff(self.start) <= TOLERANCE)
    }

    /// Whether it has this id.
    pub fn is(&self, pid: u32) -> bool {
        self.pid == pid
    }

    /// As text: id and start time.
    pub fn text(&self) -> String {
        format!("{} {}\n", self.pid, self.start)
    }

    /// The identity that a text holds.
    pub fn parse(text: &str) -> Option<Identity> {
        let (pid, start) = text.trim_end().split_once(' ')?;
        Some(Identity {
            pid: pid.parse().ok().filter(|pid| *pid > 1)?,
            start: start.parse().ok()?,
        })
    }
}

/// Start time of a process, and whether it has ended but not been collected.
fn look(pid: u32) -> Option<(u64, bool)> {
    let pid = Pid::from_u32(pid);
    let mut system = System::new().ok()?;
    let refresh = ProcessRefreshKind::nothing();
    system.refresh_processes_specifics(ProcessesToUpdate::Some(&[pid]), false, refresh);
    let process = system.process(pid)?;
    let has_ended = matches!(
        process.status(),
        ProcessStatus::Zombie | ProcessStatus::Dead
    );
    Some((process.start_time(), has_ended))
}

/// Starts a command apart from the terminal: in a process group of its own, without input, and with its output discarded.
pub fn start(command: &mut Command) -> io::Result<Child> {
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    // CREATE_NEW_PROCESS_GROUP | CREATE_NO_WINDOW: Ctrl-C does not reach it, and no window opens.
    #[cfg(windows)]
    std::os::windows::process::CommandExt::creation_flags(command, 0x0000_0200 | 0x0800_0000);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
}

/// How a process that has ended did so. A process whose first thread has ended counts as ended before the last one has, and
/// tells its status only then.
pub fn exit_status(child: &mut Child) -> Option<ExitStatus> {
    let until = Instant::now() + FAREWELL;
    loop {
        match child.try_wait() {
            Ok(None) if Instant::now() < until => sleep(STEP),
            status => return status.ok()?,
        }
    }
}

/// Ends a process and what it started: asked first, killed after a moment, or at once where `is_hurried` says so. `child` is
/// its handle where this process started it.
#[cfg(unix)]
pub fn end(identity: Identity, mut child: Option<Child>, is_hurried: &dyn Fn() -> bool) {
    use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};

    let group = i32::try_from(identity.pid).ok().and_then(Pid::from_raw);
    let Some(group) = group.filter(|_| identity.lives()) else {
        return;
    };
    let _ = kill_process_group(group, Signal::TERM);
    let mut until = Instant::now() + FAREWELL;
    let mut has_ended = false;
    loop {
        let _ = child.as_mut().map(Child::try_wait);
        if test_kill_process_group(group).is_err() {
            return;
        }
        if !has_ended && !identity.lives() {
            has_ended = true;
            until = until.min(Instant::now() + LEFTOVERS);
        }
        if Instant::now() > until || is_hurried() {
            break;
        }
        sleep(STEP);
    }
    let _ = kill_process_group(group, Signal::KILL);
    let _ = child.as_mut().map(Child::wait);
}

/// Ends a process and what it started. Windows has no way to ask a process without a window, so it is killed; the proxy
/// appends to its usage log line by line. `child` is its handle where this process started it.
#[cfg(windows)]
pub fn end(identity: Identity, mut child: Option<Child>, is_hurried: &dyn Fn() -> bool) {
    if !identity.lives() {
        return;
    }
    let pid = identity.pid.to_string();
    // Where what it started cannot be ended with it, as under wine, which knows no /T, it is at least ended itself.
    for arguments in [&["/F", "/T", "/PID", &pid][..], &["/F", "/PID", &pid]] {
        let status = Command::new("taskkill")
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        if status.is_ok_and(|status| status.success()) {
            break;
        }
    }
    let until = Instant::now() + FAREWELL;
    while identity.lives() && Instant::now() < until && !is_hurried() {
        let _ = child.as_mut().map(Child::try_wait);
        sleep(STEP);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_told_from_another_one_that_got_its_id() {
        let me = Identity::of(std::process::id()).unwrap();
        assert!(me.lives());
        assert_eq!(Identity::parse(&me.text()), Some(me));
        let earlier = Identity {
            start: me.start - 60,
            ..me
        };
        assert!(!earlier.lives());
        end(earlier, None, &|| true);
        assert!(me.lives());
        for text in ["", "1 5", "x 5", "5", "-7 5", "0 5"] {
            assert_eq!(Identity::parse(text), None, "{text}");
        }
    }
}

//! Signals: before and after the agent they end the launcher, while it runs they are its own (docs/proof.md, RUN-002).

#[cfg(unix)]
pub use self::unix::Signals;
#[cfg(windows)]
pub use self::windows::Signals;

#[cfg(unix)]
mod unix {
    use std::fs;
    use std::io::{self, IsTerminal};
    use std::os::unix::process::ExitStatusExt as _;
    use std::process::Command;
    use std::sync::mpsc::{Receiver, Sender, channel};
    use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
    use std::thread;

    use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};
    use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};

    /// The signals that reach this process.
    pub struct Signals {
        stops: Receiver<i32>,
        agent: Arc<Mutex<Option<Pid>>>,
    }

    impl Signals {
        /// Takes them from now on, but for those that whoever started this process wants ignored, as `nohup` does with
        /// SIGHUP: the agent ignores them, too. Refuses where the system does not give them.
        pub fn watch() -> io::Result<Signals> {
            let ignored = ignored();
            let all = [SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2];
            let wanted = all.into_iter().filter(|signal| ignored & bit(*signal) == 0);
            let mut received = signal_hook::iterator::Signals::new(wanted)?;
            let agent = Arc::new(Mutex::new(None));
            let (sender, stops) = channel();
            let watched = Arc::clone(&agent);
            thread::spawn(move || {
                for signal in received.forever() {
                    hand_on(signal, *held(&watched), &sender);
                }
            });
            Ok(Signals { stops, agent })
        }

        /// Number of a signal that asks the launcher to end, if one came.
        pub fn stop(&self) -> Option<i32> {
            self.stops.try_iter().find(|signal| is_end(*signal))
        }

        /// Runs the agent with the streams of this process until it ends, with every signal that comes meanwhile. Gives its
        /// exit code, 128 + n where signal n ended it.
        pub fn run(&self, command: &mut Command) -> io::Result<i32> {
            let mut child = command.spawn()?;
            let pid = Pid::from_child(&child);
            *held(&self.agent) = Some(pid);
            // What came while it was started.
            for signal in self.stops.try_iter() {
                send(signal, pid);
            }
            // It keeps its id until it is waited for, so no signal can go to another process.
            let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
            while matches!(
                waitid(WaitId::Pid(pid), options),
                Err(rustix::io::Errno::INTR)
            ) {}
            *held(&self.agent) = None;
            let status = child.wait()?;
            let signal = || 128 + status.signal().unwrap_or(0);
            Ok(status.code().unwrap_or_else(signal))
        }
    }

    /// The signals that this process ignores, a bit each, where the system tells them (Linux).
    fn ignored() -> u64 {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let mut masks = status
            .lines()
            .filter_map(|line| line.strip_prefix("SigIgn:"));
        let mask = masks.next().unwrap_or_default().trim();
        u64::from_str_radix(mask, 16).unwrap_or(0)
    }

    fn bit(signal: i32) -> u64 {
        1 << (signal - 1)
    }

    fn hand_on(signal: i32, agent: Option<Pid>, stops: &Sender<i32>) {
        match agent {
            Some(agent) => send(signal, agent),
            // Whoever does not listen any more is about to end.
            None => drop(stops.send(signal)),
        }
    }

    /// Sends a signal to the agent, unless it is one that the terminal sends there itself.
    fn send(signal: i32, agent: Pid) {
        let is_of_terminal = matches!(signal, SIGINT | SIGQUIT) && is_on_terminal();
        if let (false, Some(signal)) = (is_of_terminal, Signal::from_named_raw(signal)) {
            let _ = kill_process(agent, signal);
        }
    }

    fn is_end(signal: i32) -> bool {
        matches!(signal, SIGHUP | SIGINT | SIGQUIT | SIGTERM)
    }

    fn is_on_terminal() -> bool {
        io::stdin().is_terminal() || io::stdout().is_terminal() || io::stderr().is_terminal()
    }

    fn held(agent: &Mutex<Option<Pid>>) -> MutexGuard<'_, Option<Pid>> {
        agent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(windows)]
mod windows {
    use std::io;
    use std::process::Command;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    use signal_hook::consts::{SIGINT, SIGTERM};

    /// Ctrl-C, which reaches every program of the console by itself.
    pub struct Signals {
        is_stopped: Arc<AtomicBool>,
    }

    impl Signals {
        /// Takes it from now on. Refuses where the system does not give it.
        pub fn watch() -> io::Result<Signals> {
            let is_stopped = Arc::new(AtomicBool::new(false));
            for signal in [SIGINT, SIGTERM] {
                signal_hook::flag::register(signal, Arc::clone(&is_stopped))?;
            }
            Ok(Signals { is_stopped })
        }

        /// Number of the signal that asks the launcher to end, if one came.
        pub fn stop(&self) -> Option<i32> {
            let is_stopped = self.is_stopped.swap(false, Ordering::Relaxed);
            is_stopped.then_some(SIGINT)
        }

        /// Runs the agent with the streams of this process until it ends. Gives its exit code.
        pub fn run(&self, command: &mut Command) -> io::Result<i32> {
            let status = command.status()?;
            self.is_stopped.store(false, Ordering::Relaxed);
            Ok(status.code().unwrap_or(1))
        }
    }
}

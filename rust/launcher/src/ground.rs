//! What everything here works with.

use std::env::var_os;
use std::thread::sleep;
use std::time::Duration;

use baton_native::output::Output;
use baton_native::proxy::{Answer, ask, host, port};
use baton_state::home::Home;

use crate::progress::Progress;
use crate::signals::Signals;
use crate::stop::Stop;

/// Between two looks at the proxy.
const STEP: Duration = Duration::from_millis(50);

/// What everything here works with.
pub struct Ground {
    /// The state directory.
    pub home: Home,
    /// Where it writes to.
    pub out: Output,
    /// Whether nothing but errors goes to stderr.
    pub is_quiet: bool,
    /// The signals that reach this process.
    pub signals: Signals,
    /// Where the proxy is on this machine; None where HOST names another one, which is not asked.
    pub host: Option<String>,
    /// Its port.
    pub port: u16,
    limits: Limits,
}

/// How long one waits.
#[derive(Debug, Clone, Copy)]
struct Limits {
    answer: Duration,
    start: Duration,
}

impl Ground {
    /// The ground of the environment. BATON_PROXY_MS and BATON_START_MS set the limits, in milliseconds.
    pub fn new(home: Home, out: Output, is_quiet: bool, signals: Signals) -> Ground {
        let env = |name: &str| var_os(name);
        let limit = |name: &str, own: u64| {
            let named = var_os(name).and_then(|limit| limit.to_str()?.parse().ok());
            Duration::from_millis(named.unwrap_or(own))
        };
        Ground {
            home,
            out,
            is_quiet,
            signals,
            host: host(&env),
            port: port(&env),
            limits: Limits {
                answer: limit("BATON_PROXY_MS", 300),
                start: limit("BATON_START_MS", 20_000),
            },
        }
    }

    /// What the port of the proxy says; nothing where HOST is another machine.
    pub fn ask(&self) -> Answer {
        match &self.host {
            Some(host) => ask(host, self.port, &|name| var_os(name), self.limits.answer),
            None => Answer::None,
        }
    }

    /// How long the proxy may take to start.
    pub fn start_limit(&self) -> Duration {
        self.limits.start
    }

    /// How long something may be silent until it counts as silent.
    pub fn silence_limit(&self) -> Duration {
        self.limits.start.min(Duration::from_secs(5))
    }

    /// A wait that shows on a terminal.
    pub fn progress(&self, message: impl Into<String>) -> Progress {
        Progress::new(message.into(), self.is_quiet)
    }

    /// A moment of a wait, which shows where `progress` is given. Refuses where a signal asks the launcher to end.
    pub fn moment(&self, progress: Option<&mut Progress>) -> Result<(), Stop> {
        if let Some(progress) = progress {
            progress.tick();
        }
        sleep(STEP);
        match self.signals.stop() {
            Some(signal) => Err(Stop::Signal(signal)),
            None => Ok(()),
        }
    }
}

//! A line that moves while one waits: on a terminal alone, and only once it took half a second.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Shorter waits show nothing.
const QUIET: Duration = Duration::from_millis(500);
/// Between two pictures.
const TICK: Duration = Duration::from_millis(100);

/// A wait that may show.
pub struct Progress {
    start: Instant,
    is_quiet: bool,
    message: String,
    bar: Option<ProgressBar>,
}

impl Progress {
    /// A wait for what `message` says; one that never shows where `is_quiet`.
    pub fn new(message: String, is_quiet: bool) -> Progress {
        Progress {
            start: Instant::now(),
            is_quiet,
            message,
            bar: None,
        }
    }

    /// How long it takes already.
    pub fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    /// To be called while one waits.
    pub fn tick(&mut self) {
        if self.is_quiet || self.bar.is_some() || self.start.elapsed() < QUIET {
            return;
        }
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} ({elapsed})") {
            bar.set_style(style);
        }
        bar.set_message(self.message.clone());
        bar.enable_steady_tick(TICK);
        self.bar = Some(bar);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

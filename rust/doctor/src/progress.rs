//! How far long work has come: on a terminal alone, and only once it took two seconds.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Shorter work shows nothing.
const QUIET: Duration = Duration::from_secs(2);
/// Between two pictures.
const TICK: Duration = Duration::from_millis(100);

/// Work that may show how many bytes it has done. Several threads may do it.
pub struct Progress {
    start: Instant,
    is_quiet: bool,
    done: Mutex<(u64, Option<ProgressBar>)>,
}

impl Progress {
    /// Work that begins now; it never shows where `is_quiet`.
    pub fn new(is_quiet: bool) -> Progress {
        Progress {
            start: Instant::now(),
            is_quiet,
            done: Mutex::default(),
        }
    }

    /// To be called when so many more bytes are done.
    pub fn add(&self, bytes: u64) {
        if self.is_quiet {
            return;
        }
        let mut done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        done.0 += bytes;
        let (total, bar) = &mut *done;
        if bar.is_none() && self.start.elapsed() >= QUIET {
            *bar = Some(shown_bar());
        }
        if let Some(bar) = bar {
            bar.set_position(*total);
        }
    }

    /// Takes away what it shows.
    pub fn end(self) {
        let (_, bar) = self
            .done
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(bar) = bar {
            bar.finish_and_clear();
        }
    }
}

fn shown_bar() -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{spinner} {bytes} looked at ({elapsed})") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(TICK);
    bar
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_long_work_shows_and_quiet_work_never() {
        let shows = |since: Duration, is_quiet| {
            let mut progress = Progress::new(is_quiet);
            progress.start = Instant::now().checked_sub(since).unwrap();
            progress.add(7);
            progress.done.get_mut().unwrap().1.is_some()
        };
        assert!(shows(QUIET, false));
        assert!(!shows(Duration::ZERO, false));
        assert!(!shows(QUIET, true));
    }
}

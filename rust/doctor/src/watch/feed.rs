//! Where the view comes from, and when it is made anew.

use std::env::var_os;
use std::time::{Duration, Instant};

use baton_native::brief::ask_git;
use baton_native::failure::Failure;
use baton_state::home::{Home, now};
use baton_state::index::live::Live;
use baton_state::index::loaded::Places;
use baton_state::proto::state::v1::{Config, GitFacts};
use baton_state::record::error::BatonError;
use jiff::tz::TimeZone;

use super::git::Git;
use crate::view::{Usage, View};

/// When all files are looked at again, though nothing shows that any has changed.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// The view, made anew when anything of it changes.
pub struct Feed {
    config: Config,
    live: Live,
    looked: Instant,
    git: Git,
    view: View,
    /// Why the view could not be brought up to date, where it could not.
    pub failure: Option<BatonError>,
}

impl Feed {
    /// Reads everything once. Refuses what `View::read` refuses.
    pub fn open(home: &Home) -> Result<Feed, Failure> {
        let now = clock()?;
        let config = home.config()?;
        let facts = ask_git(home, &config)?;
        let live = Live::read(Places::of(home), now)?;
        let view = view_of(&live, &config, facts, now)?;
        Ok(Feed {
            config,
            live,
            looked: Instant::now(),
            git: Git::asked(home),
            view,
            failure: None,
        })
    }

    /// The view as it is.
    pub fn view(&self) -> &View {
        &self.view
    }

    /// Looks whether anything changed, and gives whether the view did. What cannot be read is told by `failure`, and the
    /// view stays as it was.
    pub fn update(&mut self, now: i64) -> bool {
        let mut is_new = now >= self.view.holds_until() || now < self.view.now;
        if self.live.has_news() || self.looked.elapsed() >= LOOK_AGAIN {
            self.looked = Instant::now();
            match self.live.refresh(now) {
                Ok(came) => {
                    let has_failed = self.failure.take().is_some();
                    is_new |= came || has_failed;
                    if came {
                        self.git.has_cause();
                    }
                }
                Err(error) => {
                    is_new |= self.failure.as_ref() != Some(&error);
                    self.failure = Some(error);
                }
            }
        }
        let facts = self.git.poll(&self.config);
        is_new |= facts.as_ref().is_some_and(|facts| *facts != self.view.git);
        if is_new {
            let facts = facts.unwrap_or_else(|| self.view.git.clone());
            match view_of(&self.live, &self.config, facts, now) {
                Ok(view) => self.view = view,
                Err(error) => self.failure = Some(error),
            }
        }
        is_new
    }
}

fn view_of(live: &Live, config: &Config, facts: GitFacts, now: i64) -> Result<View, BatonError> {
    let usage = Usage::of(live.usage_events(), now, &TimeZone::system());
    View::of(&live.status(now, &config.retention), usage, facts, now)
}

/// Now, in milliseconds since 1970; BATON_NOW fixes it.
pub fn clock() -> Result<i64, BatonError> {
    now(&|name| var_os(name))
}

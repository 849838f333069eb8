//! What the checks look at.

use std::sync::{Arc, OnceLock};

use baton_state::fold::Fold;
use baton_state::home::Home;
use baton_state::index::load::load_everything;
use baton_state::index::loaded::{Loaded, Places};
use baton_state::record::error::BatonError;
use baton_state::segment::folder::{Folder, PlacedRecord};
use baton_state::segment::stream::each_record;

use super::clients::Clients;
use super::seen::{Seen, moot, refused};
use super::usage::{self, NoLines, UsageFile};
use crate::cli::FailOn;

/// What the checks look at. What several of them need is read once, by the first that asks; the others wait for it.
pub struct Ground {
    /// The state directory.
    pub home: Home,
    /// Where segments and index lie.
    pub places: Places,
    /// Milliseconds since 1970.
    pub now: i64,
    /// Whether BATON_NOW fixes the clock.
    pub is_clock_fixed: bool,
    /// From which model state on a model fails.
    pub fail_on: FailOn,
    /// The environment, and what the clients of this user are configured with.
    pub clients: Arc<Clients>,
    /// Lives as long as the program, like a check that hangs.
    loaded: OnceLock<Result<&'static Loaded, BatonError>>,
    fold: OnceLock<Fold<'static>>,
    usage_file: OnceLock<Result<UsageFile, NoLines>>,
}

impl Ground {
    /// Nothing is read before a check asks for it.
    pub fn new(
        home: Home,
        now: i64,
        is_clock_fixed: bool,
        fail_on: FailOn,
        clients: Clients,
    ) -> Self {
        Ground {
            places: Places::of(&home),
            home,
            now,
            is_clock_fixed,
            fail_on,
            clients: Arc::new(clients),
            loaded: OnceLock::new(),
            fold: OnceLock::new(),
            usage_file: OnceLock::new(),
        }
    }

    /// What all segments come to, read from them and not from the index; or why they cannot be read.
    pub fn loaded(&self) -> Result<&'static Loaded, &BatonError> {
        let loaded = self.loaded.get_or_init(|| {
            let loaded = load_everything(&self.places, self.now)?;
            Ok(Box::leak(Box::new(loaded)))
        });
        loaded.as_ref().copied()
    }

    /// The segments without their records, or why they cannot be read.
    pub fn segments(&self) -> Result<&'static Folder, &BatonError> {
        self.loaded().map(Loaded::folder)
    }

    /// Reads the segments once more, for what the state does not tell: hands every record that counts to `visit`, as
    /// `each_record` does.
    pub fn each_record<A: Send>(
        &self,
        start: impl Fn() -> A + Sync,
        visit: impl Fn(&mut A, &PlacedRecord<'_>) + Sync,
    ) -> Result<Vec<A>, Seen> {
        let parts = each_record(&self.places.segments, start, visit);
        parts.map_err(|error| refused(&error))
    }

    /// As `loaded`, for a check that has nothing to say where the segments cannot be read, because BTN-D10 says so.
    pub fn state(&self) -> Result<&'static Loaded, Seen> {
        self.loaded()
            .map_err(|_| moot("the segments cannot be read"))
    }

    /// The segments without their records, for such a check.
    pub fn folder(&self) -> Result<&'static Folder, Seen> {
        self.state().map(Loaded::folder)
    }

    /// The winners of the segments.
    pub fn fold(&self) -> Result<&Fold<'static>, Seen> {
        let state = self.state()?;
        Ok(self.fold.get_or_init(|| state.fold(self.now, None)))
    }

    /// The proxy's usage file, or why there are no lines.
    pub fn usage_file(&self) -> Result<&UsageFile, NoLines> {
        let file = self.usage_file.get_or_init(|| usage::read(self));
        file.as_ref().map_err(|why| *why)
    }
}

//! What the checks look at.

use std::sync::{Arc, OnceLock};

use baton_state::fold::{Fold, create_fold, fold_record};
use baton_state::home::Home;
use baton_state::index::loaded::Places;
use baton_state::record::error::BatonError;
use baton_state::segment::folder::{Folder, read_folder};

use super::clients::Clients;
use super::seen::{Seen, moot};
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
    folder: OnceLock<Result<&'static Folder, BatonError>>,
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
            folder: OnceLock::new(),
            fold: OnceLock::new(),
            usage_file: OnceLock::new(),
        }
    }

    /// The segments with all their bytes, or why they cannot be read.
    pub fn segments(&self) -> Result<&'static Folder, &BatonError> {
        let folder = self.folder.get_or_init(|| {
            let folder = read_folder(&self.home.segments())?;
            Ok(Box::leak(Box::new(folder)))
        });
        folder.as_ref().copied()
    }

    /// The segments, for a check that has nothing to say where they cannot be read, because BTN-D10 says so.
    pub fn folder(&self) -> Result<&'static Folder, Seen> {
        self.segments()
            .map_err(|_| moot("the segments cannot be read"))
    }

    /// The fold of all records of the segments.
    pub fn fold(&self) -> Result<&Fold<'static>, Seen> {
        let folder = self.folder()?;
        Ok(self.fold.get_or_init(|| {
            let mut fold = create_fold(self.now, None);
            for record in folder.records() {
                fold_record(&mut fold, record);
            }
            fold
        }))
    }

    /// The proxy's usage file, or why there are no lines.
    pub fn usage_file(&self) -> Result<&UsageFile, NoLines> {
        let file = self.usage_file.get_or_init(|| usage::read(self));
        file.as_ref().map_err(|why| *why)
    }
}

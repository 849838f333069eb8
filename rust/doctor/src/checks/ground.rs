//! What the checks look at.

use std::cell::OnceCell;

use baton_state::home::Home;
use baton_state::index::loaded::Places;
use baton_state::record::error::BatonError;
use baton_state::segment::folder::{Folder, read_folder};

use super::seen::{Seen, refused};
use crate::cli::FailOn;

/// What the checks look at.
pub struct Ground<'a> {
    /// The state directory.
    pub home: &'a Home,
    /// Where segments and index lie.
    pub places: Places,
    /// Milliseconds since 1970.
    pub now: i64,
    /// From which model state on a model fails.
    pub fail_on: FailOn,
    folder: OnceCell<Result<Folder, BatonError>>,
}

impl<'a> Ground<'a> {
    /// Nothing is read before a check asks for it.
    pub fn new(home: &'a Home, places: Places, now: i64, fail_on: FailOn) -> Self {
        Ground {
            home,
            places,
            now,
            fail_on,
            folder: OnceCell::new(),
        }
    }

    /// The segments, read once.
    pub fn folder(&self) -> Result<&Folder, Seen> {
        self.folder
            .get_or_init(|| read_folder(&self.home.segments()))
            .as_ref()
            .map_err(refused)
    }
}

//! Baton's state library: segments, guard, fold, brief and index. `docs/design.md` draws the whole picture.

#[rustfmt::skip]
pub mod r#gen;
pub mod brief;
pub mod fold;
pub mod git;
pub mod guard;
pub mod home;
pub mod index;
pub mod json;
pub mod library;
pub mod record;
pub mod segment;
pub mod usage;

pub use r#gen::baton as proto;

//! What git says of a folder: workspace, branch, changes, tree digest. `docs/proof.md` has the rules.

mod bytes;
pub mod config;
mod fact;
pub mod facts;
pub mod remote;
pub mod run;
pub mod status;
pub mod tree;
pub mod workspace;

pub use fact::text_allowed;
pub use facts::{Question, facts};
pub use workspace::{Naming, workspace_of};

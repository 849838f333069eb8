//! The privacy guard: what may be stored, and in which form. `docs/privacy.md` is the normative text;
//! `ts/src/guard/` has the same modules, and both give the same verdict bytes for the same text.

mod alphabet;
pub mod byte_set;
mod email;
pub mod finding;
mod ident;
pub mod judge;
pub mod knowledge;
mod note;
mod path;
pub mod record;
mod structure;
mod url;
pub mod verdict;

pub use finding::{Action, Finding, Judgement};
pub use judge::{judge, policy_of};
pub use verdict::{encode_verdict, refusal};

//! The privacy guard: what may be stored, and in which form. `docs/privacy.md` is the normative text;
//! `ts/src/guard/` has the same modules, and both give the same verdict bytes for the same text.

mod alphabet;
mod assignment;
mod automaton;
mod byte_set;
mod command;
mod email;
mod finding;
mod flat_json;
mod ident;
mod judge;
mod knowledge;
mod lines;
mod note;
mod path;
mod placeholder;
mod policy;
mod private_key;
mod proof;
pub mod record;
mod secrets;
mod shape;
mod shell_line;
mod steps;
mod structure;
mod token;
mod url;
mod userinfo;
mod verdict;

pub use finding::{Action, Finding, Judgement};
pub use judge::judge;
pub use lines::guard_line;
pub use policy::policy_of;
pub use shape::shape_command;
pub use verdict::{encode_verdict, refusal};

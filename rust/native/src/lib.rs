//! What the native programs, doctor and launcher, share: how they ask the proxy, print the brief, write to a terminal, and
//! fail.

pub mod brief;
pub mod command_line;
pub mod failure;
pub mod limits;
pub mod output;
pub mod proxy;
mod told;
pub mod window;

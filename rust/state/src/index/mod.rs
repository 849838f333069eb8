//! The index `index.redb`: cursors and the folded latest state, so that a reader need not scan. It is disposable: without
//! it the same answers come from the segments (docs/design.md, "Index").

pub mod entry;
pub mod isolate;
pub mod reader;
pub mod sheet;
pub mod unusable;
pub mod writer;

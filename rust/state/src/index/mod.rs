//! The index `index.redb`: cursors and the folded latest state, so that a reader need not scan. It is disposable: without
//! it the same answers come from the segments (docs/design.md, "Index").

mod gather;
pub mod isolate;
mod keep;
pub mod live;
pub mod load;
pub mod loaded;
pub mod part;
pub mod reader;
pub mod seen_file;
pub mod storage;
pub mod stored;
pub mod unusable;
pub mod writer;

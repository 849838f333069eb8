//! The crash laboratory: what was acknowledged comes back after any error of the disk, a kill or a power cut at any call,
//! and the index never tells anything else than the segments.
//!
//! `BATON_CRASH_RUNS` sets how many random runs each test makes, `BATON_SEED` where they start: a run is its seed.

#[path = "../build/mod.rs"]
mod build;
mod disk;
mod host;
mod index;
mod index_cases;
mod law;
mod machine;
mod medium;
mod random;
mod storage;
mod writer;
mod writer_random;
mod writer_size;

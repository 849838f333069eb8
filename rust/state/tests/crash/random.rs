//! Random numbers that replay from a seed.

use std::env;
use std::ops::Range;
use std::time::{SystemTime, UNIX_EPOCH};

/// SplitMix64.
#[derive(Debug)]
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Random {
        Random(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`, which is not 0.
    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    /// True once in `of` times.
    pub fn one_in(&mut self, of: usize) -> bool {
        self.below(of) == 0
    }

    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }
}

/// The seeds of a test's runs, printed: `usual` many from a start that the clock gives, unless the environment says otherwise.
pub fn seeds(usual: u64) -> Range<u64> {
    let number = |name| env::var(name).ok().map(|value| value.parse().unwrap());
    let clock = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let first: u64 = number("BATON_SEED").unwrap_or_else(|| clock().as_secs() << 20);
    let runs: u64 = number("BATON_CRASH_RUNS").unwrap_or(usual);
    println!("BATON_SEED={first} BATON_CRASH_RUNS={runs}");
    first..first + runs
}

/// Every how many of a long list a test takes: all of them where the environment asks for runs.
pub fn stride(usual: usize) -> usize {
    env::var("BATON_CRASH_RUNS").map_or(usual, |_| 1)
}

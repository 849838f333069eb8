//! Hybrid logical stamps: SEG-046. A stamp orders records and nothing else.

/// Milliseconds of a day.
pub const DAY_MS: i64 = 86_400_000;
/// Bits of the counter below the milliseconds.
const COUNTER_BITS: u32 = 16;

/// The stamp of a recorder's next record: above the last one, and at least now, in milliseconds since 1970. The counter
/// carries into the milliseconds. `last` starts at the highest stamp of the folder (`segment::seed`, SEG-046).
#[must_use]
pub fn next_stamp(last: u64, now_ms: u64) -> u64 {
    let now = now_ms.checked_shl(COUNTER_BITS).unwrap_or(0);
    now.max(last.saturating_add(1))
}

/// Milliseconds since 1970 of a stamp.
#[inline]
#[must_use]
pub fn ms_of(stamp: u64) -> u64 {
    stamp >> COUNTER_BITS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_rise_strictly_whatever_the_clock_does() {
        let mut last = 0;
        for now in [5, 5, 5, 4, 1, 6] {
            let next = next_stamp(last, now);
            assert!(next > last);
            last = next;
        }
        assert_eq!(last, 6 << 16);
    }

    #[test]
    fn the_counter_carries_into_the_milliseconds() {
        assert_eq!(ms_of(next_stamp((5 << 16) | 0xffff, 5)), 6);
    }
}

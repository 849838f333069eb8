//! Panics of other people's code as values.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

thread_local! {
    static DEPTH: Cell<usize> = const { Cell::new(0) };
}

/// Something inside [`isolated`] panicked. What it said is dropped: it may quote what it choked on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("stopped by a defect")]
pub struct Panicked;

/// Runs `work` and gives its result, or [`Panicked`] where it panicked; nothing is printed then.
///
/// Used around redb, which panics on damaged files, and around each check of the doctor. What `work` was
/// changing must not be used after a panic. Needs `panic = "unwind"`.
pub fn isolated<T>(work: impl FnOnce() -> T) -> Result<T, Panicked> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = take_hook();
        set_hook(Box::new(move |panic| {
            if DEPTH.get() == 0 {
                usual(panic);
            }
        }));
    });
    DEPTH.set(DEPTH.get() + 1);
    let result = catch_unwind(AssertUnwindSafe(work));
    DEPTH.set(DEPTH.get() - 1);
    result.map_err(|_| Panicked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[allow(clippy::panic)]
    fn a_panic_becomes_a_value_and_the_next_call_works() {
        assert_eq!(isolated(|| -> u8 { panic!("damaged page") }), Err(Panicked));
        assert_eq!(isolated(|| isolated(|| 7)), Ok(Ok(7)));
    }
}

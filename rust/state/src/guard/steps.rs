//! The step budget: the guard's time limit, counted alike in both languages instead of a clock (PRV-005).

/// Steps that are left; where they do not last the text is refused.
pub struct Steps {
    left: usize,
    is_over: bool,
}

impl Steps {
    /// The budget of a text: 4,096 steps and 16 more for each byte.
    pub fn of(text: &[u8]) -> Self {
        Self {
            left: text.len().saturating_mul(16).saturating_add(4096),
            is_over: false,
        }
    }

    /// Takes steps.
    #[inline]
    pub fn take(&mut self, steps: usize) {
        match self.left.checked_sub(steps) {
            Some(left) => self.left = left,
            None => self.is_over = true,
        }
    }

    /// Whether more was taken than there was.
    #[inline]
    pub fn is_over(&self) -> bool {
        self.is_over
    }
}

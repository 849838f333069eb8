//! What a class of texts allows on its own, where no field says more (PRV-010, PRV-011).

use crate::r#gen::tables::CLASS_LIMITS;
use crate::record::schema::{IdentShape, TextClass, TextPolicy};

/// The policy of a class alone: its own limit, any shape, the lengths and words that PRV-010 and PRV-011 name.
#[must_use]
pub fn policy_of(class: TextClass) -> TextPolicy<'static> {
    let limit = CLASS_LIMITS
        .iter()
        .find(|(candidate, _, _)| *candidate == class);
    TextPolicy {
        class,
        max_bytes: limit.map_or(0, |(_, _, limit)| *limit),
        shape: IdentShape::Any,
        hex_lengths: &[],
        values: &[],
    }
}

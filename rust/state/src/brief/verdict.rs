//! Whether a validation still holds (BRF-040 … BRF-045).

use crate::proto::state::v1::{GitFacts, Validation, ValidationSource, Verdict};

/// Judges a validation by what git says now; None where git says nothing of its workspace. Hearsay is not judged.
#[must_use]
pub fn verdict_of(validation: &Validation, git: Option<&GitFacts>) -> Verdict {
    if !is_proof(validation) {
        return Verdict::Unspecified;
    }
    let Some(git) = git else {
        return Verdict::Unknown;
    };
    let tree = validation.tree_digest.as_deref();
    if tree.is_some() && tree == git.tree_digest.as_deref() && !git.dirty_submodule() {
        Verdict::Fresh
    } else if validation.commit.is_none() && tree.is_none() {
        Verdict::Unknown
    } else if validation.commit != git.commit {
        Verdict::Stale
    } else if git.dirty_submodule() || (tree.is_some() && git.tree_digest.is_some()) {
        Verdict::Dirty
    } else {
        Verdict::Unknown
    }
}

/// Whether the source of a validation counts as proof; what a model reported does not.
fn is_proof(validation: &Validation) -> bool {
    matches!(
        validation.source(),
        ValidationSource::Run | ValidationSource::Hook | ValidationSource::Plugin
    )
}

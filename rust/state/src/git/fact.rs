//! The last door of every fact: its text class (GIT-005).

use crate::r#gen::tables::GIT_FACTS;
use crate::guard::{Action, judge};

/// Whether the guard lets `text` stand as it is in a field of GitFacts.
pub fn text_allowed(json_name: &str, text: &str) -> bool {
    let field = GIT_FACTS
        .fields
        .iter()
        .find(|field| field.json_name == json_name);
    let policy = field.and_then(|field| field.text.as_ref());
    policy.is_some_and(|policy| judge(policy, text.as_bytes()).action == Action::Allow)
}

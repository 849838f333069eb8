//! The last door of every fact: its text class (GIT-005).

use crate::guard::{Action, judge};
use crate::record::schema::MessageTable;

/// Whether the guard lets `text` stand as it is in a field of a message.
#[must_use]
pub fn text_allowed(table: &MessageTable, json_name: &str, text: &str) -> bool {
    let mut fields = table.fields.iter();
    let field = fields.find(|field| field.json_name == json_name);
    let policy = field.and_then(|field| field.text.as_ref());
    policy.is_some_and(|policy| judge(policy, text.as_bytes()).action == Action::Allow)
}

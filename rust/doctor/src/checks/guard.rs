//! The check of the guard.

use baton_state::r#gen::tables::ERROR_GUARD_PACK;
use baton_state::guard::{Action, judge, policy_of};
use baton_state::record::schema::TextClass;

use super::ground::Ground;
use super::seen::{Seen, fail, ok};

/// A guard whose rule pack is damaged refuses everything; one that forgot its rules lets everything pass.
pub fn whole(_ground: &Ground<'_>) -> Result<Seen, Seen> {
    let action = |text: &str| judge(&policy_of(TextClass::Note), text.as_bytes()).action;
    let lets_pass = matches!(action("The tests pass"), Action::Allow);
    let refuses = matches!(
        action("See https://name:word@host.example/"),
        Action::Reject
    );
    Ok(if lets_pass && refuses {
        ok("the rule pack is whole")
    } else {
        fail(ERROR_GUARD_PACK.cause, ERROR_GUARD_PACK.remedy)
    })
}

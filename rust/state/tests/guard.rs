//! The guard takes any bytes.

use baton_state::r#gen::tables::CLASS_LIMITS;
use baton_state::guard::{Action, guard_line, judge, policy_of, shape_command};
use proptest::prelude::*;

proptest! {
    #[test]
    fn any_bytes_are_judged_in_every_class(text in prop::collection::vec(any::<u8>(), 0..300)) {
        for (class, _, _) in CLASS_LIMITS {
            let judgement = judge(&policy_of(*class), &text);
            prop_assert_eq!(judgement.action == Action::Redact, judgement.output.is_some());
            prop_assert_eq!(judgement.action == Action::Allow, judgement.findings.is_empty());
        }
        let is_answer = guard_line(&text, None).starts_with("{\"action\":");
        prop_assert!(is_answer);
    }

    #[test]
    fn a_shape_is_within_its_limit_and_its_own_shape(argv in prop::collection::vec("[ -~…é]{0,40}", 0..20)) {
        let shape = shape_command(&argv);
        prop_assert!(shape.len() <= 512);
        prop_assert_eq!(shape_command(&[&shape]), shape);
    }
}

//! Secrets in bytes of which nobody knows what they are: unknown fields, torn tails, other files. Only what is known by its
//! form alone is looked for, tokens and private keys, and what the process itself knows: names before values, other
//! spellings and structure mean nothing there.

use super::finding::{Finding, in_order};
use super::knowledge::knowledge;
use super::known::Known;
use super::steps::Steps;

/// The tokens and private keys (PRV-040, PRV-041, PRV-046) in bytes of any kind, in order; UTF-8 is not asked for. `known`
/// is what only this process knows (PRV-110).
///
/// Refuses with the finding `pack` where the rule pack is damaged, and with `budget` where the steps do not last (PRV-005):
/// then nothing is known of the bytes.
pub fn find_tokens(bytes: &[u8], known: Option<&Known>) -> Result<Vec<Finding>, Finding> {
    let knows = knowledge().ok_or_else(|| Finding::new("pack"))?;
    let findings = knows
        .secrets
        .find_tokens(bytes, &mut Steps::of(bytes), known);
    Ok(in_order(findings.ok_or_else(|| Finding::new("budget"))?))
}

/// The most bytes that decide whether `find_tokens` finds something at a place: whoever looks at a file in pieces lets them
/// overlap by as many, before and behind. 0 where the rule pack is damaged.
#[must_use]
pub fn longest_token(known: Option<&Known>) -> usize {
    let known = known.map_or(0, Known::longest);
    knowledge().map_or(0, |knows| knows.secrets.longest_token().max(known))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token() -> String {
        let mut state: u32 = 11;
        let alphabet = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
        let digits = std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            char::from(alphabet[(state >> 16) as usize % alphabet.len()])
        });
        ["gh", "p_"].concat() + &digits.take(36).collect::<String>()
    }

    #[test]
    fn tokens_are_found_between_bytes_of_any_kind_and_nothing_else_is() {
        let token = token();
        let mut bytes = vec![0, 0xff, 0xc3];
        bytes.extend(token.as_bytes());
        bytes.extend([0x80, 0]);
        let found = find_tokens(&bytes, None).unwrap();
        assert_eq!(found, [Finding::on("github-classic", 3, 3 + token.len())]);
        let named = [
            "pass",
            "word=",
            "Tr0ub4dor&3x",
            " https://u:",
            "Tr0ub4dor&3x@h/",
        ]
        .concat();
        assert_eq!(find_tokens(named.as_bytes(), None), Ok(Vec::new()));
        let pem = ["-----BEGIN RSA PRIVATE", " KEY-----"].concat();
        let found = find_tokens(pem.as_bytes(), None).unwrap();
        assert_eq!(found[0].rule, "private-key");
    }

    #[test]
    fn the_longest_token_fits_into_the_overlap_and_the_overlap_is_small() {
        assert!((token().len()..64 << 10).contains(&longest_token(None)));
    }

    #[test]
    fn what_takes_too_many_steps_is_not_called_clean() {
        let trap = ["ey", "J"].concat().repeat(40_000);
        let found = find_tokens(trap.as_bytes(), None);
        assert_eq!(found, Err(Finding::new("budget")));
    }
}

//! Secrets in bytes of which nobody knows what they are: unknown fields, torn tails, other files. Only what is known by its
//! form alone is looked for, tokens and private keys: names before values, URLs and structure mean nothing there.

use std::sync::OnceLock;

use super::automaton::Automaton;
use super::finding::{Finding, in_order};
use super::knowledge::rule_pack;
use super::placeholder::Placeholders;
use super::private_key::{LONGEST_PEM, PEM_OPENING, find_private_key};
use super::steps::Steps;
use super::token::{Token, literal_at};

/// The rules of raw bytes, compiled.
struct RawRules {
    automaton: Automaton,
    /// Literal of each word of the automaton, and its token; those behind the last are the opening of a private key.
    anchors: Vec<(Vec<u8>, usize)>,
    tokens: Vec<Token>,
    placeholders: Placeholders,
    longest: usize,
}

/// The tokens and private keys (PRV-040, PRV-041, PRV-046) in bytes of any kind, in order; UTF-8 is not asked for.
///
/// Refuses with the finding `pack` where the rule pack is damaged, and with `budget` where the steps do not last (PRV-005):
/// then nothing is known of the bytes.
pub fn find_tokens(bytes: &[u8]) -> Result<Vec<Finding>, Finding> {
    let rules = rules().ok_or_else(|| Finding::new("pack"))?;
    let mut steps = Steps::of(bytes);
    let mut findings = Vec::new();
    let mut state = 0;
    for (byte, end) in bytes.iter().zip(1..) {
        state = rules.automaton.step(state, *byte);
        for word in rules.automaton.ends(state) {
            steps.take(1);
            if steps.is_over() {
                return Err(Finding::new("budget"));
            }
            findings.extend(rules.look(usize::from(*word), bytes, end, &mut steps));
        }
    }
    if steps.is_over() {
        return Err(Finding::new("budget"));
    }
    Ok(in_order(findings))
}

/// The most bytes that decide whether a token stands somewhere: whoever looks at a file in pieces lets them overlap by as
/// many, before and behind. 0 where the rule pack is damaged.
#[must_use]
pub fn longest_token() -> usize {
    rules().map_or(0, |rules| rules.longest)
}

/// None where the rule pack is damaged.
fn rules() -> Option<&'static RawRules> {
    static RULES: OnceLock<Option<RawRules>> = OnceLock::new();
    RULES.get_or_init(RawRules::compile).as_ref()
}

impl RawRules {
    fn compile() -> Option<Self> {
        let pack = rule_pack()?;
        let anchors = pack.tokens.iter().enumerate().flat_map(|(token, rule)| {
            let literals = rule.literals.iter();
            literals.map(move |literal| (literal.clone().into_bytes(), token))
        });
        let anchors: Vec<_> = anchors.collect();
        let tokens: Vec<_> = pack.tokens.iter().map(Token::compile).collect();
        let literals = anchors
            .iter()
            .map(|(literal, _)| literal.to_ascii_lowercase());
        let words: Vec<_> = literals.chain([PEM_OPENING.into()]).collect();
        let lengths = anchors.iter().filter_map(|(literal, token)| {
            let token = tokens.get(*token)?;
            Some(literal.len() + token.most_bytes())
        });
        let longest = lengths.fold(LONGEST_PEM, usize::max);
        Some(Self {
            automaton: Automaton::build(&words),
            anchors,
            tokens,
            placeholders: Placeholders::compile(pack.placeholders.unwrap_or_default()),
            longest,
        })
    }

    fn look(
        &'static self,
        word: usize,
        bytes: &[u8],
        end: usize,
        steps: &mut Steps,
    ) -> Option<Finding> {
        let Some((literal, token)) = self.anchors.get(word) else {
            return find_private_key(bytes, end - PEM_OPENING.len(), end, steps);
        };
        let start = end - literal.len();
        let token = self.tokens.get(*token)?;
        if literal_at(bytes, start, literal) == 0 {
            return None;
        }
        token.find(&self.placeholders, bytes, start, end, steps)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token() -> String {
        let mut state: u32 = 11;
        let digits = std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            char::from(
                b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                    [(state >> 16) as usize % 62],
            )
        });
        ["gh", "p_"].concat() + &digits.take(36).collect::<String>()
    }

    #[test]
    fn tokens_are_found_between_bytes_of_any_kind_and_nothing_else_is() {
        let token = token();
        let mut bytes = vec![0, 0xff, 0xc3];
        bytes.extend(token.as_bytes());
        bytes.extend([0x80, 0]);
        let found = find_tokens(&bytes).unwrap();
        assert_eq!(found, [Finding::on("github-classic", 3, 3 + token.len())]);
        let named = [
            "pass",
            "word=",
            "Tr0ub4dor&3x",
            " https://u:",
            "Tr0ub4dor&3x@h/",
        ]
        .concat();
        assert_eq!(find_tokens(named.as_bytes()), Ok(Vec::new()));
        let pem = ["-----BEGIN RSA PRIVATE", " KEY-----"].concat();
        assert_eq!(find_tokens(pem.as_bytes()).unwrap()[0].rule, "private-key");
    }

    #[test]
    fn the_longest_token_fits_into_the_overlap_and_the_overlap_is_small() {
        assert!((token().len()..64 << 10).contains(&longest_token()));
    }

    #[test]
    fn what_takes_too_many_steps_is_not_called_clean() {
        let trap = ["ey", "J"].concat().repeat(40_000);
        assert_eq!(find_tokens(trap.as_bytes()), Err(Finding::new("budget")));
    }
}

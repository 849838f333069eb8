//! Looks for secrets: one pass of the automaton finds where rules may hold, and the rules look there.

use super::assignment::Assignment;
use super::automaton::Automaton;
use super::finding::Finding;
use super::placeholder::Placeholders;
use super::private_key::{PEM_OPENING, find_private_key};
use super::steps::Steps;
use super::token::{Token, literal_at};
use super::userinfo::find_userinfo;
use crate::proto::guard::v1::{AssignmentRule, TokenRule};

/// A word of the automaton, and the rule that looks where it stands.
enum Anchor {
    Token { literal: Vec<u8>, token: usize },
    Assignment { is_spaced: bool },
    Userinfo,
    PrivateKey,
}

/// The secret rules, compiled.
pub struct SecretRules {
    automaton: Automaton,
    /// Length in bytes and anchor of each word of the automaton.
    anchors: Vec<(usize, Anchor)>,
    tokens: Vec<Token>,
    assignment: Assignment,
    users: Vec<String>,
    placeholders: Placeholders,
}

impl SecretRules {
    /// Compiles the secret rules of a pack.
    pub fn compile(
        tokens: &[TokenRule],
        assignment: &AssignmentRule,
        users: Vec<String>,
        placeholders: Placeholders,
    ) -> Self {
        let mut words = Vec::new();
        let mut anchors = Vec::new();
        let mut add = |word: &str, anchor| {
            words.push(word.to_ascii_lowercase());
            anchors.push((word.len(), anchor));
        };
        for (token, rule) in tokens.iter().enumerate() {
            for literal in &rule.literals {
                let bytes = literal.clone().into_bytes();
                add(
                    literal,
                    Anchor::Token {
                        literal: bytes,
                        token,
                    },
                );
            }
        }
        for keyword in &assignment.keywords {
            let is_spaced = assignment.spaced.contains(keyword);
            add(keyword, Anchor::Assignment { is_spaced });
        }
        add("://", Anchor::Userinfo);
        add(PEM_OPENING, Anchor::PrivateKey);
        Self {
            automaton: Automaton::build(&words),
            anchors,
            tokens: tokens.iter().map(Token::compile).collect(),
            assignment: Assignment::compile(assignment),
            users,
            placeholders,
        }
    }

    /// All secrets in a text, in no order; `None` where the step budget does not last (PRV-005).
    pub fn find(&'static self, text: &[u8], steps: &mut Steps) -> Option<Vec<Finding>> {
        let mut findings = Vec::new();
        let mut state = 0;
        for (byte, end) in text.iter().zip(1..) {
            state = self.automaton.step(state, *byte);
            for word in self.automaton.ends(state) {
                steps.take(1);
                if steps.is_over() {
                    return None;
                }
                findings.extend(self.look(usize::from(*word), text, end, steps));
            }
        }
        (!steps.is_over()).then_some(findings)
    }

    fn look(
        &'static self,
        word: usize,
        text: &[u8],
        end: usize,
        steps: &mut Steps,
    ) -> Option<Finding> {
        let (length, anchor) = self.anchors.get(word)?;
        let start = end - length;
        match anchor {
            Anchor::Token { literal, token } => {
                let token = self
                    .tokens
                    .get(*token)
                    .filter(|_| literal_at(text, start, literal) > 0)?;
                token.find(&self.placeholders, text, start, end, steps)
            }
            Anchor::Assignment { is_spaced } => {
                self.assignment
                    .find(&self.placeholders, *is_spaced, text, start, end, steps)
            }
            Anchor::Userinfo => find_userinfo(&self.users, &self.placeholders, text, end, steps),
            Anchor::PrivateKey => find_private_key(text, start, end, steps),
        }
    }
}

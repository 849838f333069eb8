//! Looks for secrets: one pass of the automaton finds where rules may hold, and the rules look there; then the same in
//! what the text holds in another spelling (PRV-040 to PRV-048, PRV-090).

use std::ops::Range;

use super::assignment::Assignment;
use super::automaton::{Automaton, State};
use super::derived::{Derived, Origin, derived_texts, first_run};
use super::finding::Finding;
use super::known::Known;
use super::named::{Named, find_pair};
use super::placeholder::Placeholders;
use super::private_key::{LONGEST_PEM, PEM_OPENING, find_private_key};
use super::steps::Steps;
use super::survey::{Sight, Survey};
use super::token::{Token, literal_at};
use super::userinfo::find_userinfo;
use super::value::{NameEnd, ValueForm};
use crate::proto::guard::v1::RulePack;

/// How many spellings deep a secret is still found.
const MOST_DEPTH: usize = 2;

/// A word of the automaton, and the rule that looks where it stands.
enum Anchor {
    Token { literal: Vec<u8>, token: usize },
    Named(usize),
    Assignment(NameEnd),
    Pair,
    Userinfo,
    PrivateKey,
}

/// The secret rules, compiled.
pub struct SecretRules {
    automaton: Automaton,
    /// Length in bytes and anchor of each word of the automaton.
    anchors: Vec<(usize, Anchor)>,
    tokens: Vec<Token>,
    named: Vec<Named>,
    assignment: Assignment,
    users: Vec<String>,
    placeholders: Placeholders,
}

/// What one look at a text gives.
pub struct Secrets {
    /// All secrets, in no order; not all of them where the step budget did not last (PRV-005).
    pub findings: Vec<Finding>,
    /// The survey of the text.
    pub seen: Survey,
    /// The first run that base64 could be.
    pub first_run: Option<Range<usize>>,
}

/// Names as variables have them, and as flags and headers do.
fn in_both_spellings(names: &[String]) -> Vec<String> {
    let mut both: Vec<String> = Vec::new();
    for name in names {
        for spelled in [name.clone(), name.replace('_', "-")] {
            if !both.contains(&spelled) {
                both.push(spelled);
            }
        }
    }
    both
}

impl SecretRules {
    /// Compiles the secret rules of a pack.
    pub fn compile(pack: &RulePack) -> Self {
        let assignment = pack.assignment.clone().unwrap_or_default();
        let mut words = Vec::new();
        let mut anchors = Vec::new();
        let mut add = |word: &str, anchor| {
            words.push(word.to_ascii_lowercase());
            anchors.push((word.len(), anchor));
        };
        for (token, rule) in pack.tokens.iter().enumerate() {
            for literal in &rule.literals {
                let bytes = literal.clone().into_bytes();
                let anchor = Anchor::Token {
                    literal: bytes,
                    token,
                };
                add(literal, anchor);
            }
        }
        for (named, rule) in pack.named.iter().enumerate() {
            for name in &in_both_spellings(&rule.names) {
                add(name, Anchor::Named(named));
            }
        }
        for keyword in &in_both_spellings(&assignment.keywords) {
            let is_spaced = assignment.spaced.contains(keyword);
            let name_end = if is_spaced {
                NameEnd::Spaced
            } else {
                NameEnd::Word
            };
            add(keyword, Anchor::Assignment(name_end));
        }
        for flag in &assignment.pairs {
            add(flag, Anchor::Pair);
        }
        add("://", Anchor::Userinfo);
        add(PEM_OPENING, Anchor::PrivateKey);
        let users = pack.userinfo.clone().unwrap_or_default().users;
        Self {
            automaton: Automaton::build(&words),
            anchors,
            tokens: pack.tokens.iter().map(Token::compile).collect(),
            named: pack.named.iter().map(Named::compile).collect(),
            assignment: Assignment {
                form: ValueForm::compile(&assignment),
                min_bytes: assignment.min_bytes() as usize,
            },
            users,
            placeholders: Placeholders::compile(pack.placeholders.clone().unwrap_or_default()),
        }
    }

    /// What stands where a secret would and is none.
    pub fn placeholders(&self) -> &Placeholders {
        &self.placeholders
    }

    /// All secrets in a text; `known` is what only this process knows.
    pub fn find(&'static self, text: &[u8], steps: &mut Steps, known: Option<&Known>) -> Secrets {
        let search = Search::of(self, known, false);
        let mut findings = Vec::new();
        let seen = search.scan(text, steps, &mut findings);
        let first_run = first_run(text, seen);
        for derived in derived_texts(text, seen, first_run.clone(), steps) {
            search.scan_derived(&derived, 1, steps, &mut findings);
        }
        Secrets {
            findings,
            seen,
            first_run,
        }
    }

    /// Secrets that are known by their form alone, private keys among them, and what is known besides, in bytes of any
    /// kind: no names, no addresses, no other spellings. `None` where the step budget does not last.
    pub fn find_tokens(
        &'static self,
        text: &[u8],
        steps: &mut Steps,
        known: Option<&Known>,
    ) -> Option<Vec<Finding>> {
        let search = Search::of(self, known, true);
        let mut findings = Vec::new();
        search.scan(text, steps, &mut findings);
        (!steps.is_over()).then_some(findings)
    }

    /// The most bytes that decide whether `find_tokens` finds a secret by its form at a place.
    pub fn longest_token(&self) -> usize {
        let lengths = self
            .anchors
            .iter()
            .filter_map(|(length, anchor)| match anchor {
                Anchor::Token { token, .. } => Some(length + self.tokens.get(*token)?.most_bytes()),
                Anchor::PrivateKey => Some(LONGEST_PEM),
                _ => None,
            });
        lengths.max().unwrap_or(0)
    }

    /// Goes on with a walk over `bytes` until a word ends, and gives how many bytes that took; `None` where no word ends
    /// any more. All that changes for each byte stays in registers here.
    #[inline(never)]
    fn go_on(&self, walk: &mut Walk, bytes: &[u8]) -> Option<usize> {
        let Walk {
            mut state,
            mut sight,
        } = *walk;
        let end = self
            .automaton
            .next_end(&mut state, bytes, |byte| sight.take(byte));
        *walk = Walk { state, sight };
        end
    }

    fn is_form(&self, word: usize) -> bool {
        let anchor = self.anchors.get(word).map(|(_, anchor)| anchor);
        matches!(anchor, Some(Anchor::Token { .. } | Anchor::PrivateKey))
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
        let placeholders = &self.placeholders;
        let form = &self.assignment.form;
        match anchor {
            Anchor::Token { literal, token } => {
                let token = self
                    .tokens
                    .get(*token)
                    .filter(|_| literal_at(text, start, literal) > 0)?;
                token.find(placeholders, text, start, end, steps)
            }
            Anchor::Named(named) => {
                let named = self.named.get(*named)?;
                named.find(form, placeholders, text, &(start..end), steps)
            }
            Anchor::Assignment(name_end) => {
                self.assignment
                    .find(placeholders, *name_end, text, &(start..end), steps)
            }
            Anchor::Pair => find_pair(&self.assignment, placeholders, text, &(start..end), steps),
            Anchor::Userinfo => find_userinfo(&self.users, placeholders, text, end, steps),
            Anchor::PrivateKey => find_private_key(text, start, end, steps),
        }
    }
}

/// A walk over a text.
#[derive(Clone, Copy, Default)]
struct Walk {
    state: State,
    sight: Sight,
}

/// What is looked for.
struct Search<'a> {
    rules: &'static SecretRules,
    known: Option<&'a Known>,
    /// Whether only the form of a secret counts.
    is_raw: bool,
}

impl<'a> Search<'a> {
    fn of(rules: &'static SecretRules, known: Option<&'a Known>, is_raw: bool) -> Self {
        Self {
            rules,
            known,
            is_raw,
        }
    }

    fn scan_derived(
        &self,
        derived: &Derived,
        depth: usize,
        steps: &mut Steps,
        findings: &mut Vec<Finding>,
    ) {
        if steps.is_over() {
            return;
        }
        let mut inside = Vec::new();
        steps.take(derived.text.len());
        let seen = self.scan(&derived.text, steps, &mut inside);
        if depth < MOST_DEPTH {
            let text = &derived.text;
            for deeper in derived_texts(text, seen, first_run(text, seen), steps) {
                self.scan_derived(&deeper, depth + 1, steps, &mut inside);
            }
        }
        findings.extend(inside.iter().filter_map(|finding| {
            let (from, to) = finding.place?;
            let (start, end) = match &derived.origin {
                Origin::Bytes(starts) => (*starts.get(from)?, *starts.get(to)?),
                Origin::Run(start, end) => (*start, *end),
            };
            Some(Finding::on(finding.rule, start, end))
        }));
    }

    /// Looks at one text as it stands, and gives its survey. Stops where the step budget is used up.
    fn scan(&self, text: &[u8], steps: &mut Steps, findings: &mut Vec<Finding>) -> Survey {
        let rules = self.rules;
        let mut walk = Walk::default();
        let mut end = 0;
        while let Some(taken) = rules.go_on(&mut walk, text.get(end..).unwrap_or_default()) {
            end += taken;
            for word in rules.automaton.ends(walk.state) {
                let word = usize::from(*word);
                if self.is_raw && !rules.is_form(word) {
                    continue;
                }
                steps.take(1);
                if steps.is_over() {
                    return walk.sight.seen;
                }
                findings.extend(rules.look(word, text, end, steps));
            }
        }
        if let Some(known) = self.known {
            known.find(text, steps, findings);
        }
        walk.sight.seen
    }
}

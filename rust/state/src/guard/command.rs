//! The safe shape of a command: program, subcommand, flag names, and the values that are proven safe (PRV-060 to PRV-066).

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use super::byte_set::ByteSet;
use super::proof::{ProofLists, program_name};
use crate::proto::guard::v1::{CommandKnowledge, Program, Proof};

/// Stands for everything that is not kept.
pub const MARK: &str = "…";

const MOST_WORDS: usize = 32;
const MOST_FLAG: usize = 40;
const MOST_FLAG_DIGITS: usize = 4;
static FLAG: ByteSet = ByteSet::parse("A-Za-z0-9._-");

/// What is known of commands, compiled.
pub struct Commands {
    /// Index in `programs` by name.
    names: HashMap<String, usize>,
    programs: Vec<Program>,
    lists: ProofLists,
    clusters: HashSet<String>,
    switches: HashSet<String>,
}

/// Where the reading of a command stands.
struct Reading<'k> {
    commands: &'k Commands,
    /// What is known of the program; `None` for an unknown one.
    program: Option<&'k Program>,
    /// Whether the place of the subcommand is still free.
    is_subcommand_next: bool,
    /// What proves the words without a dash.
    operands: Proof,
    /// What proves the value of the flag before; `None` where that flag takes none.
    value: Option<Proof>,
}

impl Commands {
    /// Compiles what the rule pack knows of commands.
    pub fn compile(rules: CommandKnowledge) -> Self {
        let mut names = HashMap::new();
        for (index, program) in rules.programs.iter().enumerate() {
            for name in &program.names {
                names.insert(name.clone(), index);
            }
        }
        Self {
            names,
            lists: ProofLists::new(&rules),
            programs: rules.programs,
            clusters: rules.clusters.into_iter().collect(),
            switches: rules.switches.into_iter().collect(),
        }
    }

    /// Shapes the words of one simple command, one shaped word for each; each comes with whether a secret was found in it.
    /// The first word is the program; where it is no plain name, it alone is given, as "…".
    pub fn shape_words<'w>(
        &'w self,
        mut words: impl Iterator<Item = (&'w [u8], bool)>,
    ) -> Vec<Cow<'w, str>> {
        let program = words.next().filter(|(_, is_secret)| !is_secret);
        let Some(name) = program.and_then(|(word, _)| program_name(word)) else {
            return vec![MARK.into()];
        };
        let mut reading = Reading {
            commands: self,
            program: None,
            is_subcommand_next: false,
            operands: Proof::Unspecified,
            value: None,
        };
        reading.enter(Some(name));
        let mut shape = vec![Cow::from(name)];
        for (word, is_secret) in words {
            let flag = if is_secret || !word.starts_with(b"-") {
                None
            } else {
                reading.shape_flag(word)
            };
            let operand = if is_secret { MARK.as_bytes() } else { word };
            shape.push(flag.unwrap_or_else(|| reading.shape_operand(operand)));
        }
        shape
    }
}

/// Joins shaped words with spaces, within 32 words and `max_bytes`: what does not fit, and a run of marks at the end, becomes
/// one mark. Shaping the result again gives it again, because a word before the end never moves.
pub fn join_shape(shape: &[Cow<'_, str>], max_bytes: usize) -> String {
    let mut words = shape;
    while let [rest @ .., before, last] = words {
        if last != MARK || before != MARK {
            break;
        }
        words = words.get(..=rest.len()).unwrap_or_default();
    }
    let mut line = String::new();
    for (i, word) in words.iter().enumerate() {
        let size = word.len() + usize::from(i > 0);
        let reserve = if i + 1 == words.len() {
            0
        } else {
            1 + MARK.len()
        };
        let is_full = i + 1 == MOST_WORDS && words.len() > MOST_WORDS;
        if line.len() + size + reserve > max_bytes || is_full {
            return if i == 0 {
                MARK.to_owned()
            } else {
                line + " " + MARK
            };
        }
        if i > 0 {
            line.push(' ');
        }
        line.push_str(word);
    }
    line
}

impl<'k> Reading<'k> {
    fn enter(&mut self, name: Option<&str>) {
        let index = name.and_then(|name| self.commands.names.get(name));
        self.program = index.and_then(|index| self.commands.programs.get(*index));
        self.is_subcommand_next = self
            .program
            .is_some_and(|program| !program.subcommands.is_empty());
        self.operands = self.program.map_or(Proof::Unspecified, Program::operands);
        self.value = None;
    }

    /// A word without a dash, or anything that is not kept: it takes the place of a value, of a subcommand, or of neither.
    fn shape_operand(&mut self, word: &'k [u8]) -> Cow<'k, str> {
        let mut proof = self.operands;
        if let Some(value) = self.value.take() {
            proof = value;
        } else if self.is_subcommand_next {
            self.is_subcommand_next = false;
            let known = self
                .program
                .into_iter()
                .flat_map(|program| &program.subcommands)
                .find_map(|subcommand| {
                    let name = subcommand
                        .names
                        .iter()
                        .find(|name| name.as_bytes() == word)?;
                    Some((name, subcommand.operands()))
                });
            if let Some((name, operands)) = known {
                self.operands = operands;
                return name.into();
            }
        }
        if proof == Proof::Program {
            let name = program_name(word);
            self.enter(name);
            return name.unwrap_or(MARK).into();
        }
        self.commands
            .lists
            .proven(proof, word)
            .unwrap_or(MARK)
            .into()
    }

    /// A word with a dash; `None` where it is no flag that may be kept.
    fn shape_flag(&mut self, word: &'k [u8]) -> Option<Cow<'k, str>> {
        let mut parts = word.splitn(2, |byte| *byte == b'=');
        let name = parts.next()?;
        let value = parts.next();
        if let Some(name) = self.flag_name(name, value.is_some()) {
            let proof = self.proof_of(name);
            let Some(value) = value else {
                let is_switch = proof.is_none() && self.is_switch(name);
                self.value = if is_switch || is_count(word) {
                    None
                } else {
                    Some(proof.unwrap_or_default())
                };
                return Some(name.into());
            };
            self.value = None;
            if value.is_empty() {
                return Some(format!("{name}=").into());
            }
            let kept = self.commands.lists.proven(proof.unwrap_or_default(), value);
            return Some(format!("{name}={}", kept.unwrap_or(MARK)).into());
        }
        let (short, value) = word.split_at_checked(2)?;
        let short = std::str::from_utf8(short)
            .ok()
            .filter(|short| short.ends_with(|c: char| c.is_ascii_alphanumeric()))?;
        // A short flag with its value attached, such as -j4 and -pPASSWORD.
        self.value = None;
        let proof = self
            .proof_of(short)
            .filter(|proof| *proof == Proof::Number)
            .unwrap_or_default();
        let kept = self.commands.lists.proven(proof, value);
        Some(format!("{short}{}", kept.unwrap_or(MARK)).into())
    }

    fn proof_of(&self, flag: &str) -> Option<Proof> {
        let options = self
            .program
            .into_iter()
            .flat_map(|program| &program.options);
        let mut named = options.filter(|option| option.names.iter().any(|name| name == flag));
        named.next().map(|option| option.value())
    }

    fn is_switch(&self, flag: &str) -> bool {
        self.commands.switches.contains(flag)
            || self.commands.clusters.contains(flag)
            || self.has_own_switch(flag)
    }

    fn has_own_switch(&self, flag: &str) -> bool {
        self.program
            .is_some_and(|program| program.switches.iter().any(|name| name == flag))
    }

    /// The name of a flag, without its value, as text: "-", "--", a short flag, a listed group of short flags, a small
    /// count, or a long name.
    fn flag_name<'w>(&self, name: &'w [u8], has_value: bool) -> Option<&'w str> {
        let text = std::str::from_utf8(name).ok()?;
        let fits = match name {
            [b'-'] => !has_value,
            [b'-', b'-'] => !has_value,
            [b'-', second] => second.is_ascii_alphanumeric(),
            _ if name.len() > MOST_FLAG => false,
            _ if self.commands.clusters.contains(text) || (!has_value && is_count(name)) => true,
            [b'-', b'-', long @ ..] => is_long_name(long),
            [b'-', long @ ..] => {
                let is_long =
                    self.program.is_some_and(Program::single_dash) || self.has_own_switch(text);
                is_long && is_long_name(long)
            }
            _ => false,
        };
        fits.then_some(text)
    }
}

fn is_long_name(name: &[u8]) -> bool {
    name.first().is_some_and(u8::is_ascii_alphabetic)
        && FLAG.misfit(name, 0, name.len()).is_none()
        && name.iter().filter(|byte| byte.is_ascii_digit()).count() <= MOST_FLAG_DIGITS
}

/// Whether the word is a hyphen and at most four digits, as in head -20.
fn is_count(word: &[u8]) -> bool {
    matches!(word, [b'-', digits @ ..] if (1..=4).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit))
}

//! What only this process knows, found in any text: it is kept in memory and written nowhere (PRV-110 to PRV-114).

use std::collections::HashSet;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use super::assignment::is_secret_like;
use super::automaton::{Automaton, starts_with};
use super::byte_set::{ALPHANUMERIC, ByteSet};
use super::escape::without_escapes;
use super::finding::Finding;
use super::knowledge::knowledge;
use super::steps::Steps;
use super::userinfo::userinfo_at;

/// What a process knows of itself.
#[derive(Default)]
pub struct KnownFacts {
    /// Its environment, by names.
    pub variables: Vec<(String, String)>,
    /// Values that are secrets whatever their names.
    pub values: Vec<String>,
    /// Home directories.
    pub homes: Vec<String>,
    /// User names.
    pub users: Vec<String>,
    /// Host names.
    pub hosts: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Rule {
    Secret,
    HomeDirectory,
    UserName,
    HostName,
}

/// Bytes that may not be stored, and how they are compared.
struct Needle {
    rule: Rule,
    bytes: Vec<u8>,
    /// Whether any case of ASCII is the same.
    is_folded: bool,
}

/// All that a process knows, behind an automaton of its beginnings.
pub struct Known {
    needles: Vec<Needle>,
    automaton: Automaton,
}

const SHORTEST_VALUE: usize = 8;
const SHORTEST_PHRASE: usize = 16;
const SHORTEST_NAME: usize = 3;
const SHORTEST_HOME: usize = 4;
const MOST_VALUE: usize = 4096;
const MOST_NEEDLES: usize = 2048;
/// Bytes of a needle that the automaton knows; the rest is compared.
const HEAD: usize = 8;
static NAME: ByteSet = ByteSet::parse("A-Za-z0-9_.-");
static PATH_END: ByteSet = ByteSet::parse("/\\");
static LETTERS: ByteSet = ByteSet::parse("A-Za-z");
const HOMES_OF_USERS: [&[u8]; 5] = [b"/home/", b"/users/", b"\\users\\", b"\\home\\", b"~"];

impl Known {
    /// Compiles what a process knows; `None` where that is nothing, or where the rule pack is damaged.
    #[must_use]
    pub fn compile(facts: KnownFacts) -> Option<Self> {
        let knows = knowledge()?;
        let is_secret_name = |name: &str| {
            let part_in = |part: &String| name.contains(part.as_str());
            knows.known.names.iter().any(part_in)
                && !knows.known.exceptions.iter().any(|other| other == name)
        };
        let is_telling = |name: &String| {
            let lower = name.to_ascii_lowercase();
            name.len() >= SHORTEST_NAME && !knows.known.common.contains(&lower)
        };
        let mut texts = Vec::new();
        for (name, value) in facts.variables {
            let passwords = passwords_in(value.as_bytes());
            if is_secret_name(&name.to_ascii_lowercase()) {
                texts.push(value.into_bytes());
            }
            texts.extend(passwords);
        }
        texts.extend(facts.values.into_iter().map(String::into_bytes));
        let is_secret = |value: &&[u8]| {
            is_secret_value(value) && !knows.secrets.placeholders().is_placeholder(value)
        };
        let values = texts
            .iter()
            .flat_map(|text| lines_of(text))
            .filter(is_secret);
        let folded = |rule, name: String| Needle {
            rule,
            bytes: name.to_ascii_lowercase().into_bytes(),
            is_folded: true,
        };
        let homes = facts.homes.into_iter();
        let homes = homes.filter(|path| path.len() >= SHORTEST_HOME);
        let users = facts.users.into_iter().filter(is_telling);
        let hosts = facts.hosts.into_iter().filter(is_telling);
        let needles: Vec<Needle> = homes
            .map(|home| folded(Rule::HomeDirectory, home))
            .chain(users.map(|user| folded(Rule::UserName, user)))
            .chain(hosts.map(|host| folded(Rule::HostName, host)))
            .chain(values.flat_map(spellings))
            .take(MOST_NEEDLES)
            .collect();
        if needles.is_empty() {
            return None;
        }
        let heads: Vec<Vec<u8>> = needles
            .iter()
            .map(|needle| needle.head().to_ascii_lowercase())
            .collect();
        let automaton = Automaton::build(&heads);
        Some(Self { needles, automaton })
    }

    /// The most bytes that decide whether something known stands at a place.
    pub(super) fn longest(&self) -> usize {
        let around = HOMES_OF_USERS
            .iter()
            .map(|path| path.len())
            .max()
            .unwrap_or(0)
            + 2;
        let lengths = self.needles.iter().map(|needle| needle.bytes.len());
        lengths.max().unwrap_or(0) + around
    }

    /// Finds what is known in a text as it stands.
    pub(super) fn find(&self, text: &[u8], steps: &mut Steps, findings: &mut Vec<Finding>) {
        let mut state = 0;
        let mut head_end = 0;
        while let Some(taken) =
            self.automaton
                .next_end(&mut state, text.get(head_end..).unwrap_or_default(), |_| ())
        {
            head_end += taken;
            for word in self.automaton.ends(state) {
                let Some(needle) = self.needles.get(usize::from(*word)) else {
                    continue;
                };
                let start = head_end - needle.head().len();
                let end = start + needle.bytes.len();
                steps.take(needle.bytes.len());
                if steps.is_over() {
                    return;
                }
                if needle.stands(text, start) && is_in_place(needle.rule, text, start, end) {
                    findings.push(Finding::on(needle.rule.id(), start, end));
                }
            }
        }
    }
}

impl Rule {
    fn id(self) -> &'static str {
        match self {
            Self::Secret => "known-secret",
            Self::HomeDirectory => "home-directory",
            Self::UserName => "user-name",
            Self::HostName => "host-name",
        }
    }
}

impl Needle {
    fn head(&self) -> &[u8] {
        self.bytes.get(..HEAD).unwrap_or(&self.bytes)
    }

    fn stands(&self, text: &[u8], start: usize) -> bool {
        if self.is_folded {
            starts_with(text, start, &self.bytes)
        } else {
            text.get(start..)
                .is_some_and(|rest| rest.starts_with(&self.bytes))
        }
    }
}

/// Values count everywhere; a home directory as a whole path; names in paths of users and in user@host (PRV-113).
fn is_in_place(rule: Rule, text: &[u8], start: usize, end: usize) -> bool {
    if rule == Rule::Secret {
        return true;
    }
    if ALPHANUMERIC.has_at(text, end) || text.get(end) == Some(&b'_') {
        return false;
    }
    let before = text.get(..start).unwrap_or_default();
    match rule {
        Rule::Secret => true,
        Rule::HomeDirectory => !NAME.has_before(text, start),
        Rule::HostName => match before {
            [.., name, b'@'] => NAME.has(*name),
            [.., b'\\', b'\\'] => PATH_END.has_at(text, end),
            _ => false,
        },
        Rule::UserName => {
            let is_at_host = text.get(end) == Some(&b'@') && LETTERS.has_at(text, end + 1);
            let is_home = |path: &&[u8]| {
                let from = start.checked_sub(path.len());
                from.is_some_and(|from| starts_with(text, from, path))
            };
            is_at_host && !NAME.has_before(text, start)
                || !NAME.has_at(text, end) && HOMES_OF_USERS.iter().any(is_home)
        }
    }
}

/// Whether a value is one that could stand nowhere by chance: no ordinary word, no path, no address.
fn is_secret_value(value: &[u8]) -> bool {
    if value.len() < SHORTEST_VALUE || value.len() > MOST_VALUE {
        return false;
    }
    if value.iter().collect::<HashSet<_>>().len() < 5 {
        return false;
    }
    if matches!(value, [b'/', ..] | [_, b':', b'\\', ..]) {
        return false;
    }
    if behind_scheme(value, 0).is_some() && !value.contains(&b'@') {
        return false;
    }
    value.len() >= SHORTEST_PHRASE || is_secret_like(value)
}

/// The password in the authority of each URL, as it stands and without its escapes.
fn passwords_in(value: &[u8]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(start) = behind_scheme(value, from) {
        from = start;
        let (_, userinfo) = userinfo_at(value, start);
        let mut parts = userinfo.unwrap_or_default().splitn(2, |byte| *byte == b':');
        let Some(password) = parts.nth(1) else {
            continue;
        };
        let plain = without_escapes(password, &mut Steps::of(password));
        found.push(password.to_vec());
        found.extend(plain.map(|derived| derived.text));
    }
    found
}

/// Offset behind the first "://" from `start` on.
fn behind_scheme(text: &[u8], start: usize) -> Option<usize> {
    let rest = text.get(start..)?;
    let at = rest.windows(3).position(|window| window == b"://")?;
    Some(start + at + 3)
}

/// Lines without the blanks around them.
fn lines_of(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let lines = text.split(|byte| matches!(byte, b'\n' | b'\r'));
    lines.map(move |line| {
        let from = line.iter().position(|byte| !is_blank(byte));
        let to = line.iter().rposition(|byte| !is_blank(byte));
        from.zip(to)
            .and_then(|(from, to)| line.get(from..=to))
            .unwrap_or_default()
    })
}

/// A value as it stands, in base64 of every alignment, and in hexadecimal. Other spellings are decoded (PRV-090).
fn spellings(value: &[u8]) -> Vec<Needle> {
    let needle = |bytes, is_folded| Needle {
        rule: Rule::Secret,
        bytes,
        is_folded,
    };
    let mut found = vec![needle(value.to_vec(), false)];
    for shift in 0..3 {
        let shifted = [&[0; 2][..shift], value].concat();
        let range = (shift * 8).div_ceil(6)..shifted.len() * 8 / 6;
        let standard = STANDARD_NO_PAD.encode(&shifted);
        let url = URL_SAFE_NO_PAD.encode(&shifted);
        let inner = |text: &str| {
            text.as_bytes()
                .get(range.clone())
                .unwrap_or_default()
                .to_vec()
        };
        found.push(needle(inner(&standard), false));
        let url = inner(&url);
        if url.iter().any(|byte| matches!(byte, b'-' | b'_')) {
            found.push(needle(url, false));
        }
    }
    let hex: String = value.iter().map(|byte| format!("{byte:02x}")).collect();
    found.push(needle(hex.into_bytes(), true));
    found
}

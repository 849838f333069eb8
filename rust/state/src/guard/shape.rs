//! Commands at the guard: judged by their safe shape, redacted where they differ from it (PRV-060 to PRV-066).

use std::borrow::Cow;

use super::byte_set::ByteSet;
use super::command::{MARK, join_shape};
use super::finding::{Action, Finding, Judgement, in_order};
use super::knowledge::{Knowledge, knowledge};
use super::known::Known;
use super::policy::policy_of;
use super::proof::program_name;
use super::shell_line::{ShellLine, Word, split_shell_line};
use super::steps::Steps;
use crate::record::schema::TextClass;

/// Most bytes of a command line that is looked at.
pub const MOST_COMMAND_INPUT: usize = 65_536;

static NAME_START: ByteSet = ByteSet::parse("A-Za-z_");
static NAME: ByteSet = ByteSet::parse("A-Za-z0-9_");

/// The safe shape of an argument vector, at most 512 bytes; a single element is a shell line. Gives "…" for what cannot be
/// read, and where the rule pack is damaged.
#[must_use]
pub fn shape_command<A: AsRef<[u8]>>(argv: &[A]) -> String {
    let limit = policy_of(TextClass::Command).max_bytes;
    let search = knowledge().map(|knows| Search { knows, known: None });
    let shaped = search.and_then(|search| {
        let (line, split) = match argv {
            [line] => (line.as_ref().to_vec(), None),
            _ => {
                let (line, words) = join_arguments(argv);
                let compound_at = None;
                (line, Some(ShellLine { words, compound_at }))
            }
        };
        let fits = line.len() <= MOST_COMMAND_INPUT;
        fits.then(|| shape_line(&search, &line, limit, split))
            .flatten()
    });
    shaped
        .map(|shaped| shaped.output)
        .filter(|output| !output.is_empty())
        .unwrap_or_else(|| MARK.to_owned())
}

/// What a line is judged by.
struct Search<'a> {
    knows: &'static Knowledge,
    known: Option<&'a Known>,
}

/// Judges a command line that is neither empty nor longer than `MOST_COMMAND_INPUT`; `known` is what only this process
/// knows.
pub fn judge_command(
    knows: &'static Knowledge,
    text: &str,
    max_bytes: usize,
    known: Option<&Known>,
) -> Judgement {
    let reject = |rule| Judgement {
        action: Action::Reject,
        findings: vec![Finding::new(rule)],
        output: None,
    };
    let Some(Shaped {
        output,
        mut findings,
    }) = shape_line(&Search { knows, known }, text.as_bytes(), max_bytes, None)
    else {
        return reject("budget");
    };
    if output.is_empty() {
        return reject("empty");
    }
    if output == text {
        return Judgement {
            action: Action::Allow,
            findings: Vec::new(),
            output: None,
        };
    }
    if findings.is_empty() {
        findings.push(Finding::new("command-form"));
    }
    Judgement {
        action: Action::Redact,
        findings: in_order(findings),
        output: Some(output),
    }
}

struct Shaped {
    output: String,
    findings: Vec<Finding>,
}

/// Shapes a line; `None` where the step budget does not last, an empty output where there is no word.
fn shape_line(
    search: &Search<'_>,
    line: &[u8],
    max_bytes: usize,
    given: Option<ShellLine>,
) -> Option<Shaped> {
    let Search { knows, known } = *search;
    let mut steps = Steps::of(line);
    let secrets = knows.secrets.find(line, &mut steps, known).findings;
    if steps.is_over() {
        return None;
    }
    let is_line = given.is_none();
    let ShellLine { words, compound_at } = given.unwrap_or_else(|| split_shell_line(line));
    if words.is_empty() && compound_at.is_none() {
        let (output, findings) = (String::new(), Vec::new());
        return Some(Shaped { output, findings });
    }
    let first = if is_line {
        count_assignments(&words)
    } else {
        0
    };
    let (assignments, command) = words.split_at_checked(first)?;
    let covered = covered_before(&secrets, line.len());
    let is_secret = |word: &Word| covered.get(word.end) > covered.get(word.start);
    let mut findings = secrets.clone();
    findings.extend(assignments.iter().map(value_at));
    let shape = if let Some(at) = compound_at {
        findings.push(Finding::on("command-compound", at, at + 1));
        let program = command.first().filter(|word| !is_secret(word));
        match program.and_then(|word| program_name(&word.text)) {
            Some(name) => vec![name.into(), MARK.into()],
            None => vec![MARK.into()],
        }
    } else {
        let shape = knows.commands.shape_words(
            command
                .iter()
                .map(|word| (word.text.as_slice(), is_secret(word))),
        );
        let kept = shape
            .iter()
            .map(AsRef::as_ref)
            .chain(std::iter::repeat(MARK));
        let changed = command
            .iter()
            .zip(kept)
            .filter(|(word, kept)| line.get(word.start..word.end) != Some(kept.as_bytes()));
        findings.extend(changed.map(|(word, _)| value_at(word)));
        shape
    };
    let output = without_secrets(
        search,
        &shape,
        max_bytes,
        secrets.is_empty().then_some(line),
    );
    Some(Shaped { output, findings })
}

/// Joins the shape; where kept words make a secret together, less is kept. In `clean` no secret was found.
fn without_secrets(
    search: &Search<'_>,
    shape: &[Cow<'_, str>],
    max_bytes: usize,
    clean: Option<&[u8]>,
) -> String {
    let program = shape.first().map_or(MARK, AsRef::as_ref);
    let program = [program.into(), MARK.into()];
    let candidates = [shape, &program];
    let outputs = candidates
        .iter()
        .map(|candidate| join_shape(candidate, max_bytes));
    let mut without = outputs.filter(|output| {
        let bytes = output.as_bytes();
        let mut steps = Steps::of(bytes);
        clean == Some(bytes) || {
            let found = search.knows.secrets.find(bytes, &mut steps, search.known);
            found.findings.is_empty() && !steps.is_over()
        }
    });
    without.next().unwrap_or_else(|| MARK.to_owned())
}

/// How many words at the start are assignments to variables, NAME=… or NAME+=….
fn count_assignments(words: &[Word]) -> usize {
    let is_assignment = |word: &&Word| {
        let text = word.text.as_slice();
        let rest = text.get(NAME.run_end(text, 0)..).unwrap_or_default();
        NAME_START.has_at(text, 0) && (rest.starts_with(b"=") || rest.starts_with(b"+="))
    };
    words.iter().take_while(is_assignment).count()
}

fn join_arguments<A: AsRef<[u8]>>(argv: &[A]) -> (Vec<u8>, Vec<Word>) {
    let mut line = Vec::new();
    let mut words = Vec::new();
    for (i, argument) in argv.iter().enumerate() {
        if i > 0 {
            line.push(b' ');
        }
        let text = argument.as_ref().to_vec();
        let start = line.len();
        line.extend_from_slice(&text);
        words.push(Word {
            text,
            start,
            end: line.len(),
        });
    }
    (line, words)
}

/// How many bytes before each offset are part of a finding: one pass, however many findings and words there are. Empty
/// where there is no finding.
fn covered_before(findings: &[Finding], length: usize) -> Vec<usize> {
    if findings.is_empty() {
        return Vec::new();
    }
    let mut begun = vec![0_isize; length + 1];
    for (start, end) in findings.iter().filter_map(|finding| finding.place) {
        for (at, step) in [(start, 1), (end, -1)] {
            if let Some(count) = begun.get_mut(at) {
                *count += step;
            }
        }
    }
    let mut covered = vec![0];
    let (mut open, mut count) = (0, 0);
    for step in begun.iter().take(length) {
        open += step;
        count += usize::from(open > 0);
        covered.push(count);
    }
    covered
}

fn value_at(word: &Word) -> Finding {
    Finding::on("command-value", word.start, word.end)
}

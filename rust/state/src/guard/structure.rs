//! Structure: what the class of a text allows, before any rule looks for secrets (PRV-010 to PRV-036).

use super::byte_set::ByteSet;
use super::email::find_email;
use super::finding::Finding;
use super::ident::misfit;
use super::knowledge::Knowledge;
use super::note::{note_offence, role_offence};
use super::path::{path_offence, ref_offence};
use super::survey::{AT, Survey};
use super::url::misfit_of_url;
use crate::record::schema::{TextClass, TextPolicy};

static HEX: ByteSet = ByteSet::parse("0-9a-f");
static WORD: ByteSet = ByteSet::parse("a-z0-9_");
const ANY_DIGEST: &[usize] = &[32, 40, 64];

/// Adds what is wrong with the structure of a text that is not empty and not too long; for every class but COMMAND. `seen` is
/// its survey.
pub fn structure_offences(
    known: &Knowledge,
    policy: &TextPolicy<'_>,
    text: &str,
    seen: Survey,
    findings: &mut Vec<Finding>,
) {
    let bytes = text.as_bytes();
    let first = match policy.class {
        TextClass::Enum => return findings.extend(enum_offence(policy.values, text)),
        TextClass::Digest => return findings.extend(digest_offence(policy.hex_lengths, bytes)),
        TextClass::Command | TextClass::Opaque => return,
        TextClass::Ident => misfit(policy.shape, bytes).map(|at| Finding::at("ident", bytes, at)),
        TextClass::RepoPath => path_offence(&known.alphabet, text, seen),
        TextClass::Ref => ref_offence(&known.alphabet, text, seen),
        TextClass::Url => misfit_of_url(bytes).map(|at| Finding::at("url", bytes, at)),
        TextClass::Note => {
            findings.extend(role_offence(&known.turns, bytes, seen));
            note_offence(&known.alphabet, text, seen)
        }
    };
    findings.extend(first);
    if seen & AT != 0 {
        findings.extend(find_email(bytes));
    }
}

/// A listed value (PRV-010); where none are listed, a lower-case word of letters, digits and underscores.
fn enum_offence(values: &[&str], text: &str) -> Option<Finding> {
    let bytes = text.as_bytes();
    let starts = bytes.first().is_some_and(u8::is_ascii_lowercase);
    let bad = if starts {
        WORD.misfit(bytes, 1, bytes.len())
    } else {
        Some(0)
    };
    match bad {
        Some(at) => Some(Finding::at("enum", bytes, at)),
        None => (!values.is_empty() && !values.contains(&text)).then(|| Finding::new("enum")),
    }
}

/// Lower-case hexadecimal of an allowed length (PRV-011); where none are given, 32, 40 or 64 digits.
fn digest_offence(lengths: &[usize], text: &[u8]) -> Option<Finding> {
    if let Some(at) = HEX.misfit(text, 0, text.len()) {
        return Some(Finding::at("digest", text, at));
    }
    let lengths = if lengths.is_empty() {
        ANY_DIGEST
    } else {
        lengths
    };
    (!lengths.contains(&text.len())).then(|| Finding::new("digest"))
}

//! Private keys in PEM (RFC 7468) and OpenPGP armor (PRV-046).

use super::byte_set::ByteSet;
use super::finding::Finding;
use super::steps::Steps;

const MOST_LABEL: usize = 48;
static LABEL: ByteSet = ByteSet::parse("A-Z0-9 ");

/// How a PEM header starts, in lower case.
pub const PEM_OPENING: &str = "-----begin ";
/// The most bytes of a header.
pub const LONGEST_PEM: usize = PEM_OPENING.len() + MOST_LABEL + 5;

/// The header of a private key whose opening stands at `start..end`.
pub fn find_private_key(
    text: &[u8],
    start: usize,
    end: usize,
    steps: &mut Steps,
) -> Option<Finding> {
    let length = text
        .iter()
        .skip(end)
        .take(MOST_LABEL)
        .take_while(|byte| LABEL.has(**byte))
        .count();
    steps.take(length);
    let (label, rest) = text.get(end..)?.split_at_checked(length)?;
    let is_private = label.ends_with(b"PRIVATE KEY") || label.ends_with(b"PRIVATE KEY BLOCK");
    (is_private && rest.starts_with(b"-----"))
        .then(|| Finding::on("private-key", start, end + length + 5))
}

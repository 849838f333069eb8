//! Credentials in the authority of a URL (PRV-044).

use super::assignment::is_secret_like;
use super::byte_set::ByteSet;
use super::finding::Finding;
use super::placeholder::Placeholders;
use super::steps::Steps;

const MOST_AUTHORITY: usize = 1024;
const SHORTEST_USER: usize = 8;
/// Printable ASCII and everything above it but / ? # " ' < > \ `
static AUTHORITY: ByteSet = ByteSet::parse("!$-&(-.0-;=@-[]-_a-~").with_non_ascii();

/// The userinfo behind the "://" that ends at `end`, if it holds a password, or a name that looks like a secret.
pub fn find_userinfo(
    users: &[String],
    placeholders: &Placeholders,
    text: &[u8],
    end: usize,
    steps: &mut Steps,
) -> Option<Finding> {
    let (stop, userinfo) = userinfo_at(text, end);
    steps.take(stop - end);
    let userinfo = userinfo?;
    let finding = Finding::on("userinfo", end, end + userinfo.len());
    let mut parts = userinfo.splitn(2, |byte| *byte == b':');
    let user = parts.next().unwrap_or_default();
    if let Some(password) = parts.next().filter(|password| !password.is_empty()) {
        let is_none = password == user || placeholders.is_placeholder(password);
        return (!is_none).then_some(finding);
    }
    let is_known = users
        .iter()
        .any(|known| user.eq_ignore_ascii_case(known.as_bytes()));
    if user.len() < SHORTEST_USER
        || is_known
        || placeholders.is_placeholder(user)
        || !is_secret_like(user)
    {
        return None;
    }
    Some(finding)
}

/// Where the authority that begins at `start` stops, and its userinfo, which ends at the last "@".
pub fn userinfo_at(text: &[u8], start: usize) -> (usize, Option<&[u8]>) {
    let rest = text.get(start..).unwrap_or_default();
    let length = rest
        .iter()
        .take(MOST_AUTHORITY)
        .take_while(|byte| AUTHORITY.has(**byte))
        .count();
    let authority = rest.get(..length).unwrap_or_default();
    let end = authority.iter().rposition(|byte| *byte == b'@');
    (start + length, end.and_then(|end| authority.get(..end)))
}

//! URLs, split by the grammar of RFC 3986 alone; the URL parsers of the run times differ (PRV-022).

use super::byte_set::ByteSet;
use super::ident::{is_dots, misfit_of_host, misfit_of_port};

const SCHEMES: [&[u8]; 4] = [b"https://", b"http://", b"ssh://", b"git://"];
/// unreserved, sub-delims, ":" and "@"
static PLAIN: ByteSet = ByteSet::parse("A-Za-z0-9._~!$&'()*+,;=:@-");
static HEX: ByteSet = ByteSet::parse("0-9A-Fa-f");
static IPV6: ByteSet = ByteSet::parse("0-9A-Fa-f:.");

/// First offset at which the text is not a URL of a listed scheme with a host, an optional port and an optional path, the
/// length where it ends too early, `None` where it fits. Userinfo, query and fragment do not fit.
pub fn misfit_of_url(text: &[u8]) -> Option<usize> {
    let Some(start) = SCHEMES
        .iter()
        .find(|scheme| text.starts_with(scheme))
        .map(|scheme| scheme.len())
    else {
        return Some(0);
    };
    let rest = text.iter().skip(start);
    let end = start + rest.take_while(|byte| **byte != b'/').count();
    let authority = if text.get(start) == Some(&b'[') {
        misfit_of_ipv6(text, start, end)
    } else {
        misfit_of_host(text, start, end)
    };
    authority.or_else(|| misfit_of_path(text, end))
}

fn misfit_of_ipv6(text: &[u8], start: usize, end: usize) -> Option<usize> {
    let Some(closing) = (start..end).find(|at| text.get(*at) == Some(&b']')) else {
        return Some(end);
    };
    if let Some(misfit) = IPV6.misfit(text, start + 1, closing) {
        return Some(misfit);
    }
    if closing < start + 3 {
        return Some(closing);
    }
    if closing + 1 == end {
        return None;
    }
    if text.get(closing + 1) == Some(&b':') {
        misfit_of_port(text, closing + 2, end)
    } else {
        Some(closing + 1)
    }
}

fn misfit_of_path(text: &[u8], start: usize) -> Option<usize> {
    let mut segment = start + 1;
    let mut at = start;
    loop {
        at = PLAIN.run_end(text, at);
        match text.get(at) {
            None | Some(b'/') => {
                if is_dots(text, segment, at) {
                    return Some(segment);
                }
                if at == text.len() {
                    return None;
                }
                segment = at + 1;
            }
            Some(b'%') if HEX.has_at(text, at + 1) && HEX.has_at(text, at + 2) => at += 2,
            Some(_) => return Some(at),
        }
        at += 1;
    }
}

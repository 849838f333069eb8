//! Bytes of any length, looked at in pieces: what needs no more memory than a piece may be of any size.

use std::io::{self, Read};

use baton_state::guard::{Known, find_tokens, longest_token};

/// Bytes of a piece. With the overlap on both sides it is all that is held of a file.
const STEP: usize = 1 << 20;

/// What a piece of bytes gave.
pub enum Seen {
    /// A token, a private key, or what this process knows.
    Secret {
        /// Offset of its first byte.
        start: u64,
        /// Offset behind its last byte.
        end: u64,
        /// Rule of the guard.
        rule: &'static str,
    },
    /// From this offset on the steps of the guard did not last for a piece.
    Unsure(u64),
}

/// Looks for tokens, private keys and what this process knows in all bytes of a source, and tells `looked` of the bytes
/// after every piece. What is found is the same as in one piece, in the order of its start. Gives how many bytes there were.
pub fn look_through(
    source: impl Read,
    known: Option<&Known>,
    mut found: impl FnMut(Seen),
    looked: impl Fn(u64),
) -> io::Result<u64> {
    look_in_steps(source, STEP, known, &mut found, &looked)
}

fn look_in_steps(
    mut source: impl Read,
    step: usize,
    known: Option<&Known>,
    found: &mut impl FnMut(Seen),
    looked: &impl Fn(u64),
) -> io::Result<u64> {
    let overlap = longest_token(known);
    let mut piece = Vec::new();
    // Offset of the piece in the file, and how much at its start was looked at before.
    let (mut base, mut before) = (0_u64, 0);
    loop {
        let wanted = before + step + overlap - piece.len();
        let read = (&mut source).take(wanted as u64).read_to_end(&mut piece)?;
        let is_last = read < wanted;
        let end = if is_last { piece.len() } else { before + step };
        match find_tokens(&piece, known) {
            Ok(findings) => {
                for finding in findings {
                    let Some((start, behind)) = finding.place else {
                        continue;
                    };
                    if (before..end).contains(&start) {
                        found(Seen::Secret {
                            start: base + start as u64,
                            end: base + behind as u64,
                            rule: finding.rule,
                        });
                    }
                }
            }
            Err(_) => found(Seen::Unsure(base + before as u64)),
        }
        looked((end - before) as u64);
        if is_last {
            return Ok(base + piece.len() as u64);
        }
        let kept = end.saturating_sub(overlap);
        piece.drain(..kept);
        base += kept as u64;
        before = end - kept;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(seed: u32) -> String {
        let mut state = seed;
        let letters = std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            char::from(b"abcdefghijklmnopqrstuvwxyz0123456789"[(state >> 16) as usize % 36])
        });
        ["gh", "p_"].concat() + &letters.take(36).collect::<String>()
    }

    fn all(bytes: &[u8], step: usize) -> Vec<(u64, u64)> {
        let mut places = Vec::new();
        let mut found = |seen| match seen {
            Seen::Secret { start, end, .. } => places.push((start, end)),
            Seen::Unsure(at) => panic!("unsure at {at}"),
        };
        let read = look_in_steps(bytes, step, None, &mut found, &|_| {});
        assert_eq!(read.unwrap(), bytes.len() as u64);
        places
    }

    #[test]
    fn a_token_is_found_once_wherever_a_piece_ends() {
        let token = token(7);
        let mut bytes = Vec::new();
        let mut places = Vec::new();
        for gap in 0..90_usize {
            bytes.resize(bytes.len() + 100 + gap, b' ');
            places.push((bytes.len() as u64, (bytes.len() + token.len()) as u64));
            bytes.extend(token.as_bytes());
        }
        for step in [211, 1000, bytes.len() - 1, bytes.len(), STEP] {
            assert_eq!(all(&bytes, step), places, "in steps of {step}");
        }
        assert_eq!(all(b"", 8), []);
    }

    #[test]
    fn of_a_piece_that_takes_too_many_steps_the_start_is_told() {
        let mut bytes = vec![b' '; STEP];
        bytes.extend(["ey", "J"].concat().repeat(40_000).into_bytes());
        bytes.resize(3 * STEP, b' ');
        let mut unsure = Vec::new();
        let found = |seen| match seen {
            Seen::Unsure(at) => unsure.push(at),
            Seen::Secret { .. } => panic!("no secret is there"),
        };
        look_through(bytes.as_slice(), None, found, |_| {}).unwrap();
        assert_eq!(unsure, [STEP as u64]);
    }
}

//! Git's answers are bytes: names in them need not be UTF-8.

/// The entries of a NUL-terminated list.
pub fn split_nul(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes
        .split_inclusive(|byte| *byte == 0)
        .filter_map(|entry| entry.strip_suffix(&[0]))
}

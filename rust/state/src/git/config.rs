//! The URLs of the remotes, from git's answer.

use std::collections::BTreeMap;

use super::bytes::split_nul;

/// First URL of every remote that has one, by the name of the remote.
pub type RemoteUrls = BTreeMap<String, String>;

/// Reads the output of `git config -z --get-regexp ^remote\.`: "key LF value NUL", a key without value stands alone.
#[must_use]
pub fn read_remotes(output: &[u8]) -> RemoteUrls {
    let mut urls = RemoteUrls::new();
    for entry in split_nul(output) {
        let entry = String::from_utf8_lossy(entry);
        let Some((key, url)) = entry.split_once('\n') else {
            continue;
        };
        let name = key
            .strip_prefix("remote.")
            .and_then(|rest| rest.strip_suffix(".url"));
        if let Some(name) = name.filter(|name| !name.is_empty() && !url.is_empty()) {
            urls.entry(name.to_owned())
                .or_insert_with(|| url.to_owned());
        }
    }
    urls
}

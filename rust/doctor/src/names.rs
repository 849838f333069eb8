//! The names that Baton gives to what lies in the state directory. One that somebody else gave may hold anything: it is
//! counted, never shown.

use std::path::Path;

/// What lies in the state directory (docs/design.md, "State directory").
pub const PLACES: &[&str] = &[
    "segments",
    "install.key",
    "config.json",
    "claims",
    "locks",
    "asked",
    "pending",
    "bin",
    "init.json",
    "latest.json",
    "index.redb",
];
/// What stands for everything else.
pub const OTHER: &str = "other";
/// Hexadecimal digits of a segment id, and of a digest.
const ID_DIGITS: usize = 32;
/// Hexadecimal digits of the random part of a temporary name.
const RANDOM_DIGITS: usize = 16;

/// The place that a path below the state directory belongs to: one of `PLACES`, or `OTHER`.
pub fn place_of(below: &Path) -> &'static str {
    let first = below.iter().next().and_then(|name| name.to_str());
    let known = PLACES.iter().find(|place| Some(**place) == first);
    known.copied().unwrap_or(OTHER)
}

/// A path below the state directory for people: as it is where Baton gave the name, else where it lies.
pub fn shown_place(below: &Path) -> String {
    let parts: Vec<&str> = below.iter().filter_map(|name| name.to_str()).collect();
    match (place_of(below), parts.as_slice()) {
        (OTHER, _) => "a file that is not Baton's".to_owned(),
        (place, [_]) => place.to_owned(),
        (_, ["segments", name]) => shown_segment(name).replace("a file", "a file in segments"),
        (place, _) => format!("a file in {place}"),
    }
}

/// The name of a file in the segments folder for people: as it is where Baton gave it.
pub fn shown_segment(name: &str) -> String {
    let id = name.strip_suffix(".seg");
    if id.is_some_and(|id| is_hex(id, ID_DIGITS)) {
        name.to_owned()
    } else {
        "a file with a name of its own".to_owned()
    }
}

/// Whether a path below the state directory is one of the temporary files that writers rename or link to their place:
/// of the key, claims, snapshot, index, and of what `baton init` writes. Their age is not looked at.
pub fn is_temporary(below: &Path) -> bool {
    let parts: Option<Vec<&str>> = below.iter().map(|name| name.to_str()).collect();
    match parts.as_deref() {
        Some([name]) => {
            let key = name
                .strip_prefix("install.key.")
                .and_then(|name| name.strip_suffix(".tmp"));
            let is_key = key.is_some_and(|random| is_hex(random, RANDOM_DIGITS));
            let index = name.strip_prefix("index.redb.new-");
            is_key
                || index.is_some_and(|random| is_hex(random, RANDOM_DIGITS))
                || ["latest.json", "init.json"]
                    .iter()
                    .any(|of| is_atomic(name, of))
        }
        Some(["bin", name]) => ["baton", "baton.cmd"].iter().any(|of| is_atomic(name, of)),
        Some(["claims", name]) => is_claim(name),
        _ => false,
    }
}

/// Whether a path below the state directory is a lease: `locks/import.<n>` or `locks/gc.<n>`.
pub fn is_lease(below: &Path) -> bool {
    let name = below.strip_prefix("locks").unwrap_or(below);
    is_numbered(name, "import.") || is_merge_lease(name)
}

/// Whether a name in `locks` is a lease of merges.
pub fn is_merge_lease(name: &Path) -> bool {
    is_numbered(name, "gc.")
}

/// Whether a path below the state directory is a check that a client has begun: `pending/<digest>`.
pub fn is_begun_check(below: &Path) -> bool {
    let name = below.strip_prefix("pending").ok().and_then(Path::to_str);
    name.is_some_and(|name| is_hex(name, ID_DIGITS))
}

fn is_numbered(name: &Path, prefix: &str) -> bool {
    let number = name.to_str().and_then(|name| name.strip_prefix(prefix));
    number.is_some_and(|number| {
        (1..=15).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// Whether a name is one that write-file-atomic gives beside a file: a dot and a number of 32 bits.
fn is_atomic(name: &str, of: &str) -> bool {
    let number = name
        .strip_prefix(of)
        .and_then(|rest| rest.strip_prefix('.'));
    number.is_some_and(|number| {
        (number == "0" || !number.starts_with('0'))
            && number.bytes().all(|byte| byte.is_ascii_digit())
            && number.parse::<u32>().is_ok()
    })
}

/// Whether a name is `<action>.<generation or closed>.<random>.tmp`.
fn is_claim(name: &str) -> bool {
    let parts: Vec<&str> = name.split('.').collect();
    let [action, of, random, "tmp"] = parts.as_slice() else {
        return false;
    };
    let action = action.split_once('-');
    let is_action = action.is_some_and(|(kind, id)| {
        (1..=2).contains(&kind.len())
            && kind.bytes().all(|byte| byte.is_ascii_lowercase())
            && is_hex(id, RANDOM_DIGITS)
    });
    let is_generation = (1..=9).contains(&of.len())
        && of.bytes().all(|byte| byte.is_ascii_digit())
        && !of.starts_with('0');
    is_action && (is_generation || *of == "closed") && is_hex(random, RANDOM_DIGITS)
}

fn is_hex(text: &str, digits: usize) -> bool {
    text.len() == digits
        && text
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_temporary_names_of_all_writers_are_known_and_no_other_name() {
        let random = "0123456789abcdef";
        let temporary = [
            format!("install.key.{random}.tmp"),
            format!("index.redb.new-{random}"),
            "latest.json.4294967295".to_owned(),
            "init.json.0".to_owned(),
            "bin/baton.77".to_owned(),
            "bin/baton.cmd.77".to_owned(),
            format!("claims/a-{random}.12.{random}.tmp"),
            format!("claims/a-{random}.closed.{random}.tmp"),
        ];
        for name in temporary {
            assert!(is_temporary(Path::new(&name)), "{name}");
        }
        let other = [
            "install.key",
            "install.key.tmp",
            "install.key.backup.tmp",
            "index.redb",
            "index.redb.new-1",
            "latest.json",
            "latest.json.4294967296",
            "latest.json.01",
            "latest.json.bak",
            "config.json.77",
            "bin/baton",
            "bin/baton.old",
            "claims/a-0123456789abcdef.12",
            "claims/notes.tmp",
            "segments/0123456789abcdef0123456789abcdef.seg",
            "segments/latest.json.7",
            "deeper/install.key.0123456789abcdef.tmp",
        ];
        for name in other {
            assert!(!is_temporary(Path::new(name)), "{name}");
        }
    }

    #[test]
    fn names_that_baton_did_not_give_are_not_shown() {
        let id = "0123456789abcdef0123456789abcdef";
        let shown = |below: &str| shown_place(Path::new(below));
        assert_eq!(shown("config.json"), "config.json");
        assert_eq!(shown(&format!("segments/{id}.seg")), format!("{id}.seg"));
        for below in [
            "segments/acme.seg",
            "segments/acme",
            "acme.txt",
            "claims/acme",
            "acme/x",
        ] {
            assert!(!shown(below).contains("acme"), "{below}");
        }
    }
}

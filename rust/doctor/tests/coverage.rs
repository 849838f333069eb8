//! Every status that the table of checks lists is shown by a test, and no test shows one that it does not list.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use baton_state::r#gen::tables::CHECKS;

/// Names of tests by check and status.
type Shown = BTreeMap<(String, String), BTreeSet<String>>;

/// The calls of `expect` and `expect_with` in the tests that name a check and a status: they assert what they name.
fn shown() -> Shown {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let mut shown = Shown::new();
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.extension().is_none_or(|end| end != "rs") {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let mut test = "";
        // Each piece starts behind an opening parenthesis; what opened it is the end of the piece before.
        let mut opened = "";
        for piece in text.split('(') {
            let words: Vec<&str> = piece.split('"').collect();
            if let (true, [before, id, ",", status, ..]) = (
                opened.ends_with("expect") || opened.ends_with("expect_with"),
                words
                    .iter()
                    .map(|word| word.trim())
                    .collect::<Vec<_>>()
                    .as_slice(),
            ) && before.is_empty()
                && id.starts_with("BTN-D")
            {
                let key = ((*id).to_owned(), (*status).to_owned());
                shown.entry(key).or_default().insert(test.to_owned());
            }
            if let Some((_, name)) = piece.rsplit_once("fn ") {
                test = name;
            }
            opened = piece;
        }
    }
    shown
}

#[test]
fn every_status_of_the_table_has_a_test_and_no_other_status_is_shown() {
    let shown = shown();
    let mut missing = Vec::new();
    let mut strange: BTreeSet<_> = shown.keys().cloned().collect();
    for check in CHECKS {
        for (status, when) in [
            ("ok", "always"),
            ("warn", check.warns),
            ("fail", check.fails),
        ] {
            let key = (check.id.to_owned(), status.to_owned());
            let tests = shown.get(&key);
            println!(
                "{} {status:4} {}",
                check.id,
                tests.map_or("-".to_owned(), |tests| {
                    tests.iter().cloned().collect::<Vec<_>>().join(", ")
                })
            );
            match (when.is_empty(), tests) {
                (false, None) => missing.push(key),
                (false, Some(_)) => drop(strange.remove(&key)),
                (true, _) => {}
            }
        }
    }
    assert!(missing.is_empty(), "no test shows {missing:?}");
    assert!(strange.is_empty(), "the table does not list {strange:?}");
}

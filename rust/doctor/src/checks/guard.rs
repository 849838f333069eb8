//! Checks of the guard.

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use baton_state::r#gen::rule_pack::{RULE_PACK, RULE_PACK_SHA256};
use baton_state::r#gen::tables::ERROR_GUARD_PACK;
use baton_state::guard::{Action, judge, policy_of};
use baton_state::record::schema::TextClass;

use super::ground::Ground;
use super::seen::{Seen, counted, fail, moot, ok, warn};

/// A guard whose rule pack is damaged refuses everything; one that forgot its rules lets everything pass.
pub fn whole(_ground: &Ground) -> Result<Seen, Seen> {
    let action = |text: &str| judge(&policy_of(TextClass::Note), text.as_bytes()).action;
    let lets_pass = matches!(action("The tests pass"), Action::Allow);
    let refuses = matches!(
        action(concat!("See https://name:", "word@host.example/")),
        Action::Reject
    );
    Ok(if lets_pass && refuses {
        ok("the rule pack is whole")
    } else {
        fail(ERROR_GUARD_PACK.cause, ERROR_GUARD_PACK.remedy)
    })
}

/// Whether the bundles of the Baton that is in use here carry this program's pack: its hash, as they compare it with, and
/// its bytes, as text. Nothing is started for that.
pub fn same_pack(ground: &Ground) -> Result<Seen, Seen> {
    let clients = &ground.clients;
    let folder = clients
        .bundles()
        .ok_or_else(|| moot("no baton is in use here"))?;
    let hash: String = RULE_PACK_SHA256
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let pack = STANDARD.encode(RULE_PACK);
    let (mut same, mut damaged) = (0, 0);
    for bundle in [folder.clone(), folder.join("chunks")]
        .iter()
        .flat_map(|dir| bundles_of(dir))
    {
        let text = fs::read(&bundle).unwrap_or_default();
        if holds(&text, hash.as_bytes()) {
            *(if holds(&text, pack.as_bytes()) {
                &mut same
            } else {
                &mut damaged
            }) += 1;
        }
    }
    Ok(match (same, damaged) {
        (0, 0) => warn(
            "baton has another rule pack than this program",
            "install both programs from one release",
        ),
        (_, 0) => ok("baton has the rule pack of this program"),
        _ => fail(
            format!(
                "{} of baton with a damaged rule pack, which records nothing",
                counted(damaged, "bundle")
            ),
            ERROR_GUARD_PACK.remedy,
        ),
    })
}

/// The bundles that lie in a folder.
fn bundles_of(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let paths = entries.map(|entry| entry.path());
    paths
        .filter(|path| path.extension().is_some_and(|end| end == "js"))
        .collect()
}

/// Whether a text holds another.
fn holds(text: &[u8], wanted: &[u8]) -> bool {
    memchr::memmem::find(text, wanted).is_some()
}

//! `check --fix`: mends what is safe to mend, and deletes what can be made again or is past its days. Each fix is a function beside a check, and none touches
//! a file that Baton does not know.

mod index;
mod leftovers;
#[cfg(unix)]
mod modes;
mod past;
mod snapshot;

use std::io;

use baton_state::r#gen::tables::CHECKS;
use baton_state::proto::state::v1::{CheckId, Fix};
use baton_state::record::schema::CheckTable;

use crate::checks::Ground;

/// How a fix mends. What goes wrong is a deed that failed, and the next fix goes on.
type Mend = fn(&Ground, &mut Deeds);

/// All fixes, in the order in which they are made: what is deleted needs no other mode.
const FIXES: &[(CheckId, Mend)] = &[
    (CheckId::Leftovers, leftovers::delete),
    #[cfg(unix)]
    (CheckId::Modes, modes::close),
    (CheckId::Past, past::give_back),
    (CheckId::Index, index::rebuild),
    (CheckId::Snapshot, snapshot::delete),
];

/// Makes the fixes of the checks of these ids, or all where there is none. Under `is_dry` it changes nothing and says what
/// it would do.
pub fn run(ground: &Ground, ids: &[&str], is_dry: bool) -> Vec<Fix> {
    let mut fixes = Vec::new();
    let asked = FIXES.iter().filter_map(|(check, mend)| {
        let table = CHECKS.iter().find(|table| table.check == *check)?;
        (ids.is_empty() || ids.contains(&table.id)).then_some((table, mend))
    });
    for (table, mend) in asked {
        let mut deeds = Deeds {
            check: table,
            is_dry,
            fixes,
        };
        mend(ground, &mut deeds);
        fixes = deeds.fixes;
    }
    fixes
}

/// What was done for a check.
pub struct Deeds {
    check: &'static CheckTable,
    is_dry: bool,
    fixes: Vec<Fix>,
}

impl Deeds {
    /// Does a thing, unless it is only to be told, and writes down how that ended. `deed` names nothing that Baton did not
    /// name.
    pub fn attempt(&mut self, deed: impl Into<String>, work: impl FnOnce() -> Result<(), String>) {
        let ended = if self.is_dry { None } else { Some(work()) };
        self.push(deed.into(), ended);
    }

    /// Does a thing to each of some files that are alike, and writes one deed for all that ended the same way. `deed` says
    /// for a number what is done, such as "delete 3 files".
    pub fn attempt_each<T>(
        &mut self,
        files: impl IntoIterator<Item = T>,
        deed: impl Fn(usize) -> String,
        mut work: impl FnMut(T) -> io::Result<()>,
    ) {
        let mut endings: Vec<(Option<Result<(), String>>, usize)> = Vec::new();
        for file in files {
            let ended = if self.is_dry {
                None
            } else {
                Some(work(file).map_err(|error| error.kind().to_string()))
            };
            match endings.iter_mut().find(|(other, _)| *other == ended) {
                Some((_, count)) => *count += 1,
                None => endings.push((ended, 1)),
            }
        }
        for (ended, count) in endings {
            self.push(deed(count), ended);
        }
    }

    fn push(&mut self, deed: String, ended: Option<Result<(), String>>) {
        let outcome = match &ended {
            None => "planned",
            Some(Ok(())) => "done",
            Some(Err(_)) => "failed",
        };
        self.fixes.push(Fix {
            id: Some(self.check.id.to_owned()),
            outcome: Some(outcome.to_owned()),
            deed: Some(deed),
            reason: ended.and_then(Result::err),
        });
    }
}

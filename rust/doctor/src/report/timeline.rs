//! Checks and notes in the order in which they came.

use std::collections::BTreeMap;

use baton_state::fold::DAY_MS;
use baton_state::fold::state::retention_days;
use baton_state::proto::state::v1::record::Kind;
use baton_state::proto::state::v1::{RetentionOverride, Validation};
use baton_state::record::kind::kind_numbered;

use super::chart::{Bars, Series};
use super::figures::grouped;
use super::log::Told;
use super::period::Period;
use super::table::{Cell, Table, Tone};
use super::words;

/// Most entries that are listed at once.
const MOST_NEWEST: usize = 20;
/// Most entries that are listed in all; those behind the newest can be folded away.
const MOST_ENTRIES: usize = 120;

/// The checks and notes of a period.
#[derive(Debug, Clone)]
pub struct Timeline {
    /// Checks per day.
    pub chart: Bars,
    /// The same in numbers.
    pub table: Table,
    /// The newest entries, by day.
    pub newest: Vec<Day>,
    /// Those before them, by day.
    pub earlier: Vec<Day>,
    /// How many entries `earlier` has.
    pub earlier_count: usize,
    /// How many entries are not listed.
    pub more: usize,
}

/// The entries of one day, newest first.
#[derive(Debug, Clone)]
pub struct Day {
    /// "2026-11-23".
    pub name: String,
    /// Its entries.
    pub entries: Vec<Entry>,
}

/// A check or a note.
#[derive(Debug, Clone)]
pub struct Entry {
    /// "17:13".
    pub time: String,
    /// How good it is.
    pub tone: Tone,
    /// "passed", "blocker".
    pub state: String,
    /// The label of a check, or the text of a note.
    pub text: Option<String>,
    /// The command of a check.
    pub command: Option<String>,
    /// What else is to be said of it.
    pub remark: Option<&'static str>,
    /// The workspace.
    pub workspace: String,
}

/// Checks of one day by how they ended.
#[derive(Debug, Clone, Copy, Default)]
struct Count {
    passed: u64,
    failed: u64,
    unproven: u64,
    notes: u64,
}

impl Timeline {
    /// The timeline of what was told in a period, as far as it is still shown.
    pub fn of(told: &[Told], retention: &[RetentionOverride], period: &Period) -> Timeline {
        let mut latest: BTreeMap<(&str, &str), u64> = BTreeMap::new();
        for told in told {
            if let Kind::HandoffNote(note) = &told.kind {
                let stamp = latest.entry((&told.workspace, note.id())).or_default();
                *stamp = told.stamp.max(*stamp);
            }
        }
        let is_last = |told: &&Told| match &told.kind {
            Kind::HandoffNote(note) => {
                latest.get(&(told.workspace.as_str(), note.id())) == Some(&told.stamp)
            }
            Kind::Validation(_) => true,
            _ => false,
        };
        let is_shown = |told: &&Told| {
            let days = kind_numbered(told.number).map(|kind| retention_days(kind, retention));
            let kept = i64::from(days.unwrap_or(0)).saturating_mul(DAY_MS);
            period.now <= told.at.saturating_add(kept)
        };
        let mut shown: Vec<(usize, &Told)> = told
            .iter()
            .filter(is_last)
            .filter(is_shown)
            .filter_map(|told| Some((period.day_of(told.at)?, told)))
            .collect();
        shown.sort_by_key(|(_, told)| std::cmp::Reverse((told.at, told.stamp)));
        let mut counts = vec![Count::default(); period.days.len()];
        for (day, told) in &shown {
            if let Some(count) = counts.get_mut(*day) {
                count.add(&told.kind);
            }
        }
        let listed = shown.get(..MOST_ENTRIES).unwrap_or(&shown);
        let (newest, earlier) = listed.split_at(listed.len().min(MOST_NEWEST));
        Timeline {
            chart: chart(&counts, period),
            table: table(&counts, period),
            newest: by_day(newest, period),
            earlier: by_day(earlier, period),
            earlier_count: earlier.len(),
            more: shown.len() - listed.len(),
        }
    }

    /// Whether there was nothing.
    pub fn is_empty(&self) -> bool {
        self.newest.is_empty()
    }
}

impl Count {
    fn add(&mut self, kind: &Kind) {
        match kind {
            Kind::Validation(validation) => match how(validation) {
                Tone::Good => self.passed += 1,
                Tone::Bad => self.failed += 1,
                _ => self.unproven += 1,
            },
            _ => self.notes += 1,
        }
    }
}

/// How a check ended, as far as that is proof.
fn how(validation: &Validation) -> Tone {
    if words::is_hearsay(validation) {
        return Tone::Plain;
    }
    words::outcome(validation).0
}

fn chart(counts: &[Count], period: &Period) -> Bars {
    let series = |name, class, pick: fn(&Count) -> u64| Series {
        name,
        class,
        values: counts.iter().map(pick).collect(),
    };
    let series = [
        series("passed", "passed", |count| count.passed),
        series("failed", "failed", |count| count.failed),
        series("not proven", "unproven", |count| count.unproven),
    ];
    Bars::new(
        "checks",
        "Checks per day".to_owned(),
        "checks",
        &period.days,
        &series,
    )
}

fn table(counts: &[Count], period: &Period) -> Table {
    let titles = &["Day", "#Passed", "#Failed", "#Not proven", "#Notes"];
    let mut table = Table::new("checks-table", "Checks and notes per day", titles);
    for (day, count) in period.days.iter().zip(counts).rev() {
        let numbers = [count.passed, count.failed, count.unproven, count.notes];
        if numbers == [0; 4] {
            continue;
        }
        let [passed, failed, unproven, notes] = numbers.map(|number| Cell::from(grouped(number)));
        table.add([day.to_string().into(), passed, failed, unproven, notes]);
    }
    table
}

/// Entries, of which each has the day that it is of.
fn by_day(entries: &[(usize, &Told)], period: &Period) -> Vec<Day> {
    let days = entries.chunk_by(|(a, _), (b, _)| a == b).map(|of_day| {
        let day = of_day.first().and_then(|(day, _)| period.days.get(*day));
        let name = day.map(|day| day.strftime("%a %Y-%m-%d").to_string());
        Day {
            name: name.unwrap_or_default(),
            entries: of_day.iter().map(|(_, told)| entry(told, period)).collect(),
        }
    });
    days.collect()
}

fn entry(told: &Told, period: &Period) -> Entry {
    let clock = period.clock(told.at);
    let time = clock.split_once(' ').map_or("?", |(_, time)| time);
    let entry = Entry {
        time: time.to_owned(),
        tone: Tone::Plain,
        state: String::new(),
        text: None,
        command: None,
        remark: None,
        workspace: words::name(&told.workspace),
    };
    match &told.kind {
        Kind::Validation(validation) => {
            let (tone, state) = words::outcome(validation);
            let (text, command) = words::check(validation);
            let is_hearsay = words::is_hearsay(validation);
            Entry {
                tone: if is_hearsay { Tone::Plain } else { tone },
                state,
                text,
                command: Some(command),
                remark: is_hearsay.then_some("reported, not proof"),
                ..entry
            }
        }
        Kind::HandoffNote(note) => {
            let (tone, state) = words::category(note);
            Entry {
                tone,
                state: state.to_owned(),
                text: Some(words::text(note.text())),
                ..entry
            }
        }
        _ => entry,
    }
}

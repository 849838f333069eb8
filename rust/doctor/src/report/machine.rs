//! Tables of what belongs to no workspace: models, runtimes, settings, and what is stored.

use std::collections::BTreeMap;

use baton_state::brief::fields::enum_of;
use baton_state::brief::time::{ago, span};
use baton_state::r#gen::tables::CONFIG_FACT;
use baton_state::proto::state::v1::{ModelHealth, RetentionOverride};
use baton_state::record::kind::kind_numbered;

use super::figures::{bytes, grouped};
use super::period::Period;
use super::stored::{Stored, shown_for};
use super::table::{Cell, Table, Tone};
use super::words;
use crate::view::View;

/// Most rows of a table of models, runtimes or settings.
const MOST_ROWS: usize = 40;
/// Where the rows are that are left out.
const ELSEWHERE: &str = "opencode-proxy-doctor status lists them";

/// Whether models can be used.
pub fn models(view: &View, period: &Period) -> Table {
    let titles = &[
        "Model",
        "State",
        "Limited until",
        "#Requests left",
        "Last answer",
        "Seen",
    ];
    let mut table = Table::new("models-table", "Models, newest first", titles);
    for noted in view.models.iter().take(MOST_ROWS) {
        let model = &noted.value;
        let (tone, state) = words::model_state(model.state);
        let until = match (model.limited_until(), state) {
            (Some(until), _) => period.clock(until),
            (None, "limited") => "not known".to_owned(),
            _ => String::new(),
        };
        table.add([
            model_name(&model.health).into(),
            Cell::State(tone, state.to_owned()),
            until.into(),
            left(&model.health).into(),
            match model.health.last_status {
                None => String::new(),
                Some(0) => "none".to_owned(),
                Some(status) => format!("HTTP {status}"),
            }
            .into(),
            ago(noted.at, view.now).into(),
        ]);
    }
    table.left_out(view.models.len().saturating_sub(MOST_ROWS), ELSEWHERE);
    table
}

fn model_name(health: &ModelHealth) -> String {
    let model = words::name(health.model());
    match health.provider() {
        "" => model,
        provider => format!("{}/{model}", words::text(provider)),
    }
}

/// Requests left, of how many, as the provider said.
fn left(health: &ModelHealth) -> String {
    let number = |value: f64| format!("{}", value.round());
    match (health.remaining, health.limit) {
        (Some(left), Some(limit)) => format!("{} of {}", number(left), number(limit)),
        (Some(left), None) => number(left),
        (None, _) => String::new(),
    }
}

/// How the runtimes do.
pub fn runtimes(view: &View) -> Table {
    let titles = &[
        "Runtime",
        "State",
        "Version",
        "Routing",
        "#Requests",
        "#Failed",
        "Seen",
    ];
    let mut table = Table::new("runtimes-table", "Runtimes, newest first", titles);
    for noted in view.runtimes.iter().take(MOST_ROWS) {
        let runtime = &noted.value;
        let state = match (runtime.up, runtime.uptime_seconds) {
            (Some(true), Some(uptime)) => {
                let uptime = i64::try_from(uptime).unwrap_or(i64::MAX);
                Cell::State(Tone::Good, format!("up for {}", span(uptime)))
            }
            (Some(true), None) => Cell::State(Tone::Good, "up".to_owned()),
            (Some(false), _) => Cell::State(Tone::Bad, "down".to_owned()),
            (None, _) => Cell::State(Tone::Plain, "not known".to_owned()),
        };
        let port = runtime.port.map(|port| format!(" on port {port}"));
        let text = |value: &Option<String>| value.as_deref().map(words::text).unwrap_or_default();
        let count = |value: Option<u64>| value.map(grouped).unwrap_or_default();
        table.add([
            format!(
                "{}{}",
                words::name(runtime.name()),
                port.unwrap_or_default()
            )
            .into(),
            state,
            text(&runtime.version).into(),
            text(&runtime.routing).into(),
            count(runtime.requests).into(),
            count(runtime.failures).into(),
            ago(noted.at, view.now).into(),
        ]);
    }
    table.left_out(view.runtimes.len().saturating_sub(MOST_ROWS), ELSEWHERE);
    table
}

/// Settings to rely on.
pub fn settings(view: &View) -> Table {
    let titles = &["Of", "Setting", "Value", "Seen"];
    let mut table = Table::new(
        "settings-table",
        "Settings to rely on, newest first",
        titles,
    );
    for noted in view.facts.iter().take(MOST_ROWS) {
        let fact = &noted.value;
        let word = |name, value| {
            let word = enum_of(&CONFIG_FACT, name, value).filter(|word| !word.is_empty());
            Cell::from(word.unwrap_or("?").replace('_', " "))
        };
        table.add([
            word("subject", fact.subject),
            word("name", fact.name),
            words::name(fact.value()).into(),
            ago(noted.at, view.now).into(),
        ]);
    }
    table.left_out(view.facts.len().saturating_sub(MOST_ROWS), ELSEWHERE);
    table
}

/// What is stored, by kind, and for how long it is shown.
pub fn stored(
    stored: &BTreeMap<u32, Stored>,
    retention: &[RetentionOverride],
    period: &Period,
) -> Table {
    let titles = &["Kind", "#Records", "#Bytes", "Oldest", "Shown for"];
    let mut table = Table::new("stored-table", "Records by kind", titles);
    let mut newer = Stored::default();
    for (number, of_kind) in stored {
        let Some(kind) = kind_numbered(*number) else {
            newer.records += of_kind.records;
            newer.bytes += of_kind.bytes;
            continue;
        };
        table.add([
            kind.name.replace('_', " ").into(),
            grouped(of_kind.records).into(),
            bytes(of_kind.bytes).into(),
            of_kind
                .oldest
                .map(|at| period.clock(at))
                .unwrap_or_default()
                .into(),
            shown_for(kind, retention).into(),
        ]);
    }
    if newer.records > 0 {
        table.add([
            "newer than this program".into(),
            grouped(newer.records).into(),
            bytes(newer.bytes).into(),
            "".into(),
            "not shown".into(),
        ]);
    }
    table
}

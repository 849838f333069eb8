//! `status`: the folded state of all workspaces and of the machine.

use baton_state::brief::time::ago;
use baton_state::fold::Winner;
use baton_state::fold::state::state_of;
use baton_state::index::load::load_everything;
use baton_state::index::loaded::Loaded;
use baton_state::index::loaded::Places;
use baton_state::json::json_of_bytes;
use baton_state::proto::state::v1::{Health, ModelUsage, RetentionOverride, Status};
use prost::Message;

use super::context::Context;
use super::lines::fields_text;
use crate::outcome::Outcome;
use crate::table::Rows;
use baton_native::failure::Failure;
use baton_native::output::{Output, shown};

/// Prints tables for people, or the Status message with `--json`.
pub fn run(context: &mut Context) -> Result<Outcome, Failure> {
    let retention = context.home.config()?.retention;
    let places = Places::of(&context.home);
    let loaded = load_everything(&places, context.now)?;
    let status = loaded.status(&retention);
    if context.out.json {
        context
            .out
            .data(json_of_bytes("baton.state.v1.Status", &status)?)?;
    } else {
        print(&mut context.out, &loaded, &retention, context.now)?;
        let machine = Status::decode(status.as_slice())
            .ok()
            .and_then(|status| status.machine)
            .unwrap_or_default();
        print_usage(&mut context.out, &machine.usage)?;
        context
            .out
            .line(health_line(&machine.health.unwrap_or_default()))?;
    }
    context.out.flush()?;
    // The answer is out. That the index could not be written is for `check` to tell.
    let _ = loaded.keep(&places);
    Ok(Outcome::Done)
}

fn print(
    out: &mut Output,
    loaded: &Loaded,
    retention: &[RetentionOverride],
    now: i64,
) -> Result<(), Failure> {
    let fold = loaded.fold(now, None);
    let state = state_of(&fold, retention);
    let mut winners: Vec<&Winner<'_>> = state.winners.iter().map(|(_, winner)| *winner).collect();
    // The sort is stable: inside a workspace the order stays that of the keys.
    winners.sort_by_key(|winner| (winner.workspace.is_none(), winner.workspace));
    for of_one in winners.chunk_by(|a, b| a.workspace == b.workspace) {
        let name = of_one
            .first()
            .and_then(|winner| winner.workspace)
            .map(String::from_utf8_lossy);
        out.line(shown(name.as_deref().unwrap_or("this machine")).as_ref())?;
        let mut rows = Rows::new(out, &["kind", "when", "what"]);
        for winner in of_one {
            let when = ago(winner.observed_at, now);
            rows.add([
                winner.kind.name,
                &when,
                &fields_text(winner.kind, winner.record.payload),
            ]);
        }
        rows.print(out)?;
        out.line("")?;
    }
    Ok(())
}

fn print_usage(out: &mut Output, usage: &[ModelUsage]) -> Result<(), Failure> {
    if usage.is_empty() {
        return Ok(());
    }
    let titles = [
        "the last 24 hours",
        "#requests",
        "#failed",
        "#limited",
        "#tokens",
        "#estimated",
    ];
    let mut rows = Rows::new(out, &titles);
    for model in usage {
        let numbers = [
            model.requests(),
            model.failures(),
            model.rate_limited(),
            model.reported_tokens(),
            model.estimated_tokens(),
        ];
        rows.add(
            [model.model().to_owned()]
                .into_iter()
                .chain(numbers.map(|number| number.to_string())),
        );
    }
    rows.print(out)?;
    out.line("")
}

fn health_line(health: &Health) -> String {
    let mut line = format!(
        "{} records in {} segments",
        health.records(),
        health.segments()
    );
    let amiss = [
        (health.corrupt_ranges(), "corrupt ranges"),
        (health.foreign_files(), "files that are no segments"),
        (health.newer_than_me(), "records newer than this program"),
        (health.from_future(), "records from the future"),
        (health.malformed(), "records that are not understood"),
        (health.dropped(), "records dropped by recorders"),
    ];
    for (count, what) in amiss.into_iter().filter(|(count, _)| *count > 0) {
        line.push_str(&format!(", {count} {what}"));
    }
    line
}

//! `usage`: what the proxy was used for, with the keys and numbers of its own `/usage`.

use std::env::var_os;
use std::fs;
use std::path::{Path, PathBuf};

use baton_state::fold::state::retention_days;
use baton_state::r#gen::tables::ERROR_USAGE_FILE;
use baton_state::record::error::BatonError;
use baton_state::record::kind::kind_named;
use baton_state::segment::folder::read_folder;
use baton_state::usage::line::events_of_text;
use baton_state::usage::path::{shown_path, usage_path};
use baton_state::usage::print::usage_summary_json;
use baton_state::usage::stored::events_of_folder;
use baton_state::usage::summary::{SummaryOptions, UsageSummary, summarize_usage};
use baton_state::usage::totals::Totals;
use jiff::tz::TimeZone;

use super::context::Context;
use crate::cli::UsageArgs;
use crate::outcome::Outcome;
use crate::table::Rows;
use baton_native::failure::Failure;
use baton_native::output::Output;

const KIND: &str = "usage_event";
/// Upstream's default.
const DAYS: u32 = 7;

/// Prints tables for people, or upstream's summary with `--json`.
pub fn run(context: &mut Context, args: &UsageArgs) -> Result<Outcome, Failure> {
    let user_home = var_os("HOME")
        .or_else(|| var_os("USERPROFILE"))
        .map(PathBuf::from)
        .unwrap_or_default();
    let configured = var_os("USAGE_DB_PATH").map(|path| path.to_string_lossy().into_owned());
    let file = args
        .file
        .clone()
        .or_else(|| usage_path(configured.as_deref(), &user_home));
    let retention = context.home.config()?.retention;
    let retention_days = kind_named(KIND).map_or(0, |kind| retention_days(kind, &retention));
    let options = SummaryOptions {
        now: context.now,
        days: args.days.unwrap_or(DAYS),
        models: &[],
        time_zone: &TimeZone::system(),
        enabled: file.is_some(),
        path: &file
            .as_deref()
            .map(|file| shown_path(file, &user_home))
            .unwrap_or_default(),
        retention_days,
    };
    let summary = match &args.file {
        Some(file) => summarize_usage(events_of_text(&read(file)?, context.now), &options),
        None => {
            let folder = read_folder(&context.home.segments())?;
            let events = events_of_folder(&folder, retention_days, context.now);
            summarize_usage(events, &options)
        }
    };
    if context.out.json {
        context.out.line(usage_summary_json(&summary))?;
    } else {
        print(&mut context.out, &summary)?;
    }
    Ok(Outcome::Done)
}

fn read(file: &Path) -> Result<Vec<u8>, BatonError> {
    fs::read(file).map_err(|error| BatonError::new(&ERROR_USAGE_FILE).at(error.kind().to_string()))
}

const TITLES: [&str; 7] = [
    "",
    "#requests",
    "#failed",
    "#limited",
    "#tokens",
    "#cost",
    "#ms",
];

fn print(out: &mut Output, summary: &UsageSummary) -> Result<(), Failure> {
    let mut days = Rows::new(out, &TITLES);
    for day in summary.by_day.iter().filter(|day| day.totals.requests > 0) {
        days.add(row(&day.day.to_string(), &day.totals));
    }
    days.add(row("all", &summary.totals));
    let mut models = Rows::new(out, &TITLES);
    for model in &summary.by_model_24h {
        models.add(row(&String::from_utf8_lossy(&model.model), &model.totals));
    }
    days.print(out)?;
    if models.is_empty() {
        return Ok(());
    }
    out.line("\nThe last 24 hours")?;
    models.print(out)
}

fn row(name: &str, totals: &Totals) -> [String; 7] {
    [
        name.to_owned(),
        totals.requests.to_string(),
        totals.fail().to_string(),
        totals.rate_limited.to_string(),
        totals.total_tokens.to_string(),
        totals.cost().to_string(),
        totals.latency_ms_avg().to_string(),
    ]
}

//! `report`: one page to look at instead of read. It is a single HTML file that runs nothing and asks for nothing.

mod chart;
mod escape;
mod figures;
mod glance;
mod hand;
mod limit_section;
mod limits;
mod log;
mod machine;
mod period;
mod place;
mod policy;
mod spans;
mod stored;
mod table;
mod timeline;
mod usage;
mod usage_section;
mod words;
mod work;

use askama::Template;
use baton_state::fold::DAY_MS;
use baton_state::fold::state::retention_days;
use baton_state::proto::state::v1::RetentionOverride;
use baton_state::proto::state::v1::record::Kind;
use baton_state::record::kind::kind_named;
use baton_state::segment::folder::Folder;
use jiff::tz::TimeZone;

use self::figures::{bytes, counted, grouped, share, short};
use self::glance::{Look, Tile, looks, tiles, troubles};
use self::limit_section::LimitSection;
use self::limits::limits_of;
use self::log::Log;
use self::period::Period;
use self::stored::stored_of;
use self::table::Table;
use self::timeline::Timeline;
use self::usage::{Sums, Usage};
use self::usage_section::UsageSection;
use self::work::Work;
use crate::view::View;

/// How a page of this program begins, whatever its version.
pub const BEGINNING: &str = "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"generator\" content=\"opencode-proxy-doctor ";

const STYLE: &str = include_str!("style.css");

/// What a page is made of.
#[derive(Debug)]
pub struct Question<'a> {
    /// What people look at.
    pub view: &'a View,
    /// The segments, read from the start.
    pub folder: &'a Folder,
    /// Days that kinds are shown, as the configuration has them.
    pub retention: &'a [RetentionOverride],
    /// Local days that it is about, today included.
    pub days: u32,
    /// Whose calendar days count.
    pub zone: TimeZone,
}

#[derive(Template)]
#[template(path = "page.html")]
struct Page {
    beginning: &'static str,
    version: &'static str,
    policy: String,
    style: &'static str,
    at: String,
    offset: String,
    days: usize,
    first_day: String,
    tiles: Vec<Tile>,
    looks: Vec<Look>,
    more_looks: usize,
    work: Work,
    timeline: Timeline,
    usage_sum: Option<String>,
    usage: UsageSection,
    limit_sum: Option<String>,
    limits: LimitSection,
    models: Table,
    runtimes: Table,
    settings: Table,
    stored: Table,
    stored_sum: String,
    troubles: Vec<String>,
}

/// The page. The same question gives the same bytes. Refuses nothing: a template that cannot be written is a defect.
pub fn page(question: Question<'_>) -> Result<String, askama::Error> {
    let Question {
        view,
        folder,
        retention,
        days,
        zone,
    } = question;
    let period = Period::new(view.now, days, zone);
    let kept_days = kind_named("usage_event").map_or(0, |kind| retention_days(kind, retention));
    let kept_from = view
        .now
        .saturating_sub(i64::from(kept_days).saturating_mul(DAY_MS));
    let log = Log::of(folder, &period, kept_from);
    let usage = Usage::of(&log.events, &period);
    let health = log.told.iter().filter_map(|told| match &told.kind {
        Kind::ModelHealth(health) => Some((health, told.at)),
        _ => None,
    });
    let limits = limits_of(&log.events, health, &period);
    let by_kind = stored_of(folder);
    let segments = folder.segments.iter().map(|segment| segment.bytes).sum();
    let (looks, more_looks) = looks(view, &period);
    let page = Page {
        beginning: BEGINNING,
        version: env!("CARGO_PKG_VERSION"),
        policy: policy::policy_of(STYLE),
        style: STYLE,
        at: period.clock(view.now),
        offset: period.offset(),
        days: period.days.len(),
        first_day: period
            .days
            .first()
            .map(ToString::to_string)
            .unwrap_or_default(),
        tiles: tiles(view, &usage.all, segments),
        looks,
        more_looks,
        work: Work::of(view),
        timeline: Timeline::of(&log.told, retention, &period),
        usage: UsageSection::of(&usage, &period),
        limit_sum: limit_sum(&usage.all, !limits.is_empty()),
        limits: LimitSection::of(&usage, &limits, &period),
        models: machine::models(view, &period),
        runtimes: machine::runtimes(view),
        settings: machine::settings(view),
        stored: machine::stored(&by_kind, retention, &period),
        stored_sum: format!(
            "{} in {}, {}",
            records(view.health.records()),
            counted(view.health.segments() as usize, "segment"),
            bytes(segments)
        ),
        troubles: troubles(&view.health),
        usage_sum: usage_sum(&usage.all, kept_days, days),
    };
    page.render()
}

fn records(count: u64) -> String {
    format!(
        "{} record{}",
        grouped(count),
        if count == 1 { "" } else { "s" }
    )
}

/// What there is to say of the requests; None where there was none. `kept` is the days that they are shown for.
fn usage_sum(sums: &Sums, kept: u32, days: u32) -> Option<String> {
    let kept = match kept {
        kept if kept < days => format!(" Requests are shown for {kept} days."),
        _ => String::new(),
    };
    (sums.requests > 0).then(|| {
        format!(
            "{} requests, {} of them failed. Providers reported {} tokens. The proxy estimated {} more, which are never part \
             of the reported ones.{kept}",
            grouped(sums.requests),
            share(sums.failed, sums.requests),
            short(sums.reported),
            short(sums.estimated)
        )
    })
}

/// What there is to say of limits and errors; None where there were none.
fn limit_sum(sums: &Sums, is_limited: bool) -> Option<String> {
    (sums.failed > 0 || sums.limited > 0 || is_limited).then(|| {
        format!(
            "A limit turned away {} of {} requests; {} failed otherwise.",
            grouped(sums.limited),
            grouped(sums.requests),
            grouped(sums.errors)
        )
    })
}

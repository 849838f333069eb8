//! Requests per minute, today's sums, and the models of the last 24 hours.

use baton_state::proto::state::v1::ModelUsage;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::{Sparkline, Widget};

use super::draw::{Picture, draw_head, draw_row};
use super::rows::{Row, Tone};
use crate::view::Sums;

const MINUTE_MS: i64 = 60_000;
/// Most models that are listed.
const MOST_MODELS: usize = 6;

/// Rows that the usage takes of at most so many, three at least: a head, so many of the curve, today's sums, and the models
/// of the last 24 hours where the curve is more than a line.
pub fn usage_rows(picture: &Picture<'_>, curve: u16, most: u16) -> u16 {
    let models = picture.view.usage.by_model.len().min(MOST_MODELS) as u16;
    let models = if curve > 1 { models } else { 0 };
    (curve + 2 + models).min(most.max(3))
}

/// Draws the usage, the curve as high as the rows leave room for.
pub fn draw_usage(buffer: &mut Buffer, area: Rect, picture: &Picture<'_>) {
    let usage = &picture.view.usage;
    let last = picture.now.div_euclid(MINUTE_MS);
    let minutes = (0..i64::from(area.width)).rev().map(|ago| last - ago);
    let minutes: Vec<u64> = minutes
        .map(|minute| usage.by_minute.get(&minute).copied().unwrap_or(0))
        .collect();
    let (now, most) = (minutes.last().copied().unwrap_or(0), minutes.iter().max());
    let most = most.copied().unwrap_or(0);
    let aside = format!("now {now}, most {most}, {} min", minutes.len());
    draw_head(buffer, area, "Requests per minute", &aside, false, picture);
    let mut models = rows_of(&usage.by_model);
    models.truncate(usize::from(area.height.saturating_sub(3) / 2));
    let below = models.len() as u16 + 1;
    let curve = Rect {
        y: area.y + 1,
        height: area.height.saturating_sub(below + 1),
        ..area
    };
    Sparkline::default()
        .data(minutes)
        .max(most.max(1))
        .style(picture.style(Tone::Busy))
        .render(curve, buffer);
    let today = Row {
        mark: "today".to_owned(),
        tone: Tone::Plain,
        text: sums(&usage.today),
        aside: String::new(),
    };
    for (at, row) in (curve.height + 1..).zip([today].iter().chain(&models)) {
        draw_row(buffer, area, at, row, picture);
    }
}

fn sums(sums: &Sums) -> String {
    let mut text = format!("{} requests", sums.requests);
    for (count, what) in [(sums.failures, "failed"), (sums.rate_limited, "limited")] {
        if count > 0 {
            text.push_str(&format!(", {count} {what}"));
        }
    }
    text + &tokens(sums.reported_tokens, sums.estimated_tokens)
}

/// The reported ones, and the estimated ones apart.
fn tokens(reported: u64, estimated: u64) -> String {
    match estimated {
        0 => format!(", {reported} tokens"),
        estimated => format!(", {reported} tokens, {estimated} estimated"),
    }
}

/// The models of the last 24 hours, most requests first.
fn rows_of(models: &[ModelUsage]) -> Vec<Row> {
    let mut models: Vec<&ModelUsage> = models.iter().collect();
    models.sort_by_key(|model| std::cmp::Reverse(model.requests()));
    let rows = models.into_iter().take(MOST_MODELS).map(|model| Row {
        mark: "24 h".to_owned(),
        tone: Tone::Over,
        text: model.model().to_owned(),
        aside: format!(
            "{} requests, {} failed{}",
            model.requests(),
            model.failures(),
            tokens(model.reported_tokens(), model.estimated_tokens())
        ),
    });
    rows.collect()
}

//! A chart of spans of time, one row per thing.

use askama::Template;

use super::chart::{Tick, ticks};
use super::period::Period;
use super::place::Place;

/// Pixels of a row: its name, then its spans.
const ROW: f64 = 38.0;
/// Pixels below the rows, for the days.
const BELOW: f64 = 22.0;

/// Rows of spans over the days of a period.
#[derive(Debug, Clone, Template)]
#[template(path = "spans.html")]
pub struct Spans {
    id: &'static str,
    title: &'static str,
    description: String,
    height: Place,
    rows: Vec<Row>,
    ticks: Vec<Tick>,
}

#[derive(Debug, Clone)]
struct Row {
    name: String,
    note: String,
    text: Place,
    track: Place,
    spans: Vec<Span>,
}

#[derive(Debug, Clone)]
struct Span {
    x: Place,
    width: Place,
    title: String,
}

/// A row as it is asked for: its name, what is said at its other end, and its spans (milliseconds since 1970).
#[derive(Debug, Clone)]
pub struct SpanRow {
    /// Its name.
    pub name: String,
    /// What is said of all its spans.
    pub note: String,
    /// When each begins and ends.
    pub spans: Vec<(i64, i64)>,
}

impl Spans {
    /// The spans of a period, cut where it ends.
    pub fn new(
        id: &'static str,
        title: &'static str,
        description: String,
        period: &Period,
        rows: Vec<SpanRow>,
    ) -> Spans {
        let (from, until) = period.bounds();
        let length = (until - from).max(1) as f64;
        let percent = |at: i64| 100.0 * (at.clamp(from, until) - from) as f64 / length;
        let height = ROW * rows.len() as f64 + BELOW;
        let rows = rows.into_iter().zip(0_u32..).map(|(row, at)| {
            let top = ROW * f64::from(at);
            let spans = row.spans.iter().map(|(start, end)| Span {
                x: Place(percent(*start)),
                width: Place(percent(*end) - percent(*start)),
                title: format!("{} to {}", period.clock(*start), period.clock(*end)),
            });
            Row {
                text: Place(top + 14.0),
                track: Place(top + 20.0),
                spans: spans.collect(),
                name: row.name,
                note: row.note,
            }
        });
        Spans {
            id,
            title,
            description,
            height: Place(height),
            rows: rows.collect(),
            ticks: ticks(&period.days, height),
        }
    }
}

//! Charts of the page: bars over days, and spans over time. They are drawn in percent of their width and pixels of their
//! height, so that their text keeps its size on a narrow screen; colours are classes of the style sheet.

use askama::Template;
use jiff::civil::Date;

use super::figures::short;
use super::place::Place;

/// Pixels of the bars' area.
const HEIGHT: f64 = 132.0;
/// Pixels above it, for the label of the highest line.
const ABOVE: f64 = 18.0;
/// Pixels below it, for the days.
const BELOW: f64 = 22.0;
/// Part of a day's place that its bar takes.
const FILLED: f64 = 0.72;
/// Most days that are named below a chart, and below a small one.
const MOST_TICKS: usize = 5;
const MOST_SMALL_TICKS: usize = 3;

/// A series of a chart of bars: what the bars of all days show of one thing.
#[derive(Debug, Clone)]
pub struct Series {
    /// What it is, as the bars' own words say it: "reported".
    pub name: &'static str,
    /// Its class in the style sheet.
    pub class: &'static str,
    /// A number per day.
    pub values: Vec<u64>,
}

/// Bars over days, one part per series on top of each other.
#[derive(Debug, Clone, Template)]
#[template(path = "bars.html")]
pub struct Bars {
    id: String,
    title: String,
    description: String,
    keys: Vec<Key>,
    height: Place,
    base: Place,
    bars: Vec<Bar>,
    lines: Vec<Line>,
    ticks: Vec<Tick>,
}

/// The sum of a series beside its colour.
#[derive(Debug, Clone)]
struct Key {
    class: &'static str,
    text: String,
}

#[derive(Debug, Clone)]
struct Bar {
    x: Place,
    width: Place,
    title: String,
    parts: Vec<Part>,
}

#[derive(Debug, Clone)]
struct Part {
    class: &'static str,
    y: Place,
    height: Place,
}

/// A line across, at a round number.
#[derive(Debug, Clone)]
struct Line {
    y: Place,
    /// Where its label stands.
    above: Place,
    label: String,
}

/// The name of a day below the chart.
#[derive(Debug, Clone)]
pub struct Tick {
    /// Percent of the width.
    pub x: Place,
    /// Pixels from above.
    pub y: Place,
    /// "3 Nov".
    pub label: String,
    /// Which end of the text stands there: start, middle or end.
    pub anchor: &'static str,
}

impl Bars {
    /// The bars of some days; `unit` is what they count, as in "12 tokens".
    pub fn new(id: &str, title: String, unit: &str, days: &[Date], series: &[Series]) -> Bars {
        let of_day = |day: usize| series.iter().map(move |one| value(one, day));
        let totals: Vec<u64> = (0..days.len())
            .map(|day| of_day(day).fold(0, u64::saturating_add))
            .collect();
        let (top, step) = scale(totals.iter().copied().max().unwrap_or(0));
        let place = 100.0 / days.len().max(1) as f64;
        let bars = days.iter().enumerate().zip(&totals);
        let bars = bars.filter(|(_, total)| **total > 0);
        let bars = bars.map(|((at, day), _)| {
            let mut y = ABOVE + HEIGHT;
            let parts = series.iter().map(|one| (one.class, value(one, at)));
            let parts = parts.filter(|(_, value)| *value > 0).map(|(class, value)| {
                // What is there at all shows.
                let height = (HEIGHT * value as f64 / top as f64).max(1.5);
                y -= height;
                Part {
                    class,
                    y: Place(y),
                    height: Place(height),
                }
            });
            let told = series
                .iter()
                .map(|one| format!("{} {}", short(value(one, at)), one.name));
            let told: Vec<String> = told.collect();
            Bar {
                x: Place(place * (at as f64 + (1.0 - FILLED) / 2.0)),
                width: Place(place * FILLED),
                title: format!("{}: {}", day_name(*day), told.join(", ")),
                parts: parts.collect(),
            }
        });
        let lines = (1..).map(|n| step.saturating_mul(n));
        let lines = lines.take_while(|value| *value <= top).map(|value| {
            let y = ABOVE + HEIGHT - HEIGHT * value as f64 / top as f64;
            Line {
                y: Place(y),
                above: Place(y - 4.0),
                // A round number: no place behind its point tells more.
                label: short(value).replace(".0", ""),
            }
        });
        let keys = series.iter().zip(sums(series)).map(|(one, text)| Key {
            class: one.class,
            text,
        });
        Bars {
            id: id.to_owned(),
            title,
            description: description(unit, days, series, &totals),
            keys: keys.collect(),
            height: Place(ABOVE + HEIGHT + BELOW),
            base: Place(ABOVE + HEIGHT),
            bars: bars.collect(),
            lines: if totals.iter().any(|total| *total > 0) {
                lines.collect()
            } else {
                Vec::new()
            },
            ticks: ticks(days, ABOVE + HEIGHT + BELOW),
        }
    }

    /// The same chart, to stand beside others.
    pub fn small(self, days: &[Date]) -> Bars {
        let height = ABOVE + HEIGHT + BELOW;
        Bars {
            ticks: named(days, height, MOST_SMALL_TICKS),
            ..self
        }
    }
}

fn value(series: &Series, day: usize) -> u64 {
    series.values.get(day).copied().unwrap_or(0)
}

/// What is told of the bars in words: the sum of each series, and the highest day.
fn description(unit: &str, days: &[Date], series: &[Series], totals: &[u64]) -> String {
    let highest = days.iter().zip(totals).rev();
    let highest = highest.max_by_key(|(_, total)| **total);
    match highest.filter(|(_, total)| **total > 0) {
        Some((day, _)) => format!(
            "{} in {} days, highest on {}.",
            sums(series).join(", "),
            days.len(),
            day_name(*day)
        ),
        None => format!("No {unit} in {} days.", days.len()),
    }
}

/// "157 passed" for each series.
fn sums(series: &[Series]) -> Vec<String> {
    let sums = series.iter().map(|one| {
        let values = one.values.iter();
        let sum = values.fold(0, |sum: u64, value| sum.saturating_add(*value));
        format!("{} {}", short(sum), one.name)
    });
    sums.collect()
}

/// A round number at or above the highest value, and the step to it.
fn scale(highest: u64) -> (u64, u64) {
    let highest = highest.max(1);
    let mut unit: u64 = 1;
    while unit.saturating_mul(10) < highest {
        unit = unit.saturating_mul(10);
    }
    let steps = [1, 2, 5, 10].map(|factor| (unit / 2).max(1).saturating_mul(factor));
    let step = steps
        .into_iter()
        .find(|step| step.saturating_mul(3) >= highest);
    let step = step.unwrap_or(unit);
    let top = highest.div_ceil(step).saturating_mul(step);
    (top.max(highest), step)
}

/// The names of some days, evenly apart, at the lower edge of a chart of this height; the last one is named.
pub fn ticks(days: &[Date], height: f64) -> Vec<Tick> {
    named(days, height, MOST_TICKS)
}

fn named(days: &[Date], height: f64, most: usize) -> Vec<Tick> {
    let stride = days.len().div_ceil(most).max(1);
    let last = days.len().saturating_sub(1);
    let place = 100.0 / days.len().max(1) as f64;
    let named = days.iter().enumerate();
    let named = named.filter(|(at, _)| (last - at).is_multiple_of(stride));
    let ticks = named.map(|(at, day)| {
        let (x, anchor) = match at {
            _ if at == last && last > 0 => (100.0, "end"),
            0 => (0.0, "start"),
            at => (place * (at as f64 + 0.5), "middle"),
        };
        Tick {
            x: Place(x),
            y: Place(height - 5.0),
            label: day_name(*day),
            anchor,
        }
    });
    ticks.collect()
}

/// "3 Nov".
pub fn day_name(day: Date) -> String {
    day.strftime("%-d %b").to_string()
}

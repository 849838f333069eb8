//! The section about usage.

use jiff::civil::Date;

use super::chart::{Bars, Series};
use super::figures::grouped;
use super::period::Period;
use super::table::{Cell, Table};
use super::usage::{Sums, Usage, used};
use super::words;

/// What the proxy was used for.
#[derive(Debug, Clone)]
pub struct UsageSection {
    /// Tokens per day.
    pub chart: Bars,
    /// A chart of tokens per day for each model.
    pub models: Vec<Bars>,
    /// By model.
    pub by_model: Table,
    /// By day.
    pub by_day: Table,
    /// By day and model.
    pub by_day_and_model: Table,
}

const TITLES: &[&str] = &[
    "Model",
    "#Requests",
    "#Failed",
    "#Limited",
    "#Reported tokens",
    "#Estimated tokens",
    "#Cost",
    "#Average ms",
];

impl UsageSection {
    /// Of the usage of a period.
    pub fn of(usage: &Usage, period: &Period) -> UsageSection {
        let days = &period.days;
        let chart = |id: &str, title: String, sums: &[Sums]| {
            Bars::new(id, title, "tokens", days, &tokens(sums))
        };
        let models = usage.models.iter().enumerate().map(|(at, model)| {
            chart(
                &format!("model-{at}"),
                words::text(&model.name),
                &model.days,
            )
            .small(days)
        });
        let mut by_model = Table::new(
            "usage-models",
            "Usage by model, most requests first",
            TITLES,
        );
        for model in &usage.models {
            by_model.add(row(words::text(&model.name).into(), &model.all));
        }
        by_model.add(row("all".into(), &usage.all));
        let titles = &[
            "Day",
            "#Requests",
            "#Failed",
            "#Limited",
            "#Reported tokens",
            "#Estimated tokens",
            "#Cost",
            "#Average ms",
        ];
        let mut by_day = Table::new("usage-days", "Usage by day, today first", titles);
        for (day, sums) in used(days, &usage.days) {
            by_day.add(row(day.to_string().into(), sums));
        }
        UsageSection {
            chart: chart("tokens", "Tokens per day".to_owned(), &usage.days),
            models: models.collect(),
            by_model,
            by_day,
            by_day_and_model: by_day_and_model(usage, days),
        }
    }
}

/// Tokens, the reported ones and the estimated ones apart.
fn tokens(sums: &[Sums]) -> [Series; 2] {
    [
        Series {
            name: "reported",
            class: "reported",
            values: sums.iter().map(|sums| sums.reported).collect(),
        },
        Series {
            name: "estimated",
            class: "estimated",
            values: sums.iter().map(|sums| sums.estimated).collect(),
        },
    ]
}

fn row(name: Cell, sums: &Sums) -> [Cell; 8] {
    let Sums {
        requests,
        failed,
        limited,
        reported,
        estimated,
        ..
    } = *sums;
    let [requests, failed, limited, reported, estimated] =
        [requests, failed, limited, reported, estimated].map(|number| Cell::from(grouped(number)));
    let average = Cell::from(grouped(sums.average_ms()));
    [
        name,
        requests,
        failed,
        limited,
        reported,
        estimated,
        cost(sums.cost).into(),
        average,
    ]
}

/// A cost, which has no unit; nothing where there is none.
fn cost(cost: f64) -> String {
    if cost == 0.0 {
        String::new()
    } else {
        format!("{cost:.4}")
    }
}

fn by_day_and_model(usage: &Usage, days: &[Date]) -> Table {
    let titles = &[
        "Day",
        "Model",
        "#Requests",
        "#Failed",
        "#Reported tokens",
        "#Estimated tokens",
    ];
    let mut table = Table::new(
        "usage-days-models",
        "Usage by day and model, today first",
        titles,
    );
    for (at, day) in days.iter().enumerate().rev() {
        for model in &usage.models {
            let Some(sums) = model.days.get(at).filter(|sums| sums.requests > 0) else {
                continue;
            };
            let numbers = [sums.requests, sums.failed, sums.reported, sums.estimated];
            let [requests, failed, reported, estimated] = numbers.map(|n| Cell::from(grouped(n)));
            let name = Cell::from(words::text(&model.name));
            table.add([
                day.to_string().into(),
                name,
                requests,
                failed,
                reported,
                estimated,
            ]);
        }
    }
    table
}

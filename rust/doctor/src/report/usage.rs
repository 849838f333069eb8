//! What the proxy was used for, per day and model, with the tokens that were reported and those that were estimated apart.

use std::collections::BTreeMap;

use baton_state::usage::stored::RecordedEvent;
use jiff::civil::Date;

use super::period::Period;

/// Most models that are listed by name; the others are summed up as one.
pub const MOST_MODELS: usize = 8;

/// Sums over requests.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sums {
    /// Requests.
    pub requests: u64,
    /// Requests that failed.
    pub failed: u64,
    /// Requests that a rate limit turned away.
    pub limited: u64,
    /// Tokens that the provider reported.
    pub reported: u64,
    /// Tokens that the proxy estimated; never part of the reported ones.
    pub estimated: u64,
    /// Failed requests that no rate limit turned away.
    pub errors: u64,
    /// Cost as it was reported.
    pub cost: f64,
    latency_ms: u64,
}

impl Sums {
    fn add(&mut self, recorded: &RecordedEvent) {
        let event = &recorded.event;
        self.requests += 1;
        self.failed += u64::from(!event.ok());
        self.limited += u64::from(event.rate_limited());
        self.errors += u64::from(!event.ok() && !event.rate_limited());
        if event.usage_reported() {
            self.reported = self.reported.saturating_add(event.total_tokens());
        } else if event.usage_estimated() {
            self.estimated = self.estimated.saturating_add(event.total_tokens());
        }
        self.cost += event.cost();
        self.latency_ms = self.latency_ms.saturating_add(event.latency_ms());
    }

    fn add_all(&mut self, other: &Sums) {
        self.requests += other.requests;
        self.failed += other.failed;
        self.limited += other.limited;
        self.reported = self.reported.saturating_add(other.reported);
        self.estimated = self.estimated.saturating_add(other.estimated);
        self.errors += other.errors;
        self.cost += other.cost;
        self.latency_ms = self.latency_ms.saturating_add(other.latency_ms);
    }

    /// Time that a request took on average, in whole milliseconds.
    pub fn average_ms(&self) -> u64 {
        self.latency_ms / self.requests.max(1)
    }
}

/// The usage of one model.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelDays {
    /// Its name; of several that are summed up, how many.
    pub name: String,
    /// Over all days.
    pub all: Sums,
    /// A day each, in the order of the period.
    pub days: Vec<Sums>,
}

/// The usage of a period.
#[derive(Debug, Clone, PartialEq)]
pub struct Usage {
    /// Over all days.
    pub all: Sums,
    /// A day each, in the order of the period.
    pub days: Vec<Sums>,
    /// By model: most requests first, then by name; the last one may sum up others.
    pub models: Vec<ModelDays>,
    /// Failed requests by the class of the failure, most first.
    pub errors: Vec<(String, u64)>,
}

impl Usage {
    /// The usage that events add up to; those outside of the period are passed over.
    pub fn of<'a>(events: impl IntoIterator<Item = &'a RecordedEvent>, period: &Period) -> Usage {
        let none = || vec![Sums::default(); period.days.len()];
        let (mut all, mut days) = (Sums::default(), none());
        let mut by_model: BTreeMap<&str, (Sums, Vec<Sums>)> = BTreeMap::new();
        let mut classes: BTreeMap<&str, u64> = BTreeMap::new();
        for event in events {
            let Some(day) = period.day_of(event.ts.trunc() as i64) else {
                continue;
            };
            let name = model_of(event);
            let model = by_model
                .entry(name)
                .or_insert_with(|| (Sums::default(), none()));
            all.add(event);
            model.0.add(event);
            for sums in [days.get_mut(day), model.1.get_mut(day)]
                .into_iter()
                .flatten()
            {
                sums.add(event);
            }
            if !event.event.ok() {
                let class = match event.event.error_class() {
                    "" => "unknown",
                    class => class,
                };
                *classes.entry(class).or_default() += 1;
            }
        }
        let models = by_model.into_iter().map(|(name, (all, days))| ModelDays {
            name: name.to_owned(),
            all,
            days,
        });
        let mut errors: Vec<_> = classes
            .into_iter()
            .map(|(class, count)| (class.to_owned(), count))
            .collect();
        // Both sorts are stable, and both maps are in byte order.
        errors.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        Usage {
            all,
            days,
            models: most_used(models.collect()),
            errors,
        }
    }
}

/// The model that a request asked for.
pub fn model_of(event: &RecordedEvent) -> &str {
    match event.event.model() {
        "" => "unknown",
        model => model,
    }
}

/// The models with most requests, and the others as one.
fn most_used(mut models: Vec<ModelDays>) -> Vec<ModelDays> {
    models.sort_by_key(|model| std::cmp::Reverse(model.all.requests));
    if models.len() <= MOST_MODELS {
        return models;
    }
    let others = models.split_off(MOST_MODELS - 1);
    let mut sum = ModelDays {
        name: format!("{} others", others.len()),
        all: Sums::default(),
        days: Vec::new(),
    };
    for other in others {
        sum.all.add_all(&other.all);
        sum.days.resize(other.days.len(), Sums::default());
        for (sums, more) in sum.days.iter_mut().zip(&other.days) {
            sums.add_all(more);
        }
    }
    models.push(sum);
    models
}

/// The days with requests, today first.
pub fn used<'a>(days: &'a [Date], sums: &'a [Sums]) -> impl Iterator<Item = (&'a Date, &'a Sums)> {
    let both = days.iter().zip(sums).rev();
    both.filter(|(_, sums)| sums.requests > 0)
}

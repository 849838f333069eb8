//! What the proxy tells of itself: `/health`, and `/metrics` where it lets one see that.

use jiff::Timestamp;
use serde_json::Value;

/// Whether the proxy shows `/metrics`, which it may keep for those who know its MANAGEMENT_TOKEN.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Access {
    /// It does.
    Open,
    /// It asks for a token, and none was sent.
    NeedsToken,
    /// It takes another token than the one that was sent.
    WrongToken,
    /// It has no token, and shows nothing while HOST lets other machines in.
    Closed,
    /// It did not answer with any of these.
    #[default]
    Unknown,
}

impl Access {
    /// What a status of `/metrics` says, which was asked for with a token or without one.
    #[must_use]
    pub(crate) fn of(status: u16, has_token: bool) -> Self {
        match (status, has_token) {
            (200, _) => Access::Open,
            (401, false) => Access::NeedsToken,
            (401, true) => Access::WrongToken,
            (403, _) => Access::Closed,
            _ => Access::Unknown,
        }
    }
}

/// What the proxy tells, as it tells it: no text of it has been judged.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Told {
    /// How it says it does: `ok`.
    pub status: String,
    /// The models that it offers.
    pub models: Vec<String>,
    /// Whether it shows `/metrics`.
    pub access: Access,
    pub(crate) metrics: Value,
}

/// How a model does, as the proxy tells it: probes of its own count, which no record holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelTold {
    /// Its name.
    pub model: String,
    /// `available`, `limited`, `retry`, `error` or `untested`.
    pub state: String,
    /// Seconds until the limit ends.
    pub reset_in_seconds: Option<i64>,
    /// When it was last asked: milliseconds since 1970.
    pub seen_at: Option<i64>,
}

impl Told {
    /// Its version, where `/metrics` tells it.
    #[must_use]
    pub fn version(&self) -> Option<&str> {
        self.metrics["app_version"].as_str()
    }

    /// How it picks a model, where `/metrics` tells it.
    #[must_use]
    pub fn routing(&self) -> Option<&str> {
        self.metrics["routing"].as_str()
    }

    /// How its models do, where `/metrics` tells it.
    #[must_use]
    pub fn model_states(&self) -> Vec<ModelTold> {
        let models = self.metrics["model_status"]["all"].as_array();
        let told = models.into_iter().flatten().filter_map(|model| {
            let seen_at = model["last_seen_at"].as_str();
            let seen_at = seen_at.and_then(|at| at.parse::<Timestamp>().ok());
            Some(ModelTold {
                model: model["model"].as_str()?.to_owned(),
                state: model["state"].as_str()?.to_owned(),
                reset_in_seconds: model["reset_in_seconds"].as_i64(),
                seen_at: seen_at.map(Timestamp::as_millisecond),
            })
        });
        told.collect()
    }

    /// The minute that its last request of a client began in, since it started: milliseconds since 1970.
    #[must_use]
    pub fn last_request_at(&self) -> Option<i64> {
        self.metrics["timeseries"].as_array()?.last()?["ts"].as_i64()
    }

    /// Whether it keeps a usage log; None where `/metrics` does not tell.
    #[must_use]
    pub fn keeps_usage(&self) -> Option<bool> {
        self.metrics["usage"]["enabled"].as_bool()
    }

    /// Whether it could not write or read its usage log the last time.
    #[must_use]
    pub fn usage_failed(&self) -> bool {
        let error = self.metrics["usage"]["last_error"].as_str();
        error.is_some_and(|error| !error.is_empty())
    }
}

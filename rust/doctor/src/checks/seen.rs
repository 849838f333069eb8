//! What a check saw.

use baton_state::record::error::BatonError;

/// What to do about what `check --fix` can mend.
pub const FIX: &str = "opencode-proxy-doctor check --fix";

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// As it should be.
    Ok,
    /// Somebody should know.
    Warn,
    /// Somebody has to act.
    Fail,
}

impl Status {
    /// As printed.
    pub fn name(self) -> &'static str {
        match self {
            Status::Ok => "ok",
            Status::Warn => "warn",
            Status::Fail => "fail",
        }
    }
}

/// What a check saw.
pub struct Seen {
    /// How it ended.
    pub status: Status,
    /// What it saw, for people.
    pub message: String,
    /// What to do; only where it is not as it should be.
    pub remedy: Option<String>,
    /// Whether there was nothing to look at: not printed, unless it was asked for by its id.
    pub is_moot: bool,
}

/// All is as it should be.
pub fn ok(message: impl Into<String>) -> Seen {
    Seen {
        status: Status::Ok,
        message: message.into(),
        remedy: None,
        is_moot: false,
    }
}

/// There is nothing to look at.
pub fn moot(message: impl Into<String>) -> Seen {
    Seen {
        is_moot: true,
        ..ok(message)
    }
}

/// Somebody should know.
pub fn warn(message: impl Into<String>, remedy: impl Into<String>) -> Seen {
    Seen {
        status: Status::Warn,
        message: message.into(),
        remedy: Some(remedy.into()),
        is_moot: false,
    }
}

/// Somebody has to act.
pub fn fail(message: impl Into<String>, remedy: impl Into<String>) -> Seen {
    Seen {
        status: Status::Fail,
        message: message.into(),
        remedy: Some(remedy.into()),
        is_moot: false,
    }
}

/// What could not be looked at, by the error that says why.
pub fn refused(error: &BatonError) -> Seen {
    let place = match &error.place {
        Some(place) => format!(", {place}"),
        None => String::new(),
    };
    let message = format!("{}{place} ({})", error.table.cause, error.code());
    fail(message, error.remedy())
}

/// A number of things: "1 file", "2 files", "3 entries".
pub fn counted(count: u64, one: &str) -> String {
    match (count, one.strip_suffix('y')) {
        (1, _) => format!("1 {one}"),
        (_, Some(stem)) => format!("{count} {stem}ies"),
        (_, None) => format!("{count} {one}s"),
    }
}

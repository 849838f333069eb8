//! The clock of every command.

use std::time::{SystemTime, UNIX_EPOCH};

use jiff::Timestamp;

use super::system::Env;
use crate::r#gen::tables::ERROR_ARGUMENT;
use crate::record::error::BatonError;

/// Most digits of BATON_NOW in milliseconds.
const MAX_DIGITS: usize = 15;

/// Now, in milliseconds since 1970. BATON_NOW fixes it: milliseconds, or a time of RFC 3339. Refuses what is neither
/// (ARGUMENT).
pub fn now(env: Env<'_>) -> Result<i64, BatonError> {
    let Some(fixed) = env("BATON_NOW").filter(|fixed| !fixed.is_empty()) else {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        return Ok(now.map_or(0, |now| now.as_millis() as i64));
    };
    let fixed = fixed.to_str().unwrap_or_default();
    let is_ms = fixed.len() <= MAX_DIGITS && fixed.bytes().all(|byte| byte.is_ascii_digit());
    let ms = if is_ms {
        fixed.parse().ok()
    } else {
        let time = is_rfc_3339(fixed).then(|| fixed.parse::<Timestamp>());
        time.and_then(Result::ok).map(Timestamp::as_millisecond)
    };
    ms.ok_or_else(|| {
        BatonError::new(&ERROR_ARGUMENT)
            .at("BATON_NOW")
            .in_field("BATON_NOW")
    })
}

/// Whether it has the form of RFC 3339, whatever the numbers are; jiff reads more than that.
fn is_rfc_3339(text: &str) -> bool {
    let form = |byte: &u8| {
        matches!(
            byte,
            b'0'..=b'9' | b'T' | b't' | b'Z' | b'z' | b':' | b'.' | b'+' | b'-' | b' '
        )
    };
    text.as_bytes().get(16) == Some(&b':') && text.as_bytes().iter().all(form)
}

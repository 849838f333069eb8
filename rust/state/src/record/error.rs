//! Errors as values with a stable code. `docs/codes.md` lists the codes with cause and remedy.

use std::fmt;

use super::schema::ErrorTable;

/// What every function of the library gives back when it refuses. It never holds the offending value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct BatonError {
    /// The code with its words.
    pub table: &'static ErrorTable,
    /// Where it happened, such as "segment 3f9c…e1, bytes 4096..4310".
    pub place: Option<String>,
    /// Path of the field, such as "handoff_note.text".
    pub field: Option<String>,
}

impl BatonError {
    /// The error of a code.
    #[must_use]
    pub fn new(table: &'static ErrorTable) -> Self {
        Self {
            table,
            place: None,
            field: None,
        }
    }

    /// The same error with the place.
    #[must_use]
    pub fn at(mut self, place: impl Into<String>) -> Self {
        self.place = Some(place.into());
        self
    }

    /// The same error with the path of the field.
    #[must_use]
    pub fn in_field(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }

    /// Stable code, such as "BTN-G01".
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.table.id
    }

    /// What to do about it.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        self.table.remedy
    }
}

impl fmt::Display for BatonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error[{}]: {}", self.table.id, self.table.cause)?;
        match &self.place {
            Some(place) => write!(f, ", {place}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::r#gen::tables::ERROR_RECORD_SIZE;

    #[test]
    fn an_error_prints_code_cause_and_place() {
        let error = BatonError::new(&ERROR_RECORD_SIZE);
        assert_eq!(
            error.to_string(),
            "error[BTN-R01]: record is larger than 4096 bytes"
        );
        assert_eq!(
            error.at("line 3").to_string(),
            "error[BTN-R01]: record is larger than 4096 bytes, line 3"
        );
    }
}

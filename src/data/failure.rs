//! Rows that cannot be prepared.

use std::fmt::Display;

use crate::api::BadRequest;
use crate::error::{HarmonyError, RenderError};

/// A row that could not be prepared, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RowFailure {
    /// The index of the row. In JSON Lines it is the index of the line, so blank lines count.
    pub row: usize,
    /// Where the row begins in the bytes of JSON Lines.
    pub offset: Option<usize>,
    /// What is wrong, for programs: `row.invalid_json`, `render.unnamed_tool`, …
    pub code: &'static str,
    /// What is wrong, for people, in one line.
    pub reason: String,
}

/// What is wrong with a row, before its place is known.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    pub(super) code: &'static str,
    pub(super) reason: String,
}

impl Fault {
    pub(super) fn new(code: &'static str, reason: impl Display) -> Self {
        let reason = reason.to_string().replace(['\n', '\r'], " ");
        Self { code, reason }
    }

    pub(super) fn at(self, row: usize, offset: Option<usize>) -> RowFailure {
        RowFailure {
            row,
            offset,
            code: self.code,
            reason: self.reason,
        }
    }
}

impl From<serde_json::Error> for Fault {
    fn from(error: serde_json::Error) -> Self {
        let code = if error.is_data() {
            "row.invalid_conversation"
        } else {
            "row.invalid_json"
        };
        Self::new(code, error)
    }
}

impl From<BadRequest> for Fault {
    fn from(error: BadRequest) -> Self {
        let code = error.code.map_or("invalid_request", |code| code.as_str());
        match error.param {
            // Some messages name the place themselves.
            Some(path) if !error.message.contains(&path) => {
                Self::new(code, format_args!("{path}: {}", error.message))
            }
            _ => Self::new(code, error.message),
        }
    }
}

impl From<HarmonyError> for Fault {
    fn from(error: HarmonyError) -> Self {
        match error {
            HarmonyError::Render(RenderError { index, kind }) => {
                Self::new(kind.code(), format_args!("messages[{index}]: {kind}"))
            }
            other => Self::new(other.code(), other),
        }
    }
}

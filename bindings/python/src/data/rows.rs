//! Rows from Python: bytes of JSON Lines, or a sequence of JSON texts, conversations or dicts.

use std::borrow::Cow;

use openai_harmony::chat::Conversation;
use openai_harmony::data::{Row, Rows};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyString};
use serde_json::Value;

use crate::read;
use crate::text::text_of;

/// A row as it came from Python.
pub enum Owned<'t> {
    Text(Cow<'t, str>),
    Bytes(&'t [u8]),
    Value(Value),
    Conversation(Conversation),
    /// What could not be read, and why.
    Invalid(String),
}

impl<'t> Owned<'t> {
    /// A row: `str` and `bytes` are JSON texts, lists and dicts their values.
    ///
    /// Raises `TypeError` for an object of another kind.
    pub fn of(row: &'t Bound<'_, PyAny>) -> PyResult<Self> {
        if let Ok(text) = row.cast::<PyString>() {
            return text_of(text).map(Self::Text);
        }
        if let Ok(bytes) = row.cast::<PyBytes>() {
            return Ok(Self::Bytes(bytes.as_bytes()));
        }
        let read = if row.is_instance_of::<PyDict>() || row.is_instance_of::<PyList>() {
            read::json(row, "row").map(Self::Value)
        } else {
            read::conversation(row).map(Self::Conversation)
        };
        match read {
            Err(error) if error.is_instance_of::<PyTypeError>(row.py()) => {
                Err(PyTypeError::new_err(format!(
                    "a row must be a JSON text, a dict, a list of messages or a Conversation, not {}",
                    row.get_type().name()?
                )))
            }
            // A value that does not fit is a row that failed.
            Err(error) if error.is_instance_of::<PyValueError>(row.py()) => {
                Ok(Self::Invalid(error.value(row.py()).to_string()))
            }
            other => other,
        }
    }
}

pub struct Sequence<'t>(pub Vec<Owned<'t>>);

impl Rows for Sequence<'_> {
    fn count(&self) -> usize {
        self.0.len()
    }

    fn row(&self, index: usize) -> Row<'_> {
        match &self.0[index] {
            Owned::Text(text) => Row::Json(text.as_bytes()),
            Owned::Bytes(bytes) => Row::Json(bytes),
            Owned::Value(value) => Row::Value(value.clone()),
            Owned::Conversation(conversation) => Row::Messages(&conversation.messages),
            Owned::Invalid(reason) => Row::Unreadable(reason.clone()),
        }
    }
}

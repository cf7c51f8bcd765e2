//! The two HTTP APIs: the classes behind `openai_harmony.api`.

mod bad_request;
mod chat;
mod chunk_dict;
mod constraint;
mod dict;
mod event_dict;
mod host;
mod job;
mod logprobs;
mod request;
mod responses;
mod steps;
mod store;

pub use chat::{PyChatSse, PyChatStream};
pub use constraint::PyConstraint;
pub use job::PyJob;
pub use request::{
    chat_completions_from_conversation, conversation_from_chat_completions, PyRequestReader,
};
pub use responses::{PyResponsesSse, PyResponsesStream};

use openai_harmony::api::{EngineFinishReason, StreamError};
use pyo3::exceptions::{PyIndexError, PyRuntimeError, PyValueError};
use pyo3::prelude::*;

/// Why an engine stopped, from its word.
fn read_reason(reason: Option<&str>) -> PyResult<Option<EngineFinishReason>> {
    let unknown = |word: &str| {
        PyValueError::new_err(format!(
            "unknown reason: '{word}'. Supported values are: 'stop', 'length', 'content_filter', 'abort' and None."
        ))
    };
    reason
        .map(|word| word.parse().map_err(|_| unknown(word)))
        .transpose()
}

/// The code of an error, which may be left out.
fn code_of(code: &Option<String>) -> &str {
    code.as_deref().unwrap_or("server_error")
}

/// The exception for a call that does not fit the state of a stream.
fn misuse(py: Python<'_>, error: &StreamError) -> PyErr {
    match error {
        StreamError::NoSuchChoice { .. } => PyIndexError::new_err(error.to_string()),
        StreamError::Output(error) => super::errors::raise(py, error, None),
        _ => PyValueError::new_err(error.to_string()),
    }
}

/// The exception for a stream that no job has started.
fn not_begun() -> PyErr {
    PyRuntimeError::new_err("a stream is made by the job of a request")
}

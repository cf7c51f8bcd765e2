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
mod store;

pub use chat::{PyChatSse, PyChatStream};
pub use constraint::PyConstraint;
pub use job::PyJob;
pub use request::{
    chat_completions_from_conversation, conversation_from_chat_completions, PyRequestReader,
};
pub use responses::{PyResponsesSse, PyResponsesStream};

use openai_harmony::api::{EngineFinishReason, StreamError};
use pyo3::exceptions::{PyIndexError, PyValueError};
use pyo3::prelude::*;

/// Why an engine stopped, from its word.
fn read_reason(reason: Option<&str>) -> PyResult<Option<EngineFinishReason>> {
    let Some(word) = reason else {
        return Ok(None);
    };
    match word {
        // vLLM and others also say it in these words.
        "stop" | "tool_calls" => Ok(Some(EngineFinishReason::Stop)),
        "length" => Ok(Some(EngineFinishReason::Length)),
        "content_filter" => Ok(Some(EngineFinishReason::ContentFilter)),
        "abort" => Ok(Some(EngineFinishReason::Abort)),
        _ => Err(PyValueError::new_err(format!(
            "unknown reason: '{word}'. Supported values are: 'stop', 'length', 'content_filter', 'abort' and None."
        ))),
    }
}

/// The exception for a call that does not fit the state of a stream.
fn misuse(py: Python<'_>, error: &StreamError) -> PyErr {
    match error {
        StreamError::NoSuchChoice { .. } => PyIndexError::new_err(error.to_string()),
        StreamError::Output(error) => super::errors::raise(py, error, None),
        _ => PyValueError::new_err(error.to_string()),
    }
}

//! Answers of Chat Completions as server-sent events.

use openai_harmony::api::ChatSse;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::PyChatStream;
use crate::api::logprobs::read_logprobs;
use crate::api::steps::bytes;
use crate::api::{code_of, misuse, read_reason};
use crate::arguments;
use crate::tokenizer::token_ids;

/// A stream as server-sent events: the same steps give bytes.
#[pyclass(name = "ChatSse", module = "openai_harmony.api", frozen)]
pub struct PyChatSse {
    pub(super) stream: Py<PyChatStream>,
}

#[pymethods]
impl PyChatSse {
    /// The same as ``ChatStream.start``, in bytes.
    ///
    /// Args:
    ///     cached_tokens (int | None): How many tokens of the prompt were in the engine's cache.
    ///
    /// Returns:
    ///     bytes: The events to send.
    #[pyo3(signature = (cached_tokens = None))]
    fn start<'py>(
        &self,
        py: Python<'py>,
        #[pyo3(from_py_with = arguments::cached_tokens)] cached_tokens: Option<usize>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        bytes!(self, py, |stream, sink| stream.start(cached_tokens, sink))
    }

    /// The same as ``ChatStream.push``, in bytes.
    ///
    /// Args:
    ///     tokens (Iterable[SupportsIndex]): The ids.
    ///     choice (int): The index of the choice.
    ///     logprobs (Sequence[float | tuple[float, Mapping[int, float]]] | None): One entry for each token: its log-probability, or
    ///         a pair of that and a dict of the alternatives, by token id.
    ///
    /// Returns:
    ///     bytes: The events to send.
    #[pyo3(signature = (tokens, choice = 0, logprobs = None))]
    fn push<'py>(
        &self,
        py: Python<'py>,
        #[pyo3(from_py_with = token_ids)] tokens: Vec<u32>,
        #[pyo3(from_py_with = arguments::choice)] choice: usize,
        logprobs: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let logprobs = read_logprobs(&tokens, logprobs)?;
        bytes!(self, py, |stream, sink| stream
            .push(choice, &tokens, logprobs.as_deref(), sink)
            .map_err(|error| misuse(py, &error))?)
    }

    /// The same as ``ChatStream.finish``, in bytes.
    ///
    /// Args:
    ///     reason (str | None): Why the engine stopped: ``"stop"``, ``"length"``, ``"content_filter"`` or ``"abort"``; None if the
    ///         engine does not say.
    ///     choice (int): The index of the choice.
    ///
    /// Returns:
    ///     bytes: The events to send.
    #[pyo3(signature = (reason = None, choice = 0))]
    fn finish<'py>(
        &self,
        py: Python<'py>,
        #[pyo3(from_py_with = arguments::reason)] reason: Option<String>,
        #[pyo3(from_py_with = arguments::choice)] choice: usize,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let reason = read_reason(reason.as_deref())?;
        bytes!(self, py, |stream, sink| stream
            .finish(choice, reason, sink)
            .map_err(|error| misuse(py, &error))?)
    }

    /// The same as ``ChatStream.fail``, in bytes.
    ///
    /// Args:
    ///     message (str): What to tell the client.
    ///     code (str): The code of the error.
    ///
    /// Returns:
    ///     bytes: The events to send.
    #[pyo3(
        signature = (message, code = None),
        text_signature = "($self, message, code='server_error')"
    )]
    fn fail<'py>(
        &self,
        py: Python<'py>,
        #[pyo3(from_py_with = arguments::message)] message: String,
        #[pyo3(from_py_with = arguments::code)] code: Option<String>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        bytes!(self, py, |stream, sink| stream.fail(
            &message,
            code_of(&code),
            sink
        ))
    }

    /// The event after which a client stops reading: ``data: [DONE]``.
    ///
    /// Returns:
    ///     bytes: The event.
    fn done<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, ChatSse::DONE)
    }
}

//! Responses as server-sent events.

use openai_harmony::api::ResponseSse;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::tool_output::read_output;
use super::PyResponsesStream;
use crate::api::logprobs::read_logprobs;
use crate::api::steps::bytes;
use crate::api::{code_of, misuse, read_reason};
use crate::arguments;
use crate::tokenizer::token_ids;

/// A stream as server-sent events: the same steps give bytes.
#[pyclass(
    name = "ResponsesSse",
    module = "openai_harmony._core",
    subclass,
    frozen
)]
pub struct PyResponsesSse {
    pub(super) stream: Py<PyResponsesStream>,
}

#[pymethods]
impl PyResponsesSse {
    /// The same as ``ResponsesStream.start``, in bytes.
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

    /// The same as ``ResponsesStream.push``, in bytes.
    ///
    /// Args:
    ///     tokens (Iterable[SupportsIndex]): The ids.
    ///     logprobs (Sequence[float | tuple[float, Mapping[int, float]]] | None): One entry for each token: its log-probability, or
    ///         a pair of that and a dict of the alternatives, by token id.
    ///
    /// Returns:
    ///     bytes: The events to send.
    #[pyo3(signature = (tokens, logprobs = None))]
    fn push<'py>(
        &self,
        py: Python<'py>,
        #[pyo3(from_py_with = token_ids)] tokens: Vec<u32>,
        logprobs: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let logprobs = read_logprobs(&tokens, logprobs)?;
        bytes!(self, py, |stream, sink| stream
            .push(&tokens, logprobs.as_deref(), sink)
            .map_err(|error| misuse(py, &error))?)
    }

    /// The same as ``ResponsesStream.finish``, in bytes.
    ///
    /// Args:
    ///     reason (str | None): Why the engine stopped: ``"stop"``, ``"length"``, ``"content_filter"`` or ``"abort"``; None if the
    ///         engine does not say.
    ///
    /// Returns:
    ///     bytes: The events to send.
    #[pyo3(signature = (reason = None))]
    fn finish<'py>(
        &self,
        py: Python<'py>,
        #[pyo3(from_py_with = arguments::reason)] reason: Option<String>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let reason = read_reason(reason.as_deref())?;
        bytes!(self, py, |stream, sink| stream
            .finish(reason, sink)
            .map_err(|error| misuse(py, &error))?)
    }

    /// The same as ``ResponsesStream.fail``, in bytes.
    ///
    /// Args:
    ///     message (str): What to tell the client.
    ///     code (str): The code of the error.
    ///     param (str | None): The parameter of the request that the error is about.
    ///
    /// Returns:
    ///     bytes: The events to send.
    #[pyo3(
        signature = (message, code = None, param = None),
        text_signature = "($self, message, code='server_error', param=None)"
    )]
    fn fail<'py>(
        &self,
        py: Python<'py>,
        #[pyo3(from_py_with = arguments::message)] message: String,
        #[pyo3(from_py_with = arguments::code)] code: Option<String>,
        #[pyo3(from_py_with = arguments::param)] param: Option<String>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        bytes!(self, py, |stream, sink| stream.fail(
            &message,
            code_of(&code),
            param.as_deref(),
            sink
        ))
    }

    /// The same as ``ResponsesStream.tool_output``, in bytes.
    ///
    /// Args:
    ///     text_or_message (str | Message): The result. Text becomes a message of the tool to the assistant.
    ///     outputs (Sequence[Mapping[str, Any]] | None): What the client sees in ``code_interpreter_call.outputs``; None for the
    ///         text as logs.
    ///     sources (Sequence[Mapping[str, Any]] | None): What the client sees in ``web_search_call.action.sources``.
    ///     failed (bool): Whether the tool failed; the text then says how.
    ///
    /// Returns:
    ///     bytes: The events to send.
    #[pyo3(signature = (text_or_message, *, outputs = None, sources = None, failed = false))]
    fn tool_output<'py>(
        &self,
        py: Python<'py>,
        text_or_message: &Bound<'py, PyAny>,
        outputs: Option<&Bound<'py, PyAny>>,
        sources: Option<&Bound<'py, PyAny>>,
        #[pyo3(from_py_with = arguments::failed)] failed: bool,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let output = read_output(text_or_message, outputs, sources, failed)?;
        bytes!(self, py, |stream, sink| stream
            .tool_output(output, sink)
            .map_err(|error| misuse(py, &error))?)
    }

    /// The event after which a client stops reading: ``data: [DONE]``. OpenAI's server does not send it; others do.
    ///
    /// Returns:
    ///     bytes: The event.
    fn done<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, ResponseSse::DONE)
    }
}

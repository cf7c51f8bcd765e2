//! Responses while they are sampled.

mod sse;
mod tool_output;

pub use self::sse::PyResponsesSse;

use std::sync::{Mutex, MutexGuard};

use openai_harmony::api::{BuiltinCall, ResponseSse, ResponsesJob, ResponsesStream};
use pyo3::prelude::*;
use pyo3::types::PyList;

use self::tool_output::read_output;
use super::dict::{serialized, to_object};
use super::event_dict::EventDicts;
use super::host::{HostFunctions, PyHost};
use super::logprobs::read_logprobs;
use super::{code_of, misuse, not_begun, read_reason};
use crate::arguments;
use crate::convert::{from_json, to_json};
use crate::errors::{locked, raise};
use crate::events::repair;
use crate::rendered::token_array;
use crate::telemetry::Reported;
use crate::tokenizer::{token_ids, token_list};
use crate::transcript::PyTranscript;

/// A call that waits for its tool: kind, tool, function, arguments, item_id.
type PendingTool = (String, String, Option<String>, String, String);

/// The response to a request; `openai_harmony.api.ResponsesStream` adds the models and the pickling to it.
#[pyclass(
    name = "ResponsesStream",
    module = "openai_harmony._core",
    subclass,
    frozen
)]
pub struct PyResponsesStream {
    /// Locked for each call. A second one at the same time is refused, not made to wait: it may come from a function that the first calls.
    state: Mutex<State>,
}

#[derive(Default)]
pub(super) struct State {
    /// None until it is started, loaded or copied.
    pub(super) stream: Option<ResponsesStream<PyHost>>,
    pub(super) sse: ResponseSse,
    reported: Reported,
}

impl PyResponsesStream {
    pub fn begin(&self, job: &ResponsesJob, host: PyHost) -> PyResult<()> {
        let stream = job.stream(host);
        stream.host().check()?;
        self.lock()?.set(stream);
        Ok(())
    }

    pub(super) fn lock(&self) -> PyResult<MutexGuard<'_, State>> {
        locked(&self.state, "stream")
    }
}

impl State {
    fn set(&mut self, stream: ResponsesStream<PyHost>) {
        self.reported = Reported::already(std::iter::once(stream.repairs()));
        self.stream = Some(stream);
    }

    /// Passes on the repairs of the last step.
    pub(super) fn report(&mut self, py: Python<'_>) -> PyResult<()> {
        let stream = self.stream.as_ref().ok_or_else(not_begun)?;
        self.reported.update(py, std::iter::once(stream.repairs()))
    }

    fn get(&self) -> PyResult<&ResponsesStream<PyHost>> {
        self.stream.as_ref().ok_or_else(not_begun)
    }
}

/// Runs a step of the stream, and gives the events that it sends as dicts.
macro_rules! dicts {
    ($slf:ident, $py:ident, |$stream:ident, $sink:ident| $step:expr) => {{
        let mut state = $slf.lock()?;
        let State {
            stream, reported, ..
        } = &mut *state;
        let $stream = stream.as_mut().ok_or_else(not_begun)?;
        let mut dicts = EventDicts::new($py);
        let $sink = &mut dicts;
        $step;
        $stream.host().check()?;
        reported.update($py, std::iter::once($stream.repairs()))?;
        dicts.finish()
    }};
}

#[pymethods]
impl PyResponsesStream {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs))]
    fn new(_args: &Bound<'_, PyAny>, _kwargs: Option<&Bound<'_, PyAny>>) -> Self {
        Self {
            state: Mutex::default(),
        }
    }

    /// Send ``response.created`` and ``response.in_progress``. Optional: the first tokens that are pushed start the stream, too.
    ///
    /// Args:
    ///     cached_tokens (int | None): How many tokens of the prompt were in the engine's cache.
    ///
    /// Returns:
    ///     list[ResponseEvent]: The events to send.
    #[pyo3(signature = (cached_tokens = None))]
    fn start<'py>(
        &self,
        py: Python<'py>,
        #[pyo3(from_py_with = arguments::cached_tokens)] cached_tokens: Option<usize>,
    ) -> PyResult<Bound<'py, PyList>> {
        dicts!(self, py, |stream, sink| stream.start(cached_tokens, sink))
    }

    /// Take the tokens that were sampled, one or many.
    ///
    /// Args:
    ///     tokens (Iterable[SupportsIndex]): The ids.
    ///     logprobs (Sequence[float | tuple[float, Mapping[int, float]]] | None): One entry for each token: its log-probability, or
    ///         a pair of that and a dict of the alternatives, by token id.
    ///
    /// Returns:
    ///     list[ResponseEvent]: The events to send.
    ///
    /// Raises:
    ///     ValueError: The response has ended, or there are not as many log-probabilities as tokens.
    #[pyo3(signature = (tokens, logprobs = None))]
    fn push<'py>(
        &self,
        py: Python<'py>,
        #[pyo3(from_py_with = token_ids)] tokens: Vec<u32>,
        logprobs: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyList>> {
        let logprobs = read_logprobs(&tokens, logprobs)?;
        dicts!(self, py, |stream, sink| stream
            .push(&tokens, logprobs.as_deref(), sink)
            .map_err(|error| misuse(py, &error))?)
    }

    /// End the response.
    ///
    /// Args:
    ///     reason (str | None): Why the engine stopped: ``"stop"``, ``"length"``, ``"content_filter"`` or ``"abort"``; None if the
    ///         engine does not say.
    ///
    /// Returns:
    ///     list[ResponseEvent]: The events that close what is open, and the terminal one.
    ///
    /// Raises:
    ///     ValueError: The response has ended.
    #[pyo3(signature = (reason = None))]
    fn finish<'py>(
        &self,
        py: Python<'py>,
        #[pyo3(from_py_with = arguments::reason)] reason: Option<String>,
    ) -> PyResult<Bound<'py, PyList>> {
        let reason = read_reason(reason.as_deref())?;
        dicts!(self, py, |stream, sink| stream
            .finish(reason, sink)
            .map_err(|error| misuse(py, &error))?)
    }

    /// End the response because the engine failed.
    ///
    /// Args:
    ///     message (str): What to tell the client.
    ///     code (str): The code of the error.
    ///     param (str | None): The parameter of the request that the error is about.
    ///
    /// Returns:
    ///     list[ResponseEvent]: The events that close what is open, and ``response.failed``.
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
    ) -> PyResult<Bound<'py, PyList>> {
        dicts!(self, py, |stream, sink| stream.fail(
            &message,
            code_of(&code),
            param.as_deref(),
            sink
        ))
    }

    /// End the response because the client gave it up: its status is ``cancelled``. There are no events, as nobody listens.
    fn cancel(&self, py: Python<'_>) -> PyResult<()> {
        let mut state = self.lock()?;
        let stream = state.stream.as_mut().ok_or_else(not_begun)?;
        stream.cancel();
        stream.host().check()?;
        state.report(py)
    }

    /// The prompt of the next sampling. Each begins with the one before and what was sampled after it.
    ///
    /// Returns:
    ///     list[int]: The ids.
    fn prompt<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        token_list(py, self.lock()?.get()?.prompt())
    }

    /// The same as ``prompt``, without a Python object per id.
    ///
    /// Returns:
    ///     memoryview: The ids as unsigned 32-bit integers, which `numpy.asarray` takes without a copy.
    fn prompt_array<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        token_array(py, self.lock()?.get()?.prompt())
    }

    /// The response so far; after the end, the whole one.
    ///
    /// Returns:
    ///     ResponseObject: The object ``response``.
    fn response<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_object(py, &self.lock()?.get()?.response())
    }

    /// What lenient parsing repaired. Positions count all sampled tokens.
    #[getter]
    fn repairs<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        self.lock()?
            .get()?
            .repairs()
            .iter()
            .map(|found| repair(py, found))
            .collect()
    }

    /// What was left out of the answer or is wrong with it: ``kind``, ``choice``, ``name``, ``text``.
    #[getter]
    fn notes<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        self.lock()?
            .get()?
            .notes()
            .iter()
            .map(|note| serialized(py, note))
            .collect()
    }

    /// The same stream as server-sent events.
    #[getter]
    fn sse(slf: Bound<'_, Self>) -> PyResponsesSse {
        PyResponsesSse {
            stream: slf.unbind(),
        }
    }

    /// The call that waits for its tool: kind, tool, function, arguments, item_id.
    fn _pending_tool(&self) -> PyResult<Option<PendingTool>> {
        let pending = self.lock()?.get()?.pending_tool();
        Ok(pending.map(
            |BuiltinCall {
                 kind,
                 tool,
                 function,
                 arguments,
                 item_id,
             }| { (kind, tool, function, arguments, item_id) },
        ))
    }

    /// Take the result of the call that waits for it. ``prompt()`` is then what to sample from.
    ///
    /// Args:
    ///     text_or_message (str | Message): The result. Text becomes a message of the tool to the assistant.
    ///     outputs (Sequence[Mapping[str, Any]] | None): What the client sees in ``code_interpreter_call.outputs``; None for the
    ///         text as logs.
    ///     sources (Sequence[Mapping[str, Any]] | None): What the client sees in ``web_search_call.action.sources``.
    ///     failed (bool): Whether the tool failed; the text then says how.
    ///
    /// Returns:
    ///     list[ResponseEvent]: The events that close the item of the call.
    ///
    /// Raises:
    ///     ValueError: No call waits for a result.
    #[pyo3(signature = (text_or_message, *, outputs = None, sources = None, failed = false))]
    fn tool_output<'py>(
        &self,
        py: Python<'py>,
        text_or_message: &Bound<'py, PyAny>,
        outputs: Option<&Bound<'py, PyAny>>,
        sources: Option<&Bound<'py, PyAny>>,
        #[pyo3(from_py_with = arguments::failed)] failed: bool,
    ) -> PyResult<Bound<'py, PyList>> {
        let output = read_output(text_or_message, outputs, sources, failed)?;
        dicts!(self, py, |stream, sink| stream
            .tool_output(output, sink)
            .map_err(|error| misuse(py, &error))?)
    }

    fn _transcript(&self, py: Python<'_>, mut into: PyRefMut<'_, PyTranscript>) -> PyResult<()> {
        let transcript = self.lock()?.get()?.transcript();
        into.set(transcript.map_err(|error| raise(py, &error, None))?);
        Ok(())
    }

    /// The response for a store, as JSON.
    fn _stored(&self, py: Python<'_>) -> PyResult<String> {
        let stored = self.lock()?.get()?.stored();
        to_json(&stored.map_err(|error| raise(py, &error, None))?)
    }

    /// The whole state as text, for pickling.
    fn _dump(&self) -> PyResult<String> {
        to_json(self.lock()?.get()?.state())
    }

    /// The functions of the host: clock, ids, seal, unseal.
    fn _host(&self, py: Python<'_>) -> PyResult<HostFunctions> {
        Ok(self.lock()?.get()?.host().functions(py))
    }

    fn _load(
        &self,
        state: &str,
        clock: Py<PyAny>,
        ids: Py<PyAny>,
        seal: Option<Py<PyAny>>,
        unseal: Option<Py<PyAny>>,
    ) -> PyResult<()> {
        self.lock()?.set(ResponsesStream::resume(
            from_json(state)?,
            PyHost::new(clock, ids, seal, unseal),
        ));
        Ok(())
    }

    fn _copy_from(&self, py: Python<'_>, other: &Bound<'_, Self>) -> PyResult<()> {
        let other = other.get().lock()?;
        let other = other.get()?;
        self.lock()?.set(ResponsesStream::resume(
            other.state().clone(),
            other.host().clone_ref(py),
        ));
        Ok(())
    }
}

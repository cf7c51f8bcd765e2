//! Responses while they are sampled.

use openai_harmony::api::{
    BuiltinCall, ResponseSse, ResponsesJob, ResponsesState, ResponsesStream, ToolContent,
    ToolOutput,
};
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList};
use serde_json::Value;

use super::dict::{serialized, to_object};
use super::event_dict::EventDicts;
use super::host::{HostFunctions, PyHost};
use super::logprobs::read_logprobs;
use super::{misuse, read_reason};
use crate::convert::to_json;
use crate::errors::raise;
use crate::events::repair;
use crate::read::{json, message};
use crate::render::token_array;
use crate::tokenizer::{token_ids, token_list};
use crate::transcript::PyTranscript;

/// A call that waits for its tool: kind, tool, function, arguments, item_id.
type PendingTool = (String, String, Option<String>, String, String);

/// The response to a request; `openai_harmony.api.ResponsesStream` adds the models and the pickling to it.
#[pyclass(name = "ResponsesStream", module = "openai_harmony._core", subclass)]
pub struct PyResponsesStream {
    /// None until it is started, loaded or copied.
    stream: Option<ResponsesStream<PyHost>>,
    sse: ResponseSse,
}

impl PyResponsesStream {
    pub fn begin(&mut self, job: &ResponsesJob, host: PyHost) -> PyResult<()> {
        let stream = job.stream(host);
        stream.host().check()?;
        self.stream = Some(stream);
        Ok(())
    }

    fn get(&self) -> PyResult<&ResponsesStream<PyHost>> {
        self.stream.as_ref().ok_or_else(not_begun)
    }
}

/// Runs a step of the stream, and gives the events that it sends as dicts.
macro_rules! dicts {
    ($slf:ident, $py:ident, |$stream:ident, $sink:ident| $step:expr) => {{
        let $stream = $slf.stream.as_mut().ok_or_else(not_begun)?;
        let mut dicts = EventDicts::new($py);
        let $sink = &mut dicts;
        $step;
        $stream.host().check()?;
        dicts.finish()
    }};
}

#[pymethods]
impl PyResponsesStream {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs))]
    fn new(_args: &Bound<'_, PyAny>, _kwargs: Option<&Bound<'_, PyAny>>) -> Self {
        Self {
            stream: None,
            sse: ResponseSse::default(),
        }
    }

    /// Send ``response.created`` and ``response.in_progress``. ``cached_tokens`` is how many tokens of the prompt the
    /// engine had in its cache.
    ///
    /// Whoever pushes tokens at once need not call it.
    #[pyo3(signature = (cached_tokens = None))]
    fn start<'py>(
        &mut self,
        py: Python<'py>,
        cached_tokens: Option<usize>,
    ) -> PyResult<Bound<'py, PyList>> {
        dicts!(self, py, |stream, sink| stream.start(cached_tokens, sink))
    }

    /// Take the tokens that were sampled, one or many. Gives the events that they add.
    ///
    /// ``logprobs`` has one entry for each token: its log-probability, or a pair of that and a dict of the alternatives'
    /// by token id. Raises ``ValueError`` if the response has ended or if there are not as many log-probabilities as
    /// tokens.
    #[pyo3(signature = (tokens, logprobs = None))]
    fn push<'py>(
        &mut self,
        py: Python<'py>,
        #[pyo3(from_py_with = token_ids)] tokens: Vec<u32>,
        logprobs: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyList>> {
        let logprobs = read_logprobs(&tokens, logprobs)?;
        dicts!(self, py, |stream, sink| stream
            .push(&tokens, logprobs.as_deref(), sink)
            .map_err(|error| misuse(py, &error))?)
    }

    /// End the response. Gives the events that close what is open, and the terminal one.
    ///
    /// ``reason`` is why the engine stopped: ``"stop"``, ``"length"``, ``"content_filter"``, ``"abort"``, or None if it
    /// does not say. Raises ``ValueError`` if the response has ended.
    #[pyo3(signature = (reason = None))]
    fn finish<'py>(
        &mut self,
        py: Python<'py>,
        reason: Option<&str>,
    ) -> PyResult<Bound<'py, PyList>> {
        let reason = read_reason(reason)?;
        dicts!(self, py, |stream, sink| stream
            .finish(reason, sink)
            .map_err(|error| misuse(py, &error))?)
    }

    /// End the response because the engine broke. Gives the events that close what is open, and ``response.failed``.
    #[pyo3(signature = (message, code = "server_error", param = None))]
    fn fail<'py>(
        &mut self,
        py: Python<'py>,
        message: &str,
        code: &str,
        param: Option<&str>,
    ) -> PyResult<Bound<'py, PyList>> {
        dicts!(self, py, |stream, sink| stream
            .fail(message, code, param, sink))
    }

    /// End the response because the client gave it up: its status is ``cancelled``. Nobody is there for events.
    fn cancel(&mut self) -> PyResult<()> {
        let stream = self.stream.as_mut().ok_or_else(not_begun)?;
        stream.cancel();
        stream.host().check()
    }

    /// The prompt of the next sampling. Each begins with the one before and what was sampled after it.
    fn prompt<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        token_list(py, self.get()?.prompt())
    }

    /// The same as a memoryview of unsigned 32-bit integers, made without a list.
    fn prompt_array<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        token_array(py, self.get()?.prompt())
    }

    /// The object ``response`` so far; after the end, the whole one.
    fn response<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_object(py, &self.get()?.response())
    }

    /// What lenient parsing repaired. Positions count all sampled tokens.
    #[getter]
    fn repairs<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        self.get()?
            .repairs()
            .iter()
            .map(|found| repair(py, found))
            .collect()
    }

    /// What was left out of the answer or is wrong with it: ``kind``, ``choice``, ``name``, ``text``.
    #[getter]
    fn notes<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        self.get()?
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
        let pending = self.get()?.pending_tool();
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

    /// Take the result of the call that waits for it. Gives the events that close its item; ``prompt()`` is then what to
    /// sample from.
    ///
    /// The result is text, which becomes a message of the tool to the assistant, or a whole ``Message``. ``outputs`` is
    /// what the client sees in ``code_interpreter_call.outputs`` (without it, the text as logs), ``sources`` what it sees
    /// in ``web_search_call.action.sources``. ``failed`` says that the tool failed; the text then says how. Raises
    /// ``ValueError`` if no tool waits.
    #[pyo3(signature = (text_or_message, *, outputs = None, sources = None, failed = false))]
    fn tool_output<'py>(
        &mut self,
        py: Python<'py>,
        text_or_message: &Bound<'py, PyAny>,
        outputs: Option<&Bound<'py, PyAny>>,
        sources: Option<&Bound<'py, PyAny>>,
        failed: bool,
    ) -> PyResult<Bound<'py, PyList>> {
        let output = read_output(text_or_message, outputs, sources, failed)?;
        dicts!(self, py, |stream, sink| stream
            .tool_output(output, sink)
            .map_err(|error| misuse(py, &error))?)
    }

    fn _transcript(&self, py: Python<'_>, mut into: PyRefMut<'_, PyTranscript>) -> PyResult<()> {
        let transcript = self.get()?.transcript();
        into.set(transcript.map_err(|error| raise(py, &error, None))?);
        Ok(())
    }

    /// The response for a store, as JSON.
    fn _stored(&self, py: Python<'_>) -> PyResult<String> {
        let stored = self.get()?.stored();
        to_json(&stored.map_err(|error| raise(py, &error, None))?)
    }

    /// The whole state as text, for pickling.
    fn _dump(&self) -> PyResult<String> {
        to_json(self.get()?.state())
    }

    /// The functions of the host: clock, ids, seal, unseal.
    fn _host(&self, py: Python<'_>) -> PyResult<HostFunctions> {
        Ok(self.get()?.host().functions(py))
    }

    fn _load(
        &mut self,
        state: &str,
        clock: Py<PyAny>,
        ids: Py<PyAny>,
        seal: Option<Py<PyAny>>,
        unseal: Option<Py<PyAny>>,
    ) -> PyResult<()> {
        let state: ResponsesState = serde_json::from_str(state)
            .map_err(|error| PyValueError::new_err(error.to_string()))?;
        self.stream = Some(ResponsesStream::resume(
            state,
            PyHost::new(clock, ids, seal, unseal),
        ));
        Ok(())
    }

    fn _copy_from(&mut self, py: Python<'_>, other: PyRef<'_, Self>) -> PyResult<()> {
        let other = other.get()?;
        self.stream = Some(ResponsesStream::resume(
            other.state().clone(),
            other.host().clone_ref(py),
        ));
        Ok(())
    }
}

/// What a tool returned: text or a message for the model, and lists of dicts for the client.
fn read_output(
    content: &Bound<'_, PyAny>,
    outputs: Option<&Bound<'_, PyAny>>,
    sources: Option<&Bound<'_, PyAny>>,
    failed: bool,
) -> PyResult<ToolOutput> {
    let content = match content.extract() {
        Ok(text) => ToolContent::Text(text),
        Err(_) => ToolContent::Message(message(content)?),
    };
    Ok(ToolOutput {
        content,
        outputs: outputs.map(read_list).transpose()?,
        sources: sources.map(read_list).transpose()?,
        failed,
    })
}

/// A list of dicts.
fn read_list(list: &Bound<'_, PyAny>) -> PyResult<Vec<Value>> {
    list.try_iter()?
        .map(|entry| json(&entry?, "tool output"))
        .collect()
}

/// A stream as server-sent events: the same steps give bytes.
#[pyclass(
    name = "ResponsesSse",
    module = "openai_harmony._core",
    subclass,
    frozen
)]
pub struct PyResponsesSse {
    stream: Py<PyResponsesStream>,
}

/// Runs a step of the stream, and gives the bytes that it sends.
macro_rules! bytes {
    ($slf:ident, $py:ident, |$stream:ident, $sink:ident| $step:expr) => {{
        let mut owner = $slf.stream.bind($py).try_borrow_mut()?;
        let PyResponsesStream { stream, sse, .. } = &mut *owner;
        let $stream = stream.as_mut().ok_or_else(not_begun)?;
        let $sink = sse;
        $sink.bytes.clear();
        $step;
        $stream.host().check()?;
        Ok(PyBytes::new($py, &$sink.bytes))
    }};
}

#[pymethods]
impl PyResponsesSse {
    /// As ``ResponsesStream.start``, in bytes.
    #[pyo3(signature = (cached_tokens = None))]
    fn start<'py>(
        &self,
        py: Python<'py>,
        cached_tokens: Option<usize>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        bytes!(self, py, |stream, sink| stream.start(cached_tokens, sink))
    }

    /// As ``ResponsesStream.push``, in bytes.
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

    /// As ``ResponsesStream.finish``, in bytes.
    #[pyo3(signature = (reason = None))]
    fn finish<'py>(&self, py: Python<'py>, reason: Option<&str>) -> PyResult<Bound<'py, PyBytes>> {
        let reason = read_reason(reason)?;
        bytes!(self, py, |stream, sink| stream
            .finish(reason, sink)
            .map_err(|error| misuse(py, &error))?)
    }

    /// As ``ResponsesStream.fail``, in bytes.
    #[pyo3(signature = (message, code = "server_error", param = None))]
    fn fail<'py>(
        &self,
        py: Python<'py>,
        message: &str,
        code: &str,
        param: Option<&str>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        bytes!(self, py, |stream, sink| stream
            .fail(message, code, param, sink))
    }

    /// As ``ResponsesStream.tool_output``, in bytes.
    #[pyo3(signature = (text_or_message, *, outputs = None, sources = None, failed = false))]
    fn tool_output<'py>(
        &self,
        py: Python<'py>,
        text_or_message: &Bound<'py, PyAny>,
        outputs: Option<&Bound<'py, PyAny>>,
        sources: Option<&Bound<'py, PyAny>>,
        failed: bool,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let output = read_output(text_or_message, outputs, sources, failed)?;
        bytes!(self, py, |stream, sink| stream
            .tool_output(output, sink)
            .map_err(|error| misuse(py, &error))?)
    }

    /// The event after which a client stops to read: ``data: [DONE]``. OpenAI's server does not send it; others do.
    fn done<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, ResponseSse::DONE)
    }
}

fn not_begun() -> PyErr {
    PyRuntimeError::new_err("a stream is made by the job of a request")
}

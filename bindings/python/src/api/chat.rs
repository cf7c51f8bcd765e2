//! Answers of Chat Completions while they are sampled.

mod sse;

pub use self::sse::PyChatSse;

use std::sync::{Mutex, MutexGuard};

use openai_harmony::api::{ChatJob, ChatSse, ChatStream};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use super::chunk_dict::ChunkDicts;
use super::dict::{serialized, to_object};
use super::host::{HostFunctions, PyHost};
use super::logprobs::read_logprobs;
use super::{code_of, misuse, not_begun, read_reason};
use crate::arguments;
use crate::convert::{from_json, to_json};
use crate::errors::{locked, raise};
use crate::events::repair;
use crate::telemetry::Reported;
use crate::tokenizer::token_ids;
use crate::transcript::PyTranscript;

/// The answer to a request to Chat Completions; `openai_harmony.api.ChatStream` adds the pickling to it.
#[pyclass(name = "ChatStream", module = "openai_harmony._core", subclass, frozen)]
pub struct PyChatStream {
    /// Locked for each call. A second one at the same time is refused, not made to wait: it may come from a function that the first calls.
    state: Mutex<State>,
}

#[derive(Default)]
pub(super) struct State {
    /// None until it is started, loaded or copied.
    pub(super) stream: Option<ChatStream<PyHost>>,
    /// What is the same in all chunks, as a dict and as bytes.
    template: Option<Py<PyDict>>,
    pub(super) sse: ChatSse,
    reported: Reported,
}

impl PyChatStream {
    pub fn begin(&self, job: &ChatJob, host: PyHost) -> PyResult<()> {
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
    fn set(&mut self, stream: ChatStream<PyHost>) {
        self.reported = Reported::already(stream.repairs_by_choice());
        self.stream = Some(stream);
        self.template = None;
        self.sse = ChatSse::default();
    }

    /// Passes on the repairs of the last step.
    pub(super) fn report(&mut self, py: Python<'_>) -> PyResult<()> {
        let stream = self.stream.as_ref().ok_or_else(not_begun)?;
        self.reported.update(py, stream.repairs_by_choice())
    }

    fn get(&self) -> PyResult<&ChatStream<PyHost>> {
        self.stream.as_ref().ok_or_else(not_begun)
    }
}

/// Runs a step of the stream with a sink, and gives the chunks that it sends as dicts.
macro_rules! dicts {
    ($slf:ident, $py:ident, |$stream:ident, $sink:ident| $step:expr) => {{
        let mut state = $slf.lock()?;
        let State {
            stream,
            template,
            reported,
            ..
        } = &mut *state;
        let $stream = stream.as_mut().ok_or_else(not_begun)?;
        let mut dicts = ChunkDicts::new($py, template);
        let $sink = &mut dicts;
        $step;
        $stream.host().check()?;
        reported.update($py, $stream.repairs_by_choice())?;
        dicts.finish()
    }};
}

#[pymethods]
impl PyChatStream {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs))]
    fn new(_args: &Bound<'_, PyAny>, _kwargs: Option<&Bound<'_, PyAny>>) -> Self {
        Self {
            state: Mutex::default(),
        }
    }

    /// Send the first chunk of every choice. Optional: the first tokens that are pushed start the stream, too.
    ///
    /// Args:
    ///     cached_tokens (int | None): How many tokens of the prompt were in the engine's cache.
    ///
    /// Returns:
    ///     list[ChatCompletionChunk]: The chunks to send.
    #[pyo3(signature = (cached_tokens = None))]
    fn start<'py>(
        &self,
        py: Python<'py>,
        #[pyo3(from_py_with = arguments::cached_tokens)] cached_tokens: Option<usize>,
    ) -> PyResult<Bound<'py, PyList>> {
        dicts!(self, py, |stream, sink| stream.start(cached_tokens, sink))
    }

    /// Take the tokens that were sampled for a choice, one or many.
    ///
    /// Args:
    ///     tokens (Iterable[SupportsIndex]): The ids.
    ///     choice (int): The index of the choice.
    ///     logprobs (Sequence[float | tuple[float, Mapping[int, float]]] | None): One entry for each token: its log-probability, or
    ///         a pair of that and a dict of the alternatives, by token id.
    ///
    /// Returns:
    ///     list[ChatCompletionChunk]: The chunks to send.
    ///
    /// Raises:
    ///     IndexError: There is no such choice.
    ///     ValueError: The choice has ended, or there are not as many log-probabilities as tokens.
    #[pyo3(signature = (tokens, choice = 0, logprobs = None))]
    fn push<'py>(
        &self,
        py: Python<'py>,
        #[pyo3(from_py_with = token_ids)] tokens: Vec<u32>,
        #[pyo3(from_py_with = arguments::choice)] choice: usize,
        logprobs: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyList>> {
        let logprobs = read_logprobs(&tokens, logprobs)?;
        dicts!(self, py, |stream, sink| stream
            .push(choice, &tokens, logprobs.as_deref(), sink)
            .map_err(|error| misuse(py, &error))?)
    }

    /// End a choice.
    ///
    /// Args:
    ///     reason (str | None): Why the engine stopped: ``"stop"``, ``"length"``, ``"content_filter"`` or ``"abort"``; None if the
    ///         engine does not say.
    ///     choice (int): The index of the choice.
    ///
    /// Returns:
    ///     list[ChatCompletionChunk]: What was held back, the finish reason and, after the last choice, the usage.
    ///
    /// Raises:
    ///     IndexError: There is no such choice.
    ///     ValueError: The choice has ended.
    #[pyo3(signature = (reason = None, choice = 0))]
    fn finish<'py>(
        &self,
        py: Python<'py>,
        #[pyo3(from_py_with = arguments::reason)] reason: Option<String>,
        #[pyo3(from_py_with = arguments::choice)] choice: usize,
    ) -> PyResult<Bound<'py, PyList>> {
        let reason = read_reason(reason.as_deref())?;
        dicts!(self, py, |stream, sink| stream
            .finish(choice, reason, sink)
            .map_err(|error| misuse(py, &error))?)
    }

    /// End the stream because the engine failed.
    ///
    /// Args:
    ///     message (str): What to tell the client.
    ///     code (str): The code of the error.
    ///
    /// Returns:
    ///     list[ChatCompletionChunk]: The error to send; nothing comes after it.
    #[pyo3(
        signature = (message, code = None),
        text_signature = "($self, message, code='server_error')"
    )]
    fn fail<'py>(
        &self,
        py: Python<'py>,
        #[pyo3(from_py_with = arguments::message)] message: String,
        #[pyo3(from_py_with = arguments::code)] code: Option<String>,
    ) -> PyResult<Bound<'py, PyList>> {
        dicts!(self, py, |stream, sink| stream.fail(
            &message,
            code_of(&code),
            sink
        ))
    }

    /// Whether a stop string is complete, so that the engine can stop generating this choice.
    ///
    /// Args:
    ///     choice (int): The index of the choice.
    ///
    /// Returns:
    ///     bool: Whether it is.
    #[pyo3(signature = (choice = 0))]
    fn stopped(&self, #[pyo3(from_py_with = arguments::choice)] choice: usize) -> PyResult<bool> {
        Ok(self.lock()?.get()?.stopped(choice))
    }

    /// The completion so far; after the last choice has ended, the whole one.
    ///
    /// Returns:
    ///     ChatCompletion: The object ``chat.completion``.
    fn completion<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_object(py, &self.lock()?.get()?.completion())
    }

    /// What lenient parsing repaired, choice by choice.
    #[getter]
    fn repairs<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        self.lock()?
            .get()?
            .repairs()
            .map(|found| repair(py, found))
            .collect()
    }

    /// What was left out of the answer or is wrong with it, choice by choice: ``kind``, ``choice``, ``name``, ``text``.
    #[getter]
    fn notes<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        self.lock()?
            .get()?
            .notes()
            .map(|note| serialized(py, &note))
            .collect()
    }

    /// The same stream as server-sent events.
    #[getter]
    fn sse(slf: Bound<'_, Self>) -> PyChatSse {
        PyChatSse {
            stream: slf.unbind(),
        }
    }

    fn _transcript(
        &self,
        py: Python<'_>,
        mut into: PyRefMut<'_, PyTranscript>,
        #[pyo3(from_py_with = arguments::choice)] choice: usize,
    ) -> PyResult<()> {
        let transcript = self.lock()?.get()?.transcript(choice);
        into.set(transcript.map_err(|error| raise(py, &error, None))?);
        Ok(())
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
        self.lock()?.set(ChatStream::resume(
            from_json(state)?,
            PyHost::new(clock, ids, seal, unseal),
        ));
        Ok(())
    }

    fn _copy_from(&self, py: Python<'_>, other: &Bound<'_, Self>) -> PyResult<()> {
        let other = other.get().lock()?;
        let other = other.get()?;
        let stream = ChatStream::resume(other.state().clone(), other.host().clone_ref(py));
        self.lock()?.set(stream);
        Ok(())
    }
}

//! Requests that are ready to be sampled.

use openai_harmony::api::{ChatJob, ResponsesJob};
use openai_harmony::chat::Message;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

use super::chat::PyChatStream;
use super::constraint::{grammar_of, PyConstraint};
use super::dict::serialized;
use super::host::PyHost;
use super::responses::PyResponsesStream;
use crate::convert::to_json;
use crate::rendered::token_array;
use crate::tokenizer::token_list;
use crate::transcript::PyTranscript;

/// A request, ready to be sampled; `openai_harmony.api.ChatJob` and `ResponsesJob` derive from it.
#[pyclass(name = "Job", module = "openai_harmony._core", subclass)]
pub struct PyJob {
    /// None until a request is read into it.
    prepared: Option<(Kind, PyHost)>,
}

enum Kind {
    Chat(Box<ChatJob>),
    Responses(Box<ResponsesJob>),
}

/// What jobs of both APIs have.
macro_rules! of_either {
    ($slf:ident, |$job:ident| $of:expr) => {
        match $slf.get()? {
            (Kind::Chat($job), _) => $of,
            (Kind::Responses($job), _) => $of,
        }
    };
}

impl PyJob {
    pub fn set_chat(&mut self, job: ChatJob, host: PyHost) {
        self.prepared = Some((Kind::Chat(Box::new(job)), host));
    }

    pub fn set_responses(&mut self, job: ResponsesJob, host: PyHost) {
        self.prepared = Some((Kind::Responses(Box::new(job)), host));
    }

    fn get(&self) -> PyResult<&(Kind, PyHost)> {
        self.prepared
            .as_ref()
            .ok_or_else(|| PyRuntimeError::new_err("a job is made by `prepare`"))
    }
}

#[pymethods]
impl PyJob {
    #[new]
    fn new() -> Self {
        Self { prepared: None }
    }

    /// The token ids that the model is to continue.
    #[getter]
    fn tokens<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        of_either!(self, |job| token_list(py, job.tokens()))
    }

    /// The same as a memoryview of unsigned 32-bit integers, made without a list.
    #[getter]
    fn token_array<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        of_either!(self, |job| token_array(py, job.tokens()))
    }

    /// The ids at which the engine stops: ``<|return|>`` and ``<|call|>``, never ``<|end|>``.
    #[getter]
    fn stop_token_ids(&self) -> PyResult<Vec<u32>> {
        of_either!(self, |job| Ok(job.stop_token_ids().to_vec()))
    }

    /// How many tokens the engine may sample; None for any number.
    #[getter]
    fn max_tokens(&self) -> PyResult<Option<usize>> {
        of_either!(self, |job| Ok(job.max_tokens()))
    }

    /// How many choices to sample; 1 for the Responses API.
    #[getter]
    fn n(&self) -> PyResult<usize> {
        Ok(match self.get()? {
            (Kind::Chat(job), _) => job.answer_plan().n,
            (Kind::Responses(_), _) => 1,
        })
    }

    /// The sampler's parameters that the request has, each as given.
    #[getter]
    fn sampling<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        of_either!(self, |job| serialized(py, job.sampling()))
    }

    /// What may be sampled; None if the model is free.
    #[getter]
    fn constraint(&self) -> PyResult<Option<PyConstraint>> {
        of_either!(self, |job| Ok(job.constraint().cloned().map(PyConstraint)))
    }

    /// The grammar of every correct answer to this request, also where the model is free.
    ///
    /// Returns:
    ///     OutputGrammar: The grammar of what may be sampled after the prompt.
    ///
    /// Raises:
    ///     HarmonyGrammarError: A schema of the request is not one, or the prompt ends inside a JSON body.
    fn grammar<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        of_either!(self, |job| grammar_of(py, job.allowed()))
    }

    /// The paths of the parameters that have no effect.
    #[getter]
    fn ignored(&self) -> PyResult<Vec<String>> {
        of_either!(self, |job| Ok(job.ignored().to_vec()))
    }

    /// Whether the client asked for a stream.
    #[getter]
    fn stream_requested(&self) -> PyResult<bool> {
        Ok(match self.get()? {
            (Kind::Chat(job), _) => job.answer_plan().stream,
            (Kind::Responses(job), _) => job.answer_plan().stream,
        })
    }

    /// For how many alternatives of each token the log-probabilities are wanted; None for no log-probabilities at all.
    #[getter]
    fn top_logprobs(&self) -> PyResult<Option<u8>> {
        of_either!(self, |job| Ok(job.plan().top_logprobs))
    }

    fn _messages(&self) -> PyResult<String> {
        of_either!(self, |job| to_json(
            &job.conversation().collect::<Vec<&Message>>()
        ))
    }

    fn _transcript(&self, mut into: PyRefMut<'_, PyTranscript>) -> PyResult<()> {
        into.set(of_either!(self, |job| job.transcript().clone()));
        Ok(())
    }

    fn _begin_chat(&self, py: Python<'_>, stream: &PyChatStream) -> PyResult<()> {
        match self.get()? {
            (Kind::Chat(job), host) => stream.begin(job, host.clone_ref(py)),
            (Kind::Responses(_), _) => Err(other_api()),
        }
    }

    fn _begin_responses(&self, py: Python<'_>, stream: &PyResponsesStream) -> PyResult<()> {
        match self.get()? {
            (Kind::Responses(job), host) => stream.begin(job, host.clone_ref(py)),
            (Kind::Chat(_), _) => Err(other_api()),
        }
    }
}

fn other_api() -> PyErr {
    PyRuntimeError::new_err("the job is a request to the other API")
}

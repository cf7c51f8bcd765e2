//! The base class of Python's `Transcript`.

use pyo3::exceptions::{PyIndexError, PyRuntimeError, PyValueError};
use pyo3::prelude::*;

use super::convert::{from_json, to_json};
use super::encoding::PyHarmonyEncoding;
use super::errors::raise;
use super::render::{read_json, token_array, PyRendered};
use super::tokenizer::token_list;
use crate::chat::{Conversation, Message};
use crate::render::{OpenMessage, Rendered, Transcript};

/// A conversation and its exact tokens; `openai_harmony.Transcript` adds the models to it.
#[pyclass(name = "Transcript", module = "openai_harmony._core", subclass, dict)]
pub struct PyTranscript {
    /// None until it is begun, loaded or copied: a subclass in Python may take other arguments, so `__new__` takes any.
    transcript: Option<Transcript>,
}

#[pymethods]
impl PyTranscript {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs))]
    fn new(_args: &Bound<'_, PyAny>, _kwargs: Option<&Bound<'_, PyAny>>) -> Self {
        Self { transcript: None }
    }

    fn _begin(
        &mut self,
        encoding: &PyHarmonyEncoding,
        format: &[u8],
        response_formats: &[u8],
    ) -> PyResult<()> {
        let encoding = encoding.inner.clone();
        self.transcript = Some(Transcript::with_response_formats(
            encoding,
            read_json(format)?,
            read_json(response_formats)?,
        ));
        Ok(())
    }

    /// The whole state as text, for pickling.
    fn _dump(&self) -> PyResult<String> {
        to_json(self.get()?)
    }

    fn _load(&mut self, state: &str) -> PyResult<()> {
        let transcript = serde_json::from_str(state);
        self.transcript =
            Some(transcript.map_err(|error| PyValueError::new_err(error.to_string()))?);
        Ok(())
    }

    fn _copy_from(&mut self, other: PyRef<'_, Self>) {
        self.transcript.clone_from(&other.transcript);
    }

    fn _extend(&mut self, py: Python<'_>, payload: &[u8]) -> PyResult<()> {
        let conversation: Conversation = from_json(py, payload)?;
        let transcript = self.get_mut()?;
        py.detach(|| transcript.extend(conversation.messages))
            .map_err(|error| raise(py, &error, None))
    }

    fn _append_completion(&mut self, py: Python<'_>, sampled: Vec<u32>) -> PyResult<String> {
        let transcript = self.get_mut()?;
        let messages = py
            .detach(|| transcript.append_completion(&sampled))
            .map_err(|error| raise(py, &error, Some(&sampled)))?;
        let appended: Vec<&Message> = messages
            .filter_map(|index| transcript.message(index))
            .collect();
        to_json(&appended)
    }

    /// Open a prompt: its tokens are then those of `_prompt_list` and `_prompt_array`.
    fn _prompt_list<'py>(&mut self, py: Python<'py>, open: &[u8]) -> PyResult<Bound<'py, PyAny>> {
        token_list(py, self.opened(py, open)?)
    }

    fn _prompt_array<'py>(&mut self, py: Python<'py>, open: &[u8]) -> PyResult<Bound<'py, PyAny>> {
        token_array(py, self.opened(py, open)?)
    }

    /// The tokens of the messages, without the beginning of one that the last prompt added.
    #[getter]
    fn tokens<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        token_list(py, self.get()?.tokens())
    }

    /// The same as a memoryview of unsigned 32-bit integers, made without a list.
    #[getter]
    fn token_array<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        token_array(py, self.get()?.tokens())
    }

    /// Tokens and spans; with `as_sampled`, turns end in the `<|return|>` that the model wrote.
    #[pyo3(signature = (*, as_sampled = false))]
    fn rendered(&self, as_sampled: bool) -> PyResult<PyRendered> {
        let transcript = self.get()?;
        let tokens = if as_sampled {
            transcript.tokens_as_sampled()
        } else {
            transcript.tokens().to_vec()
        };
        let spans = transcript.spans();
        Ok(PyRendered::from(Rendered { tokens, spans }))
    }

    /// The first token that a prefix cache must forget; None if all of it stays valid.
    #[getter]
    fn stale_from(&self) -> PyResult<Option<usize>> {
        Ok(self.get()?.stale_from())
    }

    fn _messages(&self) -> PyResult<String> {
        to_json(&self.get()?.messages().collect::<Vec<_>>())
    }

    fn _message(&self, index: usize) -> PyResult<String> {
        match self.get()?.message(index) {
            Some(message) => to_json(&[message]),
            None => Err(PyIndexError::new_err("transcript index out of range")),
        }
    }

    fn __len__(&self) -> PyResult<usize> {
        Ok(self.get()?.messages().len())
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<Self>().is_ok_and(|other| {
            std::ptr::eq(&*other.borrow(), self) || other.borrow().transcript == self.transcript
        })
    }
}

impl PyTranscript {
    fn get(&self) -> PyResult<&Transcript> {
        self.transcript.as_ref().ok_or_else(not_begun)
    }

    fn get_mut(&mut self) -> PyResult<&mut Transcript> {
        self.transcript.as_mut().ok_or_else(not_begun)
    }

    fn opened(&mut self, py: Python<'_>, open: &[u8]) -> PyResult<&[u32]> {
        let open: OpenMessage = read_json(open)?;
        self.get_mut()?
            .prompt_with(open)
            .map_err(|error| raise(py, &error, None))
    }
}

fn not_begun() -> PyErr {
    PyRuntimeError::new_err("Transcript.__init__ was not called")
}

//! The base class of Python's `Transcript`.

use openai_harmony::chat::Message;
use openai_harmony::render::{Rendered, Transcript};
use pyo3::exceptions::{PyIndexError, PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyList;

use super::convert::to_json;
use super::encoding::PyHarmonyEncoding;
use super::errors::raise;
use super::read;
use super::render::{token_array, PyRendered};
use super::tokenizer::{token_ids, token_list};

/// A conversation and its exact tokens; `openai_harmony.Transcript` adds the models to it.
#[pyclass(name = "Transcript", module = "openai_harmony._core", subclass, dict)]
pub struct PyTranscript {
    /// None until it is begun, loaded or copied: a subclass in Python may take other arguments, so `__new__` takes any.
    transcript: Option<Transcript>,
    last_prompt: LastPrompt,
}

/// The last prompt as a list, so that the next one makes a list of what is new only and copies the rest.
///
/// Measured on 200 turns that reach 33,000 tokens: 13 ms in place of 18.
#[derive(Default)]
struct LastPrompt {
    tokens: Vec<u32>,
    list: Option<Py<PyList>>,
}

impl LastPrompt {
    /// A new list of `tokens`.
    fn list_of<'py>(&mut self, py: Python<'py>, tokens: &[u32]) -> PyResult<Bound<'py, PyList>> {
        let kept = match self.list.take() {
            Some(list) => list.into_bound(py),
            None => {
                self.tokens.clear();
                PyList::empty(py)
            }
        };
        let same = common_prefix(&self.tokens, tokens);
        let new = tokens.get(same..).unwrap_or_default();
        kept.set_slice(same, kept.len(), &token_list(py, new)?)?;
        self.tokens.truncate(same);
        self.tokens.extend_from_slice(new);
        let copy = kept.get_slice(0, kept.len());
        self.list = Some(kept.unbind());
        Ok(copy)
    }
}

/// How many ids two sequences have in common at the beginning.
fn common_prefix(one: &[u32], other: &[u32]) -> usize {
    // Comparing whole slices is a memcmp, and one prompt almost always extends the other.
    if other.starts_with(one) {
        return one.len();
    }
    one.iter().zip(other).take_while(|(a, b)| a == b).count()
}

#[pymethods]
impl PyTranscript {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs))]
    fn new(_args: &Bound<'_, PyAny>, _kwargs: Option<&Bound<'_, PyAny>>) -> Self {
        Self {
            transcript: None,
            last_prompt: LastPrompt::default(),
        }
    }

    fn _begin(
        &mut self,
        encoding: &PyHarmonyEncoding,
        format: &Bound<'_, PyAny>,
        response_formats: &Bound<'_, PyList>,
    ) -> PyResult<()> {
        let encoding = encoding.inner.clone();
        self.transcript = Some(Transcript::with_response_formats(
            encoding,
            read::render_format(format)?,
            read::response_formats(response_formats)?,
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

    fn _extend(&mut self, py: Python<'_>, messages: &Bound<'_, PyList>) -> PyResult<()> {
        let messages = read::messages(messages)?;
        let transcript = self.get_mut()?;
        py.detach(|| transcript.extend(messages))
            .map_err(|error| raise(py, &error, None))
    }

    fn _append_completion(
        &mut self,
        py: Python<'_>,
        #[pyo3(from_py_with = token_ids)] sampled: Vec<u32>,
    ) -> PyResult<String> {
        let transcript = self.get_mut()?;
        let messages = py
            .detach(|| transcript.append_completion(&sampled))
            .map_err(|error| raise(py, &error, Some(&sampled)))?;
        let appended: Vec<&Message> = messages
            .filter_map(|index| transcript.message(index))
            .collect();
        to_json(&appended)
    }

    fn _prompt_list<'py>(
        &mut self,
        py: Python<'py>,
        open: &Bound<'_, PyAny>,
    ) -> PyResult<Bound<'py, PyList>> {
        let open = read::open_message(open)?;
        let transcript = self.transcript.as_mut().ok_or_else(not_begun)?;
        let tokens = transcript
            .prompt_with(open)
            .map_err(|error| raise(py, &error, None))?;
        self.last_prompt.list_of(py, tokens)
    }

    fn _prompt_array<'py>(
        &mut self,
        py: Python<'py>,
        open: &Bound<'_, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let open = read::open_message(open)?;
        let tokens = self
            .get_mut()?
            .prompt_with(open)
            .map_err(|error| raise(py, &error, None))?;
        token_array(py, tokens)
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
}

fn not_begun() -> PyErr {
    PyRuntimeError::new_err("Transcript.__init__ was not called")
}

//! Rendering with options: tokens with their spans, and masks, ready for NumPy.

use std::num::NonZeroUsize;

use openai_harmony::render::{Part, RenderSpec, Rendered, Spans, TokenSelection};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyList, PyMemoryView, PyString, PyTuple, PyType};

use super::convert::{cached, read_role, to_json};
use super::encoding::PyHarmonyEncoding;
use super::errors::raise;
use super::members::Twin;
use super::read;
use super::tokenizer::token_list;

/// Tokens, and to which part of which message each of them belongs. ``len`` is the number of tokens.
#[pyclass(name = "Rendered", module = "openai_harmony", frozen)]
pub struct PyRendered {
    rendered: Rendered,
}

impl From<Rendered> for PyRendered {
    fn from(rendered: Rendered) -> Self {
        Self { rendered }
    }
}

#[pymethods]
impl PyRendered {
    /// The token ids.
    #[getter]
    fn tokens<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        token_list(py, &self.rendered.tokens)
    }

    /// The token ids as a memoryview of unsigned 32-bit integers, made without a list.
    #[getter]
    fn token_array<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        token_array(py, &self.rendered.tokens)
    }

    /// The parts that have tokens, in the order of the tokens and without gaps.
    #[getter]
    fn spans<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        span_list(py, &self.rendered.spans)
    }

    /// For each token, whether all that is asked for holds, as a memoryview of bools.
    ///
    /// `sampled_only` chooses the tokens that a model wrote: those that were sampled, in a transcript; in a
    /// conversation rendered from messages, those that a model would have sampled. `numpy.asarray` takes the mask as it is.
    #[pyo3(signature = (*, roles = None, channels = None, messages = None, parts = None, sampled_only = false))]
    fn mask<'py>(
        &self,
        py: Python<'py>,
        roles: Option<Vec<String>>,
        channels: Option<Vec<Option<String>>>,
        messages: Option<Vec<usize>>,
        parts: Option<Vec<String>>,
        sampled_only: bool,
    ) -> PyResult<Bound<'py, PyAny>> {
        let roles = roles.map(|words| words.iter().map(|word| read_role(word)).collect());
        let parts = parts.map(|words| words.iter().map(|word| read_part(word)).collect());
        let selection = TokenSelection {
            roles: roles.transpose()?,
            channels,
            messages,
            parts: parts.transpose()?,
            sampled_only,
        };
        self.selected(py, &selection)
    }

    /// The mask of what supervised training learns: contents and endings of the assistant's messages.
    fn loss_mask<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.selected(py, &TokenSelection::learned())
    }

    fn __len__(&self) -> usize {
        self.rendered.tokens.len()
    }

    fn __eq__(&self, other: &Bound<'_, Self>) -> bool {
        other.get().rendered == self.rendered
    }

    fn __repr__(&self) -> String {
        let messages = self.rendered.spans.messages().len();
        format!(
            "Rendered({} tokens, {messages} messages)",
            self.rendered.tokens.len()
        )
    }

    #[classmethod]
    fn _load(_class: &Bound<'_, PyType>, state: &str) -> PyResult<Self> {
        match serde_json::from_str(state) {
            Ok(rendered) => Ok(Self { rendered }),
            Err(error) => Err(PyValueError::new_err(error.to_string())),
        }
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyTuple>> {
        let state = (to_json(&slf.get().rendered)?,);
        (slf.get_type().getattr("_load")?, state).into_pyobject(slf.py())
    }
}

impl PyRendered {
    fn selected<'py>(
        &self,
        py: Python<'py>,
        selection: &TokenSelection,
    ) -> PyResult<Bound<'py, PyAny>> {
        let mask = selection.mask(&self.rendered.spans);
        let bytes = PyBytes::new_with(py, mask.len(), |bytes| {
            for (byte, on) in bytes.iter_mut().zip(&mask) {
                *byte = u8::from(*on);
            }
            Ok(())
        })?;
        viewed(&bytes, "?")
    }
}

/// Renders one conversation in any way.
#[pyfunction]
pub fn render_with(
    py: Python<'_>,
    encoding: &PyHarmonyEncoding,
    conversation: &Bound<'_, PyAny>,
    format: &Bound<'_, PyAny>,
    ending: &Bound<'_, PyAny>,
    response_formats: &Bound<'_, PyList>,
) -> PyResult<PyRendered> {
    let conversation = read::conversation(conversation)?;
    let spec = spec(format, ending, response_formats)?;
    py.detach(|| encoding.inner.render_with(&conversation, &spec))
        .map(PyRendered::from)
        .map_err(|error| raise(py, &error, None))
}

/// Renders many conversations; the exception for the first that fails has its index as `conversation`.
#[pyfunction]
pub fn render_batch(
    py: Python<'_>,
    encoding: &PyHarmonyEncoding,
    conversations: &Bound<'_, PyAny>,
    format: &Bound<'_, PyAny>,
    ending: &Bound<'_, PyAny>,
    response_formats: &Bound<'_, PyList>,
    threads: Option<NonZeroUsize>,
) -> PyResult<Vec<PyRendered>> {
    let spec = spec(format, ending, response_formats)?;
    let conversations = conversations
        .try_iter()?
        .enumerate()
        .map(|(index, value)| {
            read::conversation(&value?).map_err(|error| of_conversation(py, error, index))
        })
        .collect::<PyResult<Vec<_>>>()?;
    py.detach(|| encoding.inner.render_batch(&conversations, &spec, threads))
        .into_iter()
        .enumerate()
        .map(|(index, result)| match result {
            Ok(rendered) => Ok(PyRendered::from(rendered)),
            Err(error) => Err(of_conversation(py, raise(py, &error, None), index)),
        })
        .collect()
}

/// `ending` is the word of an ending, or an `OpenMessage`.
fn spec(
    format: &Bound<'_, PyAny>,
    ending: &Bound<'_, PyAny>,
    response_formats: &Bound<'_, PyList>,
) -> PyResult<RenderSpec> {
    let spec = match ending.cast::<PyString>() {
        Ok(word) => match word.to_cow()?.as_ref() {
            "conversation" => RenderSpec::new(),
            "training" => RenderSpec::for_training(),
            "completion" => RenderSpec::for_completion(),
            other => return Err(PyValueError::new_err(format!("Unknown ending: {other}"))),
        },
        Err(_) => RenderSpec::for_completion_of(read::open_message(ending)?),
    };
    let spec = spec.with_format(read::render_format(format)?);
    Ok(read::response_formats(response_formats)?
        .into_iter()
        .fold(spec, RenderSpec::with_response_format))
}

fn of_conversation(py: Python<'_>, error: PyErr, index: usize) -> PyErr {
    match error.value(py).setattr("conversation", index) {
        Ok(()) => error,
        Err(other) => other,
    }
}

fn read_part(word: &str) -> PyResult<Part> {
    Part::ALL
        .into_iter()
        .find(|part| part.as_str() == word)
        .ok_or_else(|| PyValueError::new_err(format!("Unknown part: {word}")))
}

/// Ids as a memoryview with the format `I`.
pub fn token_array<'py>(py: Python<'py>, tokens: &[u32]) -> PyResult<Bound<'py, PyAny>> {
    let bytes = PyBytes::new_with(py, size_of_val(tokens), |bytes| {
        for (place, token) in bytes.chunks_exact_mut(size_of::<u32>()).zip(tokens) {
            place.copy_from_slice(&token.to_ne_bytes());
        }
        Ok(())
    })?;
    viewed(&bytes, "I")
}

fn viewed<'py>(bytes: &Bound<'py, PyBytes>, format: &str) -> PyResult<Bound<'py, PyAny>> {
    PyMemoryView::from(bytes.as_any())?.call_method1("cast", (format,))
}

/// Spans as instances of `openai_harmony.Span`.
pub fn span_list<'py>(py: Python<'py>, spans: &Spans) -> PyResult<Vec<Bound<'py, PyAny>>> {
    static SPAN: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let class = cached(py, &SPAN, "openai_harmony.rendering", "Span")?;
    spans
        .parts()
        .map(|span| {
            let part = span.part.member(py)?;
            class.call1((span.message, part, span.tokens.start, span.tokens.end))
        })
        .collect()
}

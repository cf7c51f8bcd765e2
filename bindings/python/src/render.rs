//! Rendering with options: tokens with their spans, and masks, ready for NumPy.

use std::num::NonZeroUsize;

use openai_harmony::chat::Conversation;
use openai_harmony::render::{Keep, Part, Rendered, Spans, TokenSelection};
use pyo3::exceptions::{PyException, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyIterator, PyList, PyMemoryView, PyTuple, PyType};

use super::convert::{cached, read_role, to_json};
use super::encoding::PyHarmonyEncoding;
use super::errors::raise;
use super::members::PyEnum;
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

    /// The indices of the messages that the format left out, such as the analysis of earlier turns.
    #[getter]
    fn left_out(&self) -> Vec<usize> {
        self.rendered.spans.left_out().collect()
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
        let mut selection = TokenSelection::all();
        selection.roles = roles.transpose()?;
        selection.channels = channels;
        selection.messages = messages;
        selection.parts = parts.transpose()?;
        selection.sampled_only = sampled_only;
        self.selected(py, &selection)
    }

    /// The loss mask for supervised training: contents and endings of the assistant's messages.
    fn loss_mask<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.selected(py, &TokenSelection::learned())
    }

    fn __len__(&self) -> usize {
        self.rendered.tokens.len()
    }

    fn __eq__(&self, other: &Bound<'_, Self>) -> bool {
        other.get().rendered == self.rendered
    }

    /// What a notebook shows.
    fn _repr_html_<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.py()
            .import("openai_harmony.html")?
            .call_method1("rendered_html", (slf,))
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
    render_format: &Bound<'_, PyAny>,
    ending: &Bound<'_, PyAny>,
    response_formats: &Bound<'_, PyList>,
) -> PyResult<PyRendered> {
    let conversation = read::conversation(conversation)?;
    let spec = read::render_spec(render_format, ending, response_formats)?;
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
    render_format: &Bound<'_, PyAny>,
    ending: &Bound<'_, PyAny>,
    response_formats: &Bound<'_, PyList>,
    threads: Option<NonZeroUsize>,
) -> PyResult<Vec<PyRendered>> {
    let spec = read::render_spec(render_format, ending, response_formats)?;
    let mut source = Source::of(conversations)?;
    let results = py.detach(|| encoding.inner.render_batch(&mut source, &spec, threads));
    if let Some(interruption) = source.interruption {
        return Err(interruption);
    }
    let mut rendered = Vec::with_capacity(results.len());
    for (index, result) in results.into_iter().enumerate() {
        let result = result.map_err(|error| of_conversation(py, raise(py, &error, None), index));
        rendered.push(PyRendered::from(result?));
    }
    match source.failure {
        Some(error) => Err(of_conversation(py, error, rendered.len())),
        None => Ok(rendered),
    }
}

/// The indices of the messages that fit `max_tokens`, where the last `turns` turns and the messages `kept` stay.
#[pyfunction]
#[allow(clippy::too_many_arguments)] // as `render_with`, and what to keep
pub fn fit(
    py: Python<'_>,
    encoding: &PyHarmonyEncoding,
    conversation: &Bound<'_, PyAny>,
    render_format: &Bound<'_, PyAny>,
    ending: &Bound<'_, PyAny>,
    response_formats: &Bound<'_, PyList>,
    max_tokens: usize,
    turns: usize,
    kept: Vec<usize>,
) -> PyResult<Vec<usize>> {
    let conversation = read::conversation(conversation)?;
    let spec = read::render_spec(render_format, ending, response_formats)?;
    let keep = Keep {
        turns,
        messages: kept,
    };
    py.detach(|| encoding.inner.fit(&conversation, &spec, max_tokens, &keep))
        .map_err(|error| raise(py, &error, None))
}

/// Conversations from a Python iterator; ends before the first that cannot be read.
///
/// The interpreter lock is only held while a few are read, so that other threads of Python run meanwhile. Taking the lock
/// for each of them would let a busy thread of Python delay each by 5 ms.
struct Source {
    iterator: Py<PyIterator>,
    read: std::vec::IntoIter<Conversation>,
    /// Why the next conversation cannot be read.
    failure: Option<PyErr>,
    /// What ends the whole call, such as Ctrl-C.
    interruption: Option<PyErr>,
    ended: bool,
}

/// How many conversations are read at once.
const READ_AT_ONCE: usize = 8;

impl Source {
    fn of(conversations: &Bound<'_, PyAny>) -> PyResult<Self> {
        Ok(Self {
            iterator: conversations.try_iter()?.unbind(),
            read: Vec::new().into_iter(),
            failure: None,
            interruption: None,
            ended: false,
        })
    }

    fn read_more(&mut self, py: Python<'_>) {
        let mut read = Vec::with_capacity(READ_AT_ONCE);
        let mut iterator = self.iterator.bind(py).clone();
        if let Err(error) = py.check_signals() {
            self.fail(py, error);
        }
        while read.len() < READ_AT_ONCE && !self.ended {
            match iterator.next().map(|value| read::conversation(&value?)) {
                Some(Ok(conversation)) => read.push(conversation),
                Some(Err(error)) => self.fail(py, error),
                None => self.ended = true,
            }
        }
        self.read = read.into_iter();
    }

    fn fail(&mut self, py: Python<'_>, error: PyErr) {
        let failure = if error.is_instance_of::<PyException>(py) {
            &mut self.failure
        } else {
            &mut self.interruption
        };
        *failure = Some(error);
        self.ended = true;
    }
}

impl Iterator for Source {
    type Item = Conversation;

    fn next(&mut self) -> Option<Conversation> {
        if self.read.len() == 0 && !self.ended {
            Python::attach(|py| self.read_more(py));
        }
        self.read.next()
    }
}

fn of_conversation(py: Python<'_>, error: PyErr, index: usize) -> PyErr {
    match error.value(py).setattr("conversation", index) {
        Ok(()) => error,
        Err(other) => other,
    }
}

fn read_part(word: &str) -> PyResult<Part> {
    word.parse::<Part>()
        .map_err(|error| PyValueError::new_err(error.to_string()))
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

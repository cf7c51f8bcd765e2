//! Tokens with their spans, and masks, ready for NumPy.

use openai_harmony::render::{Rendered, Spans, TokenSelection};
use openai_harmony::HarmonyEncoding;
use pyo3::conversion::FromPyObjectOwned;
use pyo3::exceptions::{PyOverflowError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyMemoryView, PyString, PyTuple, PyType};

use super::arguments;
use super::convert::{cached, from_json, read_word, to_json};
use super::members::PyEnum;
use super::tokenizer::token_list;

/// Tokens, and to which part of which message each of them belongs. ``len`` is the number of tokens.
#[pyclass(name = "Rendered", module = "openai_harmony", frozen)]
pub struct PyRendered {
    rendered: Rendered,
    /// The name of the encoding that its ids are of.
    encoding: String,
}

impl PyRendered {
    pub fn new(rendered: Rendered, encoding: &HarmonyEncoding) -> Self {
        Self {
            rendered,
            encoding: encoding.name().to_owned(),
        }
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

    /// For each token, whether all that is asked for holds.
    ///
    /// Args:
    ///     roles (Sequence[Role | str] | None): The roles of the messages; None for all.
    ///     channels (Sequence[str | None] | None): The channels of the messages, None for messages without one; None for all.
    ///     messages (Sequence[int] | None): The indices of the messages; None for all.
    ///     parts (Sequence[Part | str] | None): The parts of the messages; None for all.
    ///     sampled_only (bool): True for only the tokens that a model wrote: in a transcript those that were sampled, in a
    ///         conversation rendered from messages those that a model would have sampled.
    ///
    /// Returns:
    ///     memoryview: A bool for each token, which `numpy.asarray` takes without a copy.
    ///
    /// >>> from openai_harmony import Conversation, Message, load_harmony_encoding
    /// >>> conversation = Conversation.from_messages([Message.from_role_and_content("user", "Hi")])
    /// >>> rendered = load_harmony_encoding("HarmonyGptOss").render_with(conversation)
    /// >>> rendered.mask(parts=["content"]).tolist()
    /// [False, False, False, True, False]
    #[pyo3(signature = (*, roles = None, channels = None, messages = None, parts = None, sampled_only = false))]
    fn mask<'py>(
        &self,
        py: Python<'py>,
        roles: Option<Bound<'py, PyAny>>,
        channels: Option<Bound<'py, PyAny>>,
        messages: Option<Bound<'py, PyAny>>,
        parts: Option<Bound<'py, PyAny>>,
        #[pyo3(from_py_with = arguments::sampled_only)] sampled_only: bool,
    ) -> PyResult<Bound<'py, PyAny>> {
        let roles: Option<Vec<String>> = several("roles", roles)?;
        let parts: Option<Vec<String>> = several("parts", parts)?;
        let roles = roles.map(|words| words.iter().map(|word| read_word(word)).collect());
        let parts = parts.map(|words| words.iter().map(|word| read_word(word)).collect());
        let mut selection = TokenSelection::all();
        selection.roles = roles.transpose()?;
        selection.channels = several("channels", channels)?;
        selection.messages = several("messages", messages)?;
        selection.parts = parts.transpose()?;
        selection.sampled_only = sampled_only;
        self.selected(py, &selection)
    }

    /// The loss mask for supervised training: the contents and endings of the assistant's messages.
    ///
    /// Returns:
    ///     memoryview: A bool for each token, which `numpy.asarray` takes without a copy.
    ///
    /// >>> from openai_harmony import Conversation, Message, load_harmony_encoding
    /// >>> conversation = Conversation.from_messages([Message.from_role_and_content("user", "Hi")])
    /// >>> rendered = load_harmony_encoding("HarmonyGptOss").render_with(conversation)
    /// >>> any(rendered.loss_mask().tolist())
    /// False
    fn loss_mask<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.selected(py, &TokenSelection::learned())
    }

    fn __len__(&self) -> usize {
        self.rendered.tokens.len()
    }

    fn __eq__(&self, other: &Bound<'_, Self>) -> bool {
        other.get().rendered == self.rendered
    }

    #[getter]
    fn _encoding(&self) -> &str {
        &self.encoding
    }

    /// What a notebook shows.
    fn _repr_html_<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.py()
            .import("openai_harmony.html")?
            .call_method1("rendered_html", (slf,))
    }

    fn __repr__(&self) -> String {
        let count = |number, noun| format!("{number} {noun}{}", if number == 1 { "" } else { "s" });
        let tokens = count(self.rendered.tokens.len(), "token");
        let messages = count(self.rendered.spans.messages().len(), "message");
        format!("Rendered({tokens}, {messages})")
    }

    #[classmethod]
    fn _load(_class: &Bound<'_, PyType>, state: &str, encoding: String) -> PyResult<Self> {
        Ok(Self {
            rendered: from_json(state)?,
            encoding,
        })
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyTuple>> {
        let Self { rendered, encoding } = slf.get();
        let state = (to_json(rendered)?, encoding);
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

/// The items of an argument that is a sequence. A string is one too, but never what is meant.
fn several<'py, T>(name: &str, items: Option<Bound<'py, PyAny>>) -> PyResult<Option<Vec<T>>>
where
    Vec<T>: FromPyObjectOwned<'py, Error = PyErr>,
{
    let Some(items) = items else {
        return Ok(None);
    };
    if !items.is_instance_of::<PyString>() {
        match items.extract() {
            Ok(items) => return Ok(Some(items)),
            Err(error) if error.is_instance_of::<PyOverflowError>(items.py()) => {
                let message = format!("{name} must be 0 or more, not {}", items.repr()?);
                return Err(PyValueError::new_err(message));
            }
            Err(_) => {}
        }
    }
    let message = format!("{name} must be a sequence or None, not {}", items.repr()?);
    Err(PyTypeError::new_err(message))
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

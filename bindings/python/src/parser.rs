//! The base class of Python's `StreamableParser`.

mod complete_messages;
mod input;
mod open_message;
mod open_text;
mod output;

use std::sync::{Mutex, MutexGuard};

use openai_harmony::chat::Role;
use openai_harmony::{HarmonyError, ParseOptions, RepairKind, StreamableParser};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

use self::complete_messages::CompleteMessages;
use self::open_text::OpenText;
use super::arguments;
use super::convert::{from_json, to_json};
use super::encoding::PyHarmonyEncoding;
use super::errors::{locked, raise};
use super::tokenizer::token_ids;

/// An incremental parser; `openai_harmony.StreamableParser` adds the models to it.
#[pyclass(
    name = "StreamableParser",
    module = "openai_harmony._core",
    subclass,
    dict,
    frozen
)]
pub struct PyStreamableParser {
    /// Locked for each call. A second thread is refused, not made to wait: two threads that feed one parser are a bug.
    state: Mutex<ParserState>,
}

#[derive(Default)]
struct ParserState {
    /// None until `__init__` ran: a subclass in Python may take other arguments, so `__new__` takes any.
    parser: Option<StreamableParser>,
    open_text: OpenText,
    messages: CompleteMessages,
}

#[pymethods]
impl PyStreamableParser {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs))]
    fn new(_args: &Bound<'_, PyAny>, _kwargs: Option<&Bound<'_, PyAny>>) -> Self {
        Self {
            state: Mutex::default(),
        }
    }

    #[pyo3(signature = (encoding, role, *, strict = true))]
    fn __init__(
        &self,
        py: Python<'_>,
        #[pyo3(from_py_with = PyHarmonyEncoding::argument)] encoding: &Bound<'_, PyHarmonyEncoding>,
        #[pyo3(from_py_with = arguments::optional_role)] role: Option<Role>,
        #[pyo3(from_py_with = arguments::strict)] strict: bool,
    ) -> PyResult<()> {
        let (encoding, options) = (encoding.get().inner.clone(), ParseOptions { strict });
        let parser = StreamableParser::new_with_options(encoding, role, options);
        self.start(parser.map_err(|error| raise(py, &error, None))?)
    }

    fn _begin_from_prompt(
        &self,
        py: Python<'_>,
        #[pyo3(from_py_with = PyHarmonyEncoding::argument)] encoding: &Bound<'_, PyHarmonyEncoding>,
        #[pyo3(from_py_with = token_ids)] prompt: Vec<u32>,
        #[pyo3(from_py_with = arguments::strict)] strict: bool,
    ) -> PyResult<()> {
        let (encoding, options) = (encoding.get().inner.clone(), ParseOptions { strict });
        let parser = py.detach(|| StreamableParser::from_prompt(encoding, &prompt, options));
        self.start(parser.map_err(|error| raise(py, &error, Some(&prompt)))?)
    }

    /// Start again, with the role and strictness that the parser was made with.
    ///
    /// >>> from openai_harmony import Role, StreamableParser, load_harmony_encoding
    /// >>> parser = StreamableParser(load_harmony_encoding("HarmonyGptOss"), role=Role.ASSISTANT)
    /// >>> events = parser.process_text("<|channel|>final<|message|>4<|return|>")
    /// >>> parser.reset()
    /// >>> parser
    /// StreamableParser(Header, 0 messages)
    fn reset(&self) -> PyResult<()> {
        let mut state = self.lock()?;
        state.parser()?.reset();
        state.open_text = OpenText::default();
        state.messages = CompleteMessages::default();
        Ok(())
    }

    /// The whole state as text, for pickling.
    fn _dump(&self) -> PyResult<String> {
        to_json(self.lock()?.parser()?)
    }

    fn _load(&self, state: &str) -> PyResult<()> {
        self.start(from_json(state)?)
    }

    fn _copy_from(&self, other: &Bound<'_, Self>) -> PyResult<()> {
        let parser = other.get().lock()?.parser.clone();
        *self.lock()? = ParserState {
            parser,
            ..ParserState::default()
        };
        Ok(())
    }

    fn _state(&self, py: Python<'_>) -> PyResult<String> {
        let mut state = self.lock()?;
        let parser = state.parser()?;
        let json = parser.state_json();
        json.map_err(|error| failure(py, parser, &error))
    }
}

impl PyStreamableParser {
    fn start(&self, parser: StreamableParser) -> PyResult<()> {
        *self.lock()? = ParserState {
            parser: Some(parser),
            ..ParserState::default()
        };
        Ok(())
    }

    fn lock(&self) -> PyResult<MutexGuard<'_, ParserState>> {
        locked(&self.state, "parser")
    }
}

impl ParserState {
    fn parser(&mut self) -> PyResult<&mut StreamableParser> {
        self.parser.as_mut().ok_or_else(not_initialised)
    }
}

/// The exception for an error of a stream, with the tokens that were refused. Not with all tokens so far: a stream may
/// have an error at each token.
fn failure(py: Python<'_>, parser: &StreamableParser, error: &HarmonyError) -> PyErr {
    let refused = match parser.repairs().last() {
        // A header that the end of the stream cut off is refused, but stays open.
        _ if !parser.open_tokens().is_empty() => parser.open_tokens(),
        Some(repair) if repair.kind == RepairKind::Refused => {
            parser.tokens_at(repair.tokens.clone())
        }
        _ => &[],
    };
    raise(py, error, (!refused.is_empty()).then_some(refused))
}

fn not_initialised() -> PyErr {
    PyRuntimeError::new_err("StreamableParser.__init__ was not called")
}

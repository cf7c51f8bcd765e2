//! The base class of Python's `StreamableParser`.

use openai_harmony::error::Result;
use openai_harmony::{HarmonyError, ParseOptions, StreamEvent, StreamableParser};
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyString;

use super::convert::{parsed_json, read_role, to_json, word};
use super::encoding::PyHarmonyEncoding;
use super::errors::raise;
use super::events::{event, repair};
use super::members::Twin;
use super::open_text::OpenText;
use super::tokenizer::{token_ids, token_list};

/// An incremental parser; `openai_harmony.StreamableParser` adds the models to it.
#[pyclass(
    name = "StreamableParser",
    module = "openai_harmony._core",
    subclass,
    dict
)]
pub struct PyStreamableParser {
    /// None until `__init__` ran: a subclass in Python may take other arguments, so `__new__` takes any.
    parser: Option<StreamableParser>,
    open_text: OpenText,
}

/// From this many tokens on, other threads may run meanwhile; for fewer, letting them costs more than the work.
const WORTH_DETACHING: usize = 256;

/// Beginnings and ends.
#[pymethods]
impl PyStreamableParser {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs))]
    fn new(_args: &Bound<'_, PyAny>, _kwargs: Option<&Bound<'_, PyAny>>) -> Self {
        Self {
            parser: None,
            open_text: OpenText::default(),
        }
    }

    #[pyo3(signature = (encoding, role, *, strict = true))]
    fn __init__(
        &mut self,
        py: Python<'_>,
        encoding: &PyHarmonyEncoding,
        role: Option<&str>,
        strict: bool,
    ) -> PyResult<()> {
        let role = role.map(read_role).transpose()?;
        let options = ParseOptions { strict };
        let parser = StreamableParser::new_with_options(encoding.inner.clone(), role, options);
        self.begin(parser.map_err(|error| raise(py, &error, None))?);
        Ok(())
    }

    fn _begin_from_prompt(
        &mut self,
        py: Python<'_>,
        encoding: &PyHarmonyEncoding,
        #[pyo3(from_py_with = token_ids)] prompt: Vec<u32>,
        strict: bool,
    ) -> PyResult<()> {
        let options = ParseOptions { strict };
        let parser = StreamableParser::from_prompt(encoding.inner.clone(), &prompt, options);
        self.begin(parser.map_err(|error| raise(py, &error, Some(&prompt)))?);
        Ok(())
    }

    /// Begin anew, with the role and strictness that the parser was made with.
    fn reset(&mut self) -> PyResult<()> {
        self.get_mut()?.reset();
        self.open_text = OpenText::default();
        Ok(())
    }

    /// The whole state as text, for pickling.
    fn _dump(&self) -> PyResult<String> {
        to_json(self.get()?)
    }

    fn _load(&mut self, state: &str) -> PyResult<()> {
        let parser = serde_json::from_str(state);
        self.begin(parser.map_err(|error| PyValueError::new_err(error.to_string()))?);
        Ok(())
    }

    fn _copy_from(&mut self, other: PyRef<'_, Self>) {
        self.parser.clone_from(&other.parser);
        self.open_text = OpenText::default();
    }

    /// Take the next token of the stream. Gives the parser itself.
    ///
    /// Raises `HarmonyParseError` in strict mode if the token does not fit; the parser then goes on at the next
    /// `<|start|>`. Raises `OverflowError` for what is no 32-bit number.
    fn process(mut slf: PyRefMut<'_, Self>, token: u32) -> PyResult<PyRefMut<'_, Self>> {
        let result = slf.get_mut()?.process(token).map(|_| ());
        itself(slf, result)
    }

    /// End the stream, and with it an open message. Gives the parser itself.
    ///
    /// Raises `HarmonyParseError` in strict mode if a header is open.
    fn process_eos(mut slf: PyRefMut<'_, Self>) -> PyResult<PyRefMut<'_, Self>> {
        let result = slf.get_mut()?.process_eos().map(|_| ());
        itself(slf, result)
    }

    /// Take any number of tokens. Gives what happened, as a list of events; how the stream is cut does not matter.
    ///
    /// Raises `HarmonyParseError` in strict mode at the first token that does not fit; its `events` are what happened
    /// before.
    ///
    /// >>> from openai_harmony import Role, StreamableParser, load_harmony_encoding
    /// >>> encoding = load_harmony_encoding("HarmonyGptOss")
    /// >>> parser = StreamableParser(encoding, role=Role.ASSISTANT)
    /// >>> parser.process_many([200005, 17196, 200008, 19, 200002])  # doctest: +NORMALIZE_WHITESPACE
    /// [MessageStarted(index=0, role='assistant', channel='final'), ContentDelta(index=0, text='4'),
    ///  MessageEnded(index=0, ending='return')]
    fn process_many<'py>(
        &mut self,
        py: Python<'py>,
        #[pyo3(from_py_with = token_ids)] tokens: Vec<u32>,
    ) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let parser = self.get_mut()?;
        let mut events = Vec::new();
        let result = if tokens.len() < WORTH_DETACHING {
            parser.process_many_into(&tokens, &mut events)
        } else {
            py.detach(|| parser.process_many_into(&tokens, &mut events))
        };
        self.happened(py, result, events)
    }

    /// Take text in which special tokens are written out, for engines that hand out text. Gives what happened.
    ///
    /// What may be the beginning of a special token at the end of a chunk is held back. Places count characters
    /// instead of tokens. Errors as for `process_many`.
    fn process_text<'py>(
        &mut self,
        py: Python<'py>,
        chunk: &str,
    ) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let parser = self.get_mut()?;
        let mut events = Vec::new();
        let result = parser.process_text_into(chunk, &mut events);
        self.happened(py, result, events)
    }

    /// End the stream as `process_eos` does. Gives what happened, as `process_many` does.
    fn finish<'py>(&mut self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let mut events = Vec::new();
        let result = self.get_mut()?.process_eos_into(&mut events);
        self.happened(py, result, events)
    }

    /// The text of the open message so far.
    #[getter]
    fn current_content<'py>(&mut self, py: Python<'py>) -> PyResult<Bound<'py, PyString>> {
        let parser = self.parser.as_ref().ok_or_else(not_initialised)?;
        let before = parser.messages().len();
        self.open_text.show(py, before, parser.current_text())
    }

    /// The role of the open message or header, None between messages.
    #[getter]
    fn current_role(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        let role = self.get()?.current_role();
        role.map(|role| role.member(py)).transpose()
    }

    /// The channel of the open message.
    #[getter]
    fn current_channel<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyString>>> {
        let header = self.get()?.current_header();
        Ok(header
            .and_then(|header| header.channel.as_deref())
            .map(|channel| word(py, channel)))
    }

    /// The recipient of the open message.
    #[getter]
    fn current_recipient(&self) -> PyResult<Option<&str>> {
        Ok(self
            .get()?
            .current_header()
            .and_then(|header| header.recipient.as_deref()))
    }

    /// The content type of the open message.
    #[getter]
    fn current_content_type(&self) -> PyResult<Option<&str>> {
        Ok(self
            .get()?
            .current_header()
            .and_then(|header| header.content_type.as_deref()))
    }

    /// The text that the last token added, None if it added none.
    #[getter]
    fn last_content_delta(&self) -> PyResult<Option<&str>> {
        Ok(self.get()?.last_delta())
    }

    /// Where in the format the parser is.
    #[getter]
    fn state(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.get()?.state().member(py)
    }

    /// All tokens so far, those that were refused among them.
    #[getter]
    fn tokens<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        token_list(py, self.get()?.tokens())
    }

    /// The tokens of the open header or message, whatever became of them; empty between messages.
    #[getter]
    fn open_tokens<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        token_list(py, self.get()?.open_tokens())
    }

    /// What lenient parsing has repaired so far.
    #[getter]
    fn repairs<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        self.get()?
            .repairs()
            .iter()
            .map(|found| repair(py, found))
            .collect()
    }

    /// How many messages are complete and not taken.
    fn _message_count(&self) -> PyResult<usize> {
        Ok(self.get()?.messages().len())
    }

    /// The complete messages from this index on.
    fn _messages(&self, start: usize) -> PyResult<String> {
        to_json(self.get()?.messages().get(start..).unwrap_or_default())
    }

    fn _take_messages(&mut self) -> PyResult<String> {
        self.open_text = OpenText::default();
        to_json(&self.get_mut()?.take_messages())
    }

    fn _parsed(&self) -> PyResult<String> {
        parsed_json(&self.get()?.parsed())
    }

    fn _state(&self, py: Python<'_>) -> PyResult<String> {
        self.get()?
            .state_json()
            .map_err(|error| self.failure(py, &error))
    }
}

impl PyStreamableParser {
    fn begin(&mut self, parser: StreamableParser) {
        self.parser = Some(parser);
        self.open_text = OpenText::default();
    }

    fn get(&self) -> PyResult<&StreamableParser> {
        self.parser.as_ref().ok_or_else(not_initialised)
    }

    fn get_mut(&mut self) -> PyResult<&mut StreamableParser> {
        self.parser.as_mut().ok_or_else(not_initialised)
    }

    /// The events as a list; of a stream that failed, they go with the exception.
    fn happened<'py>(
        &self,
        py: Python<'py>,
        result: Result<()>,
        events: Vec<StreamEvent>,
    ) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let events: Vec<_> = events
            .into_iter()
            .map(|found| event(py, found))
            .collect::<PyResult<_>>()?;
        match result {
            Ok(()) => Ok(events),
            Err(error) => {
                let failure = self.failure(py, &error);
                failure.value(py).setattr("events", events)?;
                Err(failure)
            }
        }
    }

    fn failure(&self, py: Python<'_>, error: &HarmonyError) -> PyErr {
        raise(
            py,
            error,
            self.parser.as_ref().map(StreamableParser::tokens),
        )
    }
}

/// What `process` gives: the parser itself, so that calls can be chained.
fn itself(
    slf: PyRefMut<'_, PyStreamableParser>,
    result: Result<()>,
) -> PyResult<PyRefMut<'_, PyStreamableParser>> {
    match result {
        Ok(()) => Ok(slf),
        Err(error) => Err(slf.failure(slf.py(), &error)),
    }
}

fn not_initialised() -> PyErr {
    PyRuntimeError::new_err("StreamableParser.__init__ was not called")
}

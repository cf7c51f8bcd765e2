//! The base class of Python's `StreamableParser`.

use std::sync::{Mutex, MutexGuard, TryLockError};

use openai_harmony::error::Result;
use openai_harmony::{HarmonyError, ParseOptions, RepairKind, StreamEvent, StreamableParser};
use pyo3::exceptions::{PyOverflowError, PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyList, PyString};

use super::complete_messages::CompleteMessages;
use super::convert::{read_role, to_json, word};
use super::encoding::PyHarmonyEncoding;
use super::errors::raise;
use super::events::{event, repair};
use super::members::PyEnum;
use super::open_text::OpenText;
use super::telemetry;
use super::tokenizer::{token_ids, token_list};
use super::write;

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

/// From this many tokens on, other threads may run meanwhile; for fewer, letting them costs more than the work.
const WORTH_DETACHING: usize = 256;

/// The same for text, in bytes: a token is about four of them.
const WORTH_DETACHING_TEXT: usize = 4 * WORTH_DETACHING;

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
        encoding: &PyHarmonyEncoding,
        role: Option<&str>,
        strict: bool,
    ) -> PyResult<()> {
        let role = role.map(read_role).transpose()?;
        let options = ParseOptions { strict };
        let parser = StreamableParser::new_with_options(encoding.inner.clone(), role, options);
        self.start(parser.map_err(|error| raise(py, &error, None))?)
    }

    fn _begin_from_prompt(
        &self,
        py: Python<'_>,
        encoding: &PyHarmonyEncoding,
        #[pyo3(from_py_with = token_ids)] prompt: Vec<u32>,
        strict: bool,
    ) -> PyResult<()> {
        let (encoding, options) = (encoding.inner.clone(), ParseOptions { strict });
        let parser = py.detach(|| StreamableParser::from_prompt(encoding, &prompt, options));
        self.start(parser.map_err(|error| raise(py, &error, Some(&prompt)))?)
    }

    /// Start again, with the role and strictness that the parser was made with.
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
        let parser = serde_json::from_str(state);
        self.start(parser.map_err(|error| PyValueError::new_err(error.to_string()))?)
    }

    fn _copy_from(&self, other: &Bound<'_, Self>) -> PyResult<()> {
        let parser = other.get().lock()?.parser.clone();
        *self.lock()? = ParserState {
            parser,
            ..ParserState::default()
        };
        Ok(())
    }

    // --- input ---

    /// Process the next token of the stream. Returns the parser itself.
    ///
    /// Raises `HarmonyParseError` in strict mode if the token does not fit; the parser then continues at the next
    /// `<|start|>`. Raises `OverflowError` for what is not a 32-bit number.
    fn process<'py>(
        slf: &Bound<'py, Self>,
        #[pyo3(from_py_with = token_id)] token: u32,
    ) -> PyResult<Bound<'py, Self>> {
        let mut state = slf.get().lock()?;
        let parser = state.parser()?;
        let known = parser.repairs().len();
        let processed = parser.process(token).map(|_| ());
        telemetry::report(slf.py(), parser.repairs().iter().skip(known))?;
        processed.map_err(|error| failure(slf.py(), parser, &error))?;
        Ok(slf.clone())
    }

    /// End the stream, and with it an open message. Returns the parser itself.
    ///
    /// Raises `HarmonyParseError` in strict mode if a header is open.
    fn process_eos<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, Self>> {
        let mut state = slf.get().lock()?;
        let parser = state.parser()?;
        let known = parser.repairs().len();
        let processed = parser.process_eos().map(|_| ());
        telemetry::report(slf.py(), parser.repairs().iter().skip(known))?;
        processed.map_err(|error| failure(slf.py(), parser, &error))?;
        Ok(slf.clone())
    }

    /// Process any number of tokens. Returns what happened, as a list of events; how the stream is cut does not matter.
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
        &self,
        py: Python<'py>,
        #[pyo3(from_py_with = token_ids)] tokens: Vec<u32>,
    ) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let detached = tokens.len() >= WORTH_DETACHING;
        self.events(py, detached, |parser, events| {
            parser.process_many_into(&tokens, events)
        })
    }

    /// Process text in which special tokens are written out, for engines that return text. Returns what happened.
    ///
    /// What may be the start of a special token at the end of a chunk is held back. Positions count characters
    /// instead of tokens. Errors as for `process_many`, and in both modes if the parser was given tokens.
    fn process_text<'py>(&self, py: Python<'py>, chunk: &str) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let detached = chunk.len() >= WORTH_DETACHING_TEXT;
        self.events(py, detached, |parser, events| {
            parser.process_text_into(chunk, events)
        })
    }

    /// End the stream as `process_eos` does. Returns what happened, as `process_many` does.
    fn finish<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        self.events(py, false, StreamableParser::process_eos_into)
    }

    // --- properties ---

    /// The text of the open message so far.
    #[getter]
    fn current_content<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyString>> {
        let state = &mut *self.lock()?;
        let parser = state.parser.as_ref().ok_or_else(not_initialised)?;
        let (index, text) = (parser.message_index(), parser.current_text());
        state.open_text.show(py, index, text)
    }

    /// The role of the open message or header, None between messages.
    #[getter]
    fn current_role(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        let role = self.lock()?.parser()?.current_role();
        role.map(|role| role.member(py)).transpose()
    }

    /// The channel of the open message.
    #[getter]
    fn current_channel<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyString>>> {
        let mut state = self.lock()?;
        let header = state.parser()?.current_header();
        let channel = header.and_then(|header| header.channel.as_deref());
        Ok(channel.map(|channel| word(py, channel)))
    }

    /// The recipient of the open message.
    #[getter]
    fn current_recipient<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyString>>> {
        let mut state = self.lock()?;
        let header = state.parser()?.current_header();
        let recipient = header.and_then(|header| header.recipient.as_deref());
        Ok(recipient.map(|recipient| PyString::new(py, recipient)))
    }

    /// The content type of the open message.
    #[getter]
    fn current_content_type<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyString>>> {
        let mut state = self.lock()?;
        let header = state.parser()?.current_header();
        let content_type = header.and_then(|header| header.content_type.as_deref());
        Ok(content_type.map(|content_type| PyString::new(py, content_type)))
    }

    /// The text that the last token added, None if it added none.
    #[getter]
    fn last_content_delta<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyString>>> {
        let mut state = self.lock()?;
        let delta = state.parser()?.last_delta();
        Ok(delta.map(|delta| PyString::new(py, delta)))
    }

    /// Where in the format the parser is.
    #[getter]
    fn state(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.lock()?.parser()?.state().member(py)
    }

    /// The tokens that were processed, including refused ones, except those that `take_messages` dropped.
    #[getter]
    fn tokens<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        token_list(py, self.lock()?.parser()?.tokens())
    }

    /// The tokens of the open header or message, including those that a repair dropped; empty between messages.
    #[getter]
    fn open_tokens<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        token_list(py, self.lock()?.parser()?.open_tokens())
    }

    /// What lenient parsing has repaired and strict parsing has refused, except what `take_messages` dropped.
    #[getter]
    fn repairs<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        write::list(py, self.lock()?.parser()?.repairs(), repair)
    }

    /// The messages that are complete: a new list each time, of the same message objects.
    ///
    /// Each message is made when it is first read. `message_count` is only their number.
    #[getter]
    fn messages<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let state = &mut *self.lock()?;
        let parser = state.parser.as_ref().ok_or_else(not_initialised)?;
        state.messages.show(py, parser.messages())
    }

    /// How many messages are complete: `len(parser.messages)`, without making the messages.
    #[getter]
    fn message_count(&self) -> PyResult<usize> {
        Ok(self.lock()?.parser()?.messages().len())
    }

    /// Take the complete messages out of the parser, and drop everything that was kept for them.
    ///
    /// The memory of a parser whose messages are taken now and then does not grow with its stream. What was before the
    /// open header or message is missing afterwards from `tokens`, `repairs` and `result`. Positions and the indices of
    /// messages keep counting from the start of the stream.
    fn take_messages<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let mut state = self.lock()?;
        let taken = state.parser()?.take_messages();
        state.messages.take(py, &taken)
    }

    /// Everything that is known so far: messages (an open one among them), their places, and the repairs.
    #[getter]
    fn result<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let parsed = self.lock()?.parser()?.parsed();
        write::result(py, &parsed)
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
        match self.state.try_lock() {
            Ok(state) => Ok(state),
            Err(TryLockError::Poisoned(state)) => Ok(state.into_inner()),
            Err(TryLockError::WouldBlock) => Err(PyRuntimeError::new_err(
                "the parser is in use by another thread",
            )),
        }
    }

    /// The events of some work as a list; if the work fails, they go with the exception.
    fn events<'py>(
        &self,
        py: Python<'py>,
        detached: bool,
        work: impl FnOnce(&mut StreamableParser, &mut Vec<StreamEvent>) -> Result<()> + Send,
    ) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let mut state = self.lock()?;
        let parser = state.parser()?;
        let known = parser.repairs().len();
        let mut events = Vec::new();
        let done = if detached {
            py.detach(|| work(parser, &mut events))
        } else {
            work(parser, &mut events)
        };
        telemetry::report(py, parser.repairs().iter().skip(known))?;
        let events = events.into_iter().map(|found| event(py, found));
        let events = events.collect::<PyResult<Vec<_>>>()?;
        let Err(error) = done else {
            return Ok(events);
        };
        let failure = failure(py, parser, &error);
        failure.value(py).setattr("events", events)?;
        Err(failure)
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

/// One token id.
fn token_id(token: &Bound<'_, PyAny>) -> PyResult<u32> {
    token.extract().map_err(|error: PyErr| {
        if error.is_instance_of::<PyOverflowError>(token.py()) {
            PyOverflowError::new_err(format!("a token id is a 32-bit number, not {token}"))
        } else {
            error
        }
    })
}

fn not_initialised() -> PyErr {
    PyRuntimeError::new_err("StreamableParser.__init__ was not called")
}

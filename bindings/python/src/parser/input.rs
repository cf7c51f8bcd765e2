//! What goes into a parser: tokens and text.

use openai_harmony::error::Result;
use openai_harmony::{StreamEvent, StreamableParser};
use pyo3::prelude::*;
use pyo3::types::PyString;

use super::{failure, PyStreamableParser};
use crate::arguments;
use crate::events::event;
use crate::telemetry;
use crate::text::text_of;
use crate::tokenizer::token_ids;

/// From this many tokens on, other threads may run meanwhile; for fewer, letting them costs more than the work.
const WORTH_DETACHING: usize = 256;

/// The same for text, in bytes: a token is about four of them.
const WORTH_DETACHING_TEXT: usize = 4 * WORTH_DETACHING;

#[pymethods]
impl PyStreamableParser {
    /// Process the next token of the stream.
    ///
    /// Args:
    ///     token (SupportsIndex): The id.
    ///
    /// Returns:
    ///     StreamableParser: The parser itself.
    ///
    /// Raises:
    ///     HarmonyParseError: In strict mode, the token does not fit; the parser then continues at the next `<|start|>`.
    ///     OverflowError: The id is not a 32-bit number.
    ///
    /// >>> from openai_harmony import Role, StreamableParser, load_harmony_encoding
    /// >>> parser = StreamableParser(load_harmony_encoding("HarmonyGptOss"), role=Role.ASSISTANT)
    /// >>> [parser.process(token).last_content_delta for token in [200005, 17196, 200008, 19]]
    /// [None, None, None, '4']
    fn process<'py>(
        slf: &Bound<'py, Self>,
        #[pyo3(from_py_with = arguments::token)] token: u32,
    ) -> PyResult<Bound<'py, Self>> {
        let mut state = slf.get().lock()?;
        let parser = state.parser()?;
        let known = parser.repairs().len();
        let processed = parser.process(token).map(|_| ());
        telemetry::report(slf.py(), parser.repairs().iter().skip(known))?;
        processed.map_err(|error| failure(slf.py(), parser, &error))?;
        Ok(slf.clone())
    }

    /// End the stream, and with it an open message.
    ///
    /// Returns:
    ///     StreamableParser: The parser itself.
    ///
    /// Raises:
    ///     HarmonyParseError: In strict mode, a header is open.
    ///
    /// >>> from openai_harmony import Role, StreamableParser, load_harmony_encoding
    /// >>> parser = StreamableParser(load_harmony_encoding("HarmonyGptOss"), role=Role.ASSISTANT)
    /// >>> for token in [200005, 17196, 200008, 19]:
    /// ...     parser = parser.process(token)
    /// >>> parser.process_eos().messages
    /// [Message('assistant', channel='final', '4')]
    fn process_eos<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, Self>> {
        let mut state = slf.get().lock()?;
        let parser = state.parser()?;
        let known = parser.repairs().len();
        let processed = parser.process_eos().map(|_| ());
        telemetry::report(slf.py(), parser.repairs().iter().skip(known))?;
        processed.map_err(|error| failure(slf.py(), parser, &error))?;
        Ok(slf.clone())
    }

    /// Process any number of tokens. How the stream is cut does not matter.
    ///
    /// Args:
    ///     tokens (Iterable[SupportsIndex]): The ids: a list, an array, an iterator.
    ///
    /// Returns:
    ///     list[StreamEvent]: What happened.
    ///
    /// Raises:
    ///     HarmonyParseError: In strict mode, a token does not fit; the `events` of the exception are what happened before.
    ///
    /// >>> from openai_harmony import Role, StreamableParser, load_harmony_encoding
    /// >>> parser = StreamableParser(load_harmony_encoding("HarmonyGptOss"), role=Role.ASSISTANT)
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

    /// Process text in which special tokens are written out, for engines that return text.
    ///
    /// What may be the start of a special token at the end of a chunk is held back. Positions count characters instead of tokens.
    ///
    /// Args:
    ///     chunk (str): The next piece of text.
    ///
    /// Returns:
    ///     list[StreamEvent]: What happened.
    ///
    /// Raises:
    ///     HarmonyParseError: As for `process_many`, and in both modes if the parser was given tokens.
    ///
    /// >>> from openai_harmony import Role, StreamableParser, load_harmony_encoding
    /// >>> parser = StreamableParser(load_harmony_encoding("HarmonyGptOss"), role=Role.ASSISTANT)
    /// >>> parser.process_text("<|channel|>final<|message|>4<|ret")
    /// [MessageStarted(index=0, role='assistant', channel='final'), ContentDelta(index=0, text='4')]
    /// >>> parser.process_text("urn|>")
    /// [MessageEnded(index=0, ending='return')]
    fn process_text<'py>(
        &self,
        py: Python<'py>,
        #[pyo3(from_py_with = arguments::text)] chunk: &Bound<'py, PyString>,
    ) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let chunk = text_of(chunk)?;
        let detached = chunk.len() >= WORTH_DETACHING_TEXT;
        self.events(py, detached, |parser, events| {
            parser.process_text_into(&chunk, events)
        })
    }

    /// End the stream as `process_eos` does.
    ///
    /// Returns:
    ///     list[StreamEvent]: What happened.
    ///
    /// Raises:
    ///     HarmonyParseError: In strict mode, a header is open.
    ///
    /// >>> from openai_harmony import Role, StreamableParser, load_harmony_encoding
    /// >>> parser = StreamableParser(load_harmony_encoding("HarmonyGptOss"), role=Role.ASSISTANT)
    /// >>> events = parser.process_text("<|channel|>final<|message|>4")
    /// >>> parser.finish()
    /// [MessageEnded(index=0, ending='end_of_stream')]
    fn finish<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        self.events(py, false, StreamableParser::process_eos_into)
    }
}

impl PyStreamableParser {
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

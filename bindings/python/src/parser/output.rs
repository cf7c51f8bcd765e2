//! What a parser has read: messages, repairs, and the tokens that they are made of.

use pyo3::prelude::*;
use pyo3::types::PyList;

use super::{not_initialised, PyStreamableParser};
use crate::events::repair;
use crate::tokenizer::token_list;
use crate::write;

#[pymethods]
impl PyStreamableParser {
    /// The tokens that were processed, including refused ones, except those that `take_messages` dropped.
    #[getter]
    fn tokens<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        token_list(py, self.lock()?.parser()?.tokens())
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
    ///
    /// Returns:
    ///     list[Message]: The messages.
    ///
    /// >>> from openai_harmony import Role, StreamableParser, load_harmony_encoding
    /// >>> parser = StreamableParser(load_harmony_encoding("HarmonyGptOss"), role=Role.ASSISTANT)
    /// >>> events = parser.process_text("<|channel|>final<|message|>4<|return|>")
    /// >>> parser.take_messages(), parser.messages
    /// ([Message('assistant', channel='final', '4')], [])
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
}

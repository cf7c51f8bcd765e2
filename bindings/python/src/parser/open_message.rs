//! The open header or message of a parser.

use pyo3::prelude::*;
use pyo3::types::PyString;

use super::{not_initialised, PyStreamableParser};
use crate::convert::word;
use crate::members::PyEnum;
use crate::tokenizer::token_list;

#[pymethods]
impl PyStreamableParser {
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

    /// The tokens of the open header or message, including those that a repair dropped; empty between messages.
    #[getter]
    fn open_tokens<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        token_list(py, self.lock()?.parser()?.open_tokens())
    }
}

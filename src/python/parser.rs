//! The base class of Python's `StreamableParser`.

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::PyString;

use super::convert::{read_role, role_member, to_json, token_list, word};
use super::encoding::PyHarmonyEncoding;
use super::errors::raise;
use crate::chat::Role;
use crate::{HarmonyEncoding, HarmonyError, ParseOptions, StreamableParser};

/// An incremental parser; `openai_harmony.StreamableParser` adds the models to it.
#[pyclass(name = "StreamableParser", module = "openai_harmony._core", subclass, dict)]
pub struct PyStreamableParser {
    /// None until `__init__` ran: a subclass in Python may take other arguments, so `__new__` takes any.
    session: Option<Session>,
}

/// A parser, and what is needed to make another like it.
struct Session {
    parser: StreamableParser,
    encoding: HarmonyEncoding,
    role: Option<Role>,
    strict: bool,
    /// After how many tokens `process_eos` was called.
    ends: Vec<usize>,
}

#[pymethods]
impl PyStreamableParser {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs))]
    fn new(_args: &Bound<'_, PyAny>, _kwargs: Option<&Bound<'_, PyAny>>) -> Self {
        Self { session: None }
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
        let parser = StreamableParser::new_with_options(encoding.inner.clone(), role, options)
            .map_err(|error| raise(py, &error, None))?;
        self.session = Some(Session {
            parser,
            encoding: encoding.inner.clone(),
            role,
            strict,
            ends: Vec::new(),
        });
        Ok(())
    }

    /// Take the next token of the stream; gives the parser itself.
    fn process(mut slf: PyRefMut<'_, Self>, token: u32) -> PyResult<PyRefMut<'_, Self>> {
        let result = slf.session_mut()?.parser.process(token).map(|_| ());
        match result {
            Ok(()) => Ok(slf),
            Err(error) => Err(slf.failure(slf.py(), &error)),
        }
    }

    /// The stream has ended; gives the parser itself.
    fn process_eos(mut slf: PyRefMut<'_, Self>) -> PyResult<PyRefMut<'_, Self>> {
        let session = slf.session_mut()?;
        session.ends.push(session.parser.tokens().len());
        let result = session.parser.process_eos().map(|_| ());
        match result {
            Ok(()) => Ok(slf),
            Err(error) => Err(slf.failure(slf.py(), &error)),
        }
    }

    /// The text of the open message so far.
    #[getter]
    fn current_content(&self, py: Python<'_>) -> PyResult<String> {
        let content = self.session()?.parser.current_content();
        content.map_err(|error| self.failure(py, &error))
    }

    /// The role of the open message, None between messages.
    #[getter]
    fn current_role(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        let role = self.session()?.parser.current_role();
        role.map(|role| role_member(py, role)).transpose()
    }

    /// The content type of the open message.
    #[getter]
    fn current_content_type<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyString>>> {
        let content_type = self.session()?.parser.current_content_type();
        Ok(content_type.map(|content_type| word(py, &content_type)))
    }

    /// The recipient of the open message.
    #[getter]
    fn current_recipient<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyString>>> {
        let recipient = self.session()?.parser.current_recipient();
        Ok(recipient.map(|recipient| word(py, &recipient)))
    }

    /// The channel of the open message.
    #[getter]
    fn current_channel<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyString>>> {
        let channel = self.session()?.parser.current_channel();
        Ok(channel.map(|channel| word(py, &channel)))
    }

    /// The text that the last token added, None if it added none.
    #[getter]
    fn last_content_delta(&self, py: Python<'_>) -> PyResult<Option<String>> {
        let delta = self.session()?.parser.last_content_delta();
        delta.map_err(|error| self.failure(py, &error))
    }

    /// All tokens so far.
    #[getter]
    fn tokens<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        token_list(py, self.session()?.parser.tokens())
    }

    fn _messages(&self) -> PyResult<String> {
        to_json(self.session()?.parser.messages())
    }

    fn _state(&self, py: Python<'_>) -> PyResult<String> {
        let state = self.session()?.parser.state_json();
        state.map_err(|error| self.failure(py, &error))
    }

    /// What pickle keeps: the encoding's name, role, strictness, tokens, and where `process_eos` was called.
    fn _recipe(&self) -> PyResult<Recipe<'_>> {
        let session = self.session()?;
        Ok((
            session.encoding.name(),
            session.role.map(|role| role.as_str()),
            session.strict,
            session.parser.tokens(),
            &session.ends,
        ))
    }

    /// Go through a recorded stream again. What failed then fails again, and is skipped.
    fn _replay(&mut self, tokens: Vec<u32>, ends: Vec<usize>) -> PyResult<()> {
        let session = self.session_mut()?;
        let mut remaining = ends.iter().peekable();
        for count in 0..=tokens.len() {
            while remaining.next_if(|end| **end == count).is_some() {
                let _ = session.parser.process_eos();
            }
            if let Some(token) = tokens.get(count) {
                let _ = session.parser.process(*token);
            }
        }
        session.ends = ends;
        Ok(())
    }
}

/// See [`PyStreamableParser::_recipe`].
type Recipe<'a> = (&'a str, Option<&'static str>, bool, &'a [u32], &'a [usize]);

impl PyStreamableParser {
    fn session(&self) -> PyResult<&Session> {
        self.session.as_ref().ok_or_else(not_initialised)
    }

    fn session_mut(&mut self) -> PyResult<&mut Session> {
        self.session.as_mut().ok_or_else(not_initialised)
    }

    fn failure(&self, py: Python<'_>, error: &HarmonyError) -> PyErr {
        let tokens = self.session.as_ref().map(|session| session.parser.tokens());
        raise(py, error, tokens)
    }
}

fn not_initialised() -> PyErr {
    PyRuntimeError::new_err("StreamableParser.__init__ was not called")
}

//! The base class of Python's `Transcript`.

mod last_prompt;

use openai_harmony::render::{Rendered, Transcript};
use pyo3::exceptions::{PyIndexError, PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyList;

use self::last_prompt::LastPrompt;
use super::arguments;
use super::convert::{from_json, to_json};
use super::encoding::PyHarmonyEncoding;
use super::errors::{busy, raise};
use super::read;
use super::rendered::{token_array, PyRendered};
use super::tokenizer::{token_ids, token_list};
use super::write;

/// A conversation and its exact tokens; `openai_harmony.Transcript` adds the models to it.
#[pyclass(name = "Transcript", module = "openai_harmony._core", subclass, dict)]
pub struct PyTranscript {
    /// None until it is started, loaded or copied: a subclass in Python may take other arguments, so `__new__` takes any.
    transcript: Option<Transcript>,
    last_prompt: LastPrompt,
}

#[pymethods]
impl PyTranscript {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs))]
    fn new(_args: &Bound<'_, PyAny>, _kwargs: Option<&Bound<'_, PyAny>>) -> Self {
        Self {
            transcript: None,
            last_prompt: LastPrompt::default(),
        }
    }

    fn _begin(
        slf: &Bound<'_, Self>,
        #[pyo3(from_py_with = PyHarmonyEncoding::argument)] encoding: &Bound<'_, PyHarmonyEncoding>,
        render_format: &Bound<'_, PyAny>,
        response_formats: &Bound<'_, PyList>,
    ) -> PyResult<()> {
        let transcript = Transcript::with_response_formats(
            encoding.get().inner.clone(),
            read::render_format(render_format)?,
            read::response_formats(response_formats)?,
        );
        change(slf)?.transcript = Some(transcript);
        Ok(())
    }

    /// The whole state as text, for pickling.
    fn _dump(slf: &Bound<'_, Self>) -> PyResult<String> {
        let this = look(slf)?;
        let transcript = this.get()?;
        slf.py().detach(|| to_json(transcript))
    }

    fn _load(slf: &Bound<'_, Self>, state: &str) -> PyResult<()> {
        let transcript = slf.py().detach(|| from_json(state))?;
        change(slf)?.transcript = Some(transcript);
        Ok(())
    }

    fn _copy_from(slf: &Bound<'_, Self>, other: &Bound<'_, Self>) -> PyResult<()> {
        let transcript = look(other)?.transcript.clone();
        change(slf)?.transcript = transcript;
        Ok(())
    }

    fn _extend(slf: &Bound<'_, Self>, messages: &Bound<'_, PyList>) -> PyResult<()> {
        let py = slf.py();
        // Read before the transcript is taken: a message of a caller's own class may look at it.
        let messages = read::messages(messages)?;
        let mut this = change(slf)?;
        let transcript = this.get_mut()?;
        py.detach(|| transcript.extend(messages))
            .map_err(|error| raise(py, &error, None))
    }

    /// Append what a model sampled after the last prompt.
    ///
    /// The ids are taken exactly as they came, with or without the stop token. They are read as what the model most likely
    /// meant, so that a slip does not end the conversation, and stay as they are except for two things that a history must
    /// have: a trailing `<|return|>` becomes `<|end|>`, and a missing stop token is added.
    ///
    /// Args:
    ///     sampled (Iterable[SupportsIndex]): The ids.
    ///
    /// Returns:
    ///     list[Message]: The messages that they make.
    ///
    /// >>> from openai_harmony import Message, Role, Transcript, load_harmony_encoding
    /// >>> transcript = Transcript(load_harmony_encoding("HarmonyGptOss"))
    /// >>> transcript.append(Message.from_role_and_content(Role.USER, "2 + 2?"))
    /// >>> prompt = transcript.prompt()
    /// >>> transcript.append_completion([200005, 17196, 200008, 19, 200002])
    /// [Message('assistant', channel='final', '4')]
    fn append_completion<'py>(
        slf: &Bound<'py, Self>,
        #[pyo3(from_py_with = token_ids)] sampled: Vec<u32>,
    ) -> PyResult<Bound<'py, PyList>> {
        let py = slf.py();
        let mut this = change(slf)?;
        let transcript = this.get_mut()?;
        let appended = py
            .detach(|| transcript.append_completion(&sampled))
            .map_err(|error| raise(py, &error, Some(&sampled)))?;
        write::messages(py, appended.filter_map(|index| transcript.message(index)))
    }

    /// Drop the messages from index `length` on; nothing happens if there are no more than that.
    ///
    /// What was sampled before stays token for token; `stale_from` says which tokens changed.
    ///
    /// Args:
    ///     length (int): How many messages stay.
    ///
    /// Raises:
    ///     HarmonyRenderError: As for `append`; the transcript is then as it was.
    ///     ValueError: `length` is negative.
    ///
    /// >>> from openai_harmony import Message, Role, Transcript, load_harmony_encoding
    /// >>> transcript = Transcript(load_harmony_encoding("HarmonyGptOss"))
    /// >>> transcript.extend(Message.from_role_and_content(Role.USER, text) for text in ("Hi", "Bye"))
    /// >>> transcript.truncate(1)
    /// >>> transcript.messages
    /// [Message('user', 'Hi')]
    fn truncate(slf: &Bound<'_, Self>, length: isize) -> PyResult<()> {
        let length = usize::try_from(length).map_err(|_| {
            PyValueError::new_err(format!("length must be 0 or more, not {length}"))
        })?;
        let mut this = change(slf)?;
        let transcript = this.get_mut()?;
        transcript
            .truncate(length)
            .map_err(|error| raise(slf.py(), &error, None))
    }

    fn _replace<'py>(
        slf: &Bound<'py, Self>,
        index: usize,
        message: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        let message = read::message(message)?;
        let mut this = change(slf)?;
        let replaced = this
            .get_mut()?
            .replace(index, message)
            .map_err(|error| raise(py, &error, None))?;
        match replaced {
            Some(message) => write::message(py, &message),
            None => Err(PyIndexError::new_err("transcript index out of range")),
        }
    }

    fn _prompt_list<'py>(
        slf: &Bound<'py, Self>,
        open_message: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyList>> {
        let py = slf.py();
        let open_message = read::open_message(open_message)?;
        let mut this = change(slf)?;
        let this = &mut *this;
        let transcript = this.transcript.as_mut().ok_or_else(not_initialised)?;
        let tokens = transcript
            .prompt_with(open_message)
            .map_err(|error| raise(py, &error, None))?;
        this.last_prompt.list_of(py, tokens)
    }

    fn _prompt_array<'py>(
        slf: &Bound<'py, Self>,
        open_message: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        let open_message = read::open_message(open_message)?;
        let mut this = change(slf)?;
        let tokens = this
            .get_mut()?
            .prompt_with(open_message)
            .map_err(|error| raise(py, &error, None))?;
        token_array(py, tokens)
    }

    /// The tokens of the messages, without the beginning of one that the last prompt added.
    #[getter]
    fn tokens<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        token_list(slf.py(), look(slf)?.get()?.tokens())
    }

    /// The same as a memoryview of unsigned 32-bit integers, made without a list.
    #[getter]
    fn token_array<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        token_array(slf.py(), look(slf)?.get()?.tokens())
    }

    /// The tokens and to which part of which message each of them belongs.
    ///
    /// Args:
    ///     as_sampled (bool): True for turns that end in the `<|return|>` that the model wrote, as training needs them.
    ///
    /// Returns:
    ///     Rendered: Tokens and spans.
    ///
    /// >>> from openai_harmony import Message, Role, Transcript, load_harmony_encoding
    /// >>> transcript = Transcript(load_harmony_encoding("HarmonyGptOss"))
    /// >>> transcript.append(Message.from_role_and_content(Role.USER, "Hi"))
    /// >>> transcript.rendered()
    /// Rendered(5 tokens, 1 message)
    #[pyo3(signature = (*, as_sampled = false))]
    fn rendered(
        slf: &Bound<'_, Self>,
        #[pyo3(from_py_with = arguments::as_sampled)] as_sampled: bool,
    ) -> PyResult<PyRendered> {
        let this = look(slf)?;
        let transcript = this.get()?;
        let tokens = if as_sampled {
            transcript.tokens_as_sampled()
        } else {
            transcript.tokens().to_vec()
        };
        let spans = transcript.spans();
        let rendered = Rendered { tokens, spans };
        Ok(PyRendered::new(rendered, transcript.encoding()))
    }

    /// Index of the first token that invalidates a cached prefix; None if all of it stays valid.
    #[getter]
    fn stale_from(slf: &Bound<'_, Self>) -> PyResult<Option<usize>> {
        Ok(look(slf)?.get()?.stale_from())
    }

    /// All messages, including those that are left out of the tokens; new objects each time.
    #[getter]
    fn messages<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyList>> {
        write::messages(slf.py(), look(slf)?.get()?.messages())
    }

    fn _message<'py>(slf: &Bound<'py, Self>, index: usize) -> PyResult<Bound<'py, PyAny>> {
        match look(slf)?.get()?.message(index) {
            Some(message) => write::message(slf.py(), message),
            None => Err(PyIndexError::new_err("transcript index out of range")),
        }
    }

    fn __len__(slf: &Bound<'_, Self>) -> PyResult<usize> {
        Ok(look(slf)?.get()?.messages().len())
    }

    fn __eq__(slf: &Bound<'_, Self>, other: &Bound<'_, Self>) -> PyResult<bool> {
        Ok(slf.is(other) || look(slf)?.transcript == look(other)?.transcript)
    }
}

impl PyTranscript {
    /// Makes it this transcript.
    pub fn set(&mut self, transcript: Transcript) {
        self.transcript = Some(transcript);
        self.last_prompt = LastPrompt::default();
    }

    fn get(&self) -> PyResult<&Transcript> {
        self.transcript.as_ref().ok_or_else(not_initialised)
    }

    fn get_mut(&mut self) -> PyResult<&mut Transcript> {
        self.transcript.as_mut().ok_or_else(not_initialised)
    }
}

/// The transcript to read; a `HarmonyError` while another thread changes it.
fn look<'py>(slf: &Bound<'py, PyTranscript>) -> PyResult<PyRef<'py, PyTranscript>> {
    slf.try_borrow().map_err(|_| busy(slf.py(), "transcript"))
}

/// The transcript to change; a `HarmonyError` while another thread uses it.
fn change<'py>(slf: &Bound<'py, PyTranscript>) -> PyResult<PyRefMut<'py, PyTranscript>> {
    slf.try_borrow_mut()
        .map_err(|_| busy(slf.py(), "transcript"))
}

fn not_initialised() -> PyErr {
    PyRuntimeError::new_err("Transcript.__init__ was not called")
}

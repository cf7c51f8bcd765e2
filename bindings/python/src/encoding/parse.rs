//! Ids to messages.

use openai_harmony::chat::Role;
use openai_harmony::{ParseOptions, Parsed};
use pyo3::prelude::*;
use pyo3::types::PyList;

use super::PyHarmonyEncoding;
use crate::arguments::{self, optional_role};
use crate::errors::raise;
use crate::telemetry;
use crate::tokenizer::token_ids;
use crate::write;

#[pymethods]
impl PyHarmonyEncoding {
    /// The messages in what the model wrote.
    ///
    /// Args:
    ///     tokens (Iterable[SupportsIndex]): The ids: a list, an array, an iterator.
    ///     role (Role | str | None): The role whose header the prompt already started, so `Role.ASSISTANT` for the output of a
    ///         model; None if the tokens begin with `<|start|>`.
    ///     strict (bool): False to read what leaves the format as what the model most likely meant.
    ///
    /// Returns:
    ///     list[Message]: The messages, the last one as far as it was written.
    ///
    /// Raises:
    ///     HarmonyParseError: In strict mode, the tokens leave the format.
    ///
    /// >>> from openai_harmony import Role, load_harmony_encoding
    /// >>> encoding = load_harmony_encoding("HarmonyGptOss")
    /// >>> encoding.parse_messages_from_completion_tokens([200005, 17196, 200008, 19, 200002], Role.ASSISTANT)
    /// [Message('assistant', channel='final', '4')]
    #[pyo3(signature = (tokens, role = None, *, strict = true))]
    fn parse_messages_from_completion_tokens<'py>(
        &self,
        py: Python<'py>,
        #[pyo3(from_py_with = token_ids)] tokens: Vec<u32>,
        #[pyo3(from_py_with = optional_role)] role: Option<Role>,
        #[pyo3(from_py_with = arguments::strict)] strict: bool,
    ) -> PyResult<Bound<'py, PyList>> {
        let parsed = self.parsed(py, &tokens, role, strict)?;
        telemetry::report(py, &parsed.repairs)?;
        write::messages(py, &parsed.into_messages())
    }

    /// The messages in what the model wrote, their places, what ended them, and what was repaired.
    ///
    /// Args:
    ///     tokens (Iterable[SupportsIndex]): The ids: a list, an array, an iterator.
    ///     role (Role | str | None): The role whose header the prompt already started, so `Role.ASSISTANT` for the output of a
    ///         model; None if the tokens begin with `<|start|>`.
    ///     strict (bool): False to read what leaves the format as what the model most likely meant.
    ///
    /// Returns:
    ///     ParseResult: The messages and everything else that is known about them.
    ///
    /// Raises:
    ///     HarmonyParseError: In strict mode, the tokens leave the format.
    ///
    /// >>> from openai_harmony import Role, load_harmony_encoding
    /// >>> encoding = load_harmony_encoding("HarmonyGptOss")
    /// >>> tokens = encoding.encode("<|channel|>final The answer is 4.<|return|>", allowed_special="all")
    /// >>> result = encoding.parse(tokens, Role.ASSISTANT, strict=False)
    /// >>> result.messages[0].message.channel, result.repairs[0].kind.value, result.finish_reason.value
    /// ('final', 'missing_message', 'stop')
    #[pyo3(signature = (tokens, role = None, *, strict = true))]
    fn parse<'py>(
        &self,
        py: Python<'py>,
        #[pyo3(from_py_with = token_ids)] tokens: Vec<u32>,
        #[pyo3(from_py_with = optional_role)] role: Option<Role>,
        #[pyo3(from_py_with = arguments::strict)] strict: bool,
    ) -> PyResult<Bound<'py, PyAny>> {
        let parsed = self.parsed(py, &tokens, role, strict)?;
        telemetry::report(py, &parsed.repairs)?;
        write::result(py, &parsed)
    }

    /// Lenient parsing for a person to look at: nothing is logged or counted.
    fn _inspect<'py>(
        &self,
        py: Python<'py>,
        #[pyo3(from_py_with = token_ids)] tokens: Vec<u32>,
        #[pyo3(from_py_with = optional_role)] role: Option<Role>,
    ) -> PyResult<Bound<'py, PyAny>> {
        write::result(py, &self.parsed(py, &tokens, role, false)?)
    }
}

impl PyHarmonyEncoding {
    fn parsed(
        &self,
        py: Python<'_>,
        tokens: &[u32],
        role: Option<Role>,
        strict: bool,
    ) -> PyResult<Parsed> {
        py.detach(|| self.inner.parse(tokens, role, ParseOptions { strict }))
            .map_err(|error| raise(py, &error, Some(tokens)))
    }
}

//! The base class of Python's `HarmonyEncoding`.

use pyo3::prelude::*;

use super::convert::{from_json, read_role, to_json, token_list};
use super::errors::raise;
use crate::chat::{Conversation, Message};
use crate::error::Result;
use crate::{
    load_harmony_encoding, HarmonyEncoding, HarmonyEncodingName, HarmonyError, ParseOptions,
    RenderConversationConfig, RenderOptions,
};

/// A harmony encoding; `openai_harmony.HarmonyEncoding` adds the models to it.
#[pyclass(name = "HarmonyEncoding", module = "openai_harmony._core", subclass, dict, frozen)]
pub struct PyHarmonyEncoding {
    pub(super) inner: HarmonyEncoding,
}

#[pymethods]
impl PyHarmonyEncoding {
    #[new]
    fn new(py: Python<'_>, name: &str) -> PyResult<Self> {
        name.parse::<HarmonyEncodingName>()
            .map_err(HarmonyError::from)
            .and_then(|name| py.detach(|| load_harmony_encoding(name)))
            .map(|inner| Self { inner })
            .map_err(|error| raise(py, &error, None))
    }

    /// The name of the encoding, `"HarmonyGptOss"`.
    #[getter]
    fn name(&self) -> &str {
        self.inner.name()
    }

    /// The texts of all special tokens.
    fn special_tokens(&self) -> Vec<&str> {
        self.inner.tokenizer().special_tokens().into_iter().collect()
    }

    /// Whether the id is that of a special token.
    fn is_special_token(&self, token: u32) -> bool {
        self.inner.tokenizer().is_special_token(token)
    }

    /// The ids that end a message.
    fn stop_tokens(&self, py: Python<'_>) -> PyResult<Vec<u32>> {
        sorted(self.inner.stop_tokens()).map_err(|error| raise(py, &error, None))
    }

    /// The ids that end the model's turn, for the sampler's stop list.
    fn stop_tokens_for_assistant_actions(&self, py: Python<'_>) -> PyResult<Vec<u32>> {
        sorted(self.inner.stop_tokens_for_assistant_actions())
            .map_err(|error| raise(py, &error, None))
    }

    fn _render_conversation<'py>(
        &self,
        py: Python<'py>,
        payload: &[u8],
        auto_drop_analysis: bool,
    ) -> PyResult<Bound<'py, PyAny>> {
        let conversation: Conversation = from_json(py, payload)?;
        let config = RenderConversationConfig { auto_drop_analysis };
        render(py, || {
            self.inner.render_conversation(&conversation.messages, Some(&config))
        })
    }

    fn _render_conversation_for_completion<'py>(
        &self,
        py: Python<'py>,
        payload: &[u8],
        next_turn_role: &str,
        auto_drop_analysis: bool,
    ) -> PyResult<Bound<'py, PyAny>> {
        let conversation: Conversation = from_json(py, payload)?;
        let role = read_role(next_turn_role)?;
        let config = RenderConversationConfig { auto_drop_analysis };
        render(py, || {
            self.inner
                .render_conversation_for_completion(&conversation.messages, role, Some(&config))
        })
    }

    fn _render_conversation_for_training<'py>(
        &self,
        py: Python<'py>,
        payload: &[u8],
        auto_drop_analysis: bool,
    ) -> PyResult<Bound<'py, PyAny>> {
        let conversation: Conversation = from_json(py, payload)?;
        let config = RenderConversationConfig { auto_drop_analysis };
        render(py, || {
            self.inner
                .render_conversation_for_training(&conversation.messages, Some(&config))
        })
    }

    fn _render<'py>(
        &self,
        py: Python<'py>,
        payload: &[u8],
        conversation_has_function_tools: bool,
    ) -> PyResult<Bound<'py, PyAny>> {
        let message: Message = from_json(py, payload)?;
        let options = RenderOptions { conversation_has_function_tools };
        render(py, || self.inner.render(&message, Some(&options)))
    }

    fn _parse(
        &self,
        py: Python<'_>,
        tokens: Vec<u32>,
        role: Option<&str>,
        strict: bool,
    ) -> PyResult<String> {
        let role = role.map(read_role).transpose()?;
        let messages = py
            .detach(|| {
                self.inner.parse_messages_from_completion_tokens_with_options(
                    tokens.iter().copied(),
                    role,
                    ParseOptions { strict },
                )
            })
            .map_err(|error| raise(py, &error, Some(&tokens)))?;
        to_json(&messages)
    }
}

/// Renders without the interpreter lock and gives the ids as a list.
fn render<'py>(
    py: Python<'py>,
    work: impl FnOnce() -> Result<Vec<u32>> + Send,
) -> PyResult<Bound<'py, PyAny>> {
    let tokens = py.detach(work).map_err(|error| raise(py, &error, None))?;
    token_list(py, &tokens)
}

fn sorted(ids: Result<std::collections::HashSet<u32>>) -> Result<Vec<u32>> {
    let mut ids: Vec<u32> = ids?.into_iter().collect();
    ids.sort_unstable();
    Ok(ids)
}

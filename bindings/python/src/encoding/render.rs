//! Conversations to ids, as release 0.0.8 does it. `Rendered` has more.

use openai_harmony::chat::{Conversation, Role};
use openai_harmony::error::Result;
use openai_harmony::{RenderConversationConfig, RenderOptions};
use pyo3::prelude::*;

use super::PyHarmonyEncoding;
use crate::arguments::role;
use crate::errors::raise;
use crate::read;
use crate::tokenizer::token_list;

#[pymethods]
impl PyHarmonyEncoding {
    fn _render_conversation<'py>(
        &self,
        conversation: &Bound<'py, PyAny>,
        auto_drop_analysis: bool,
    ) -> PyResult<Bound<'py, PyAny>> {
        render(conversation, auto_drop_analysis, |conversation, config| {
            self.inner.render_conversation(conversation, Some(config))
        })
    }

    fn _render_conversation_for_completion<'py>(
        &self,
        conversation: &Bound<'py, PyAny>,
        #[pyo3(from_py_with = role)] next_turn_role: Role,
        auto_drop_analysis: bool,
    ) -> PyResult<Bound<'py, PyAny>> {
        render(conversation, auto_drop_analysis, |conversation, config| {
            self.inner.render_conversation_for_completion(
                conversation,
                next_turn_role,
                Some(config),
            )
        })
    }

    fn _render_conversation_for_training<'py>(
        &self,
        conversation: &Bound<'py, PyAny>,
        auto_drop_analysis: bool,
    ) -> PyResult<Bound<'py, PyAny>> {
        render(conversation, auto_drop_analysis, |conversation, config| {
            self.inner
                .render_conversation_for_training(conversation, Some(config))
        })
    }

    fn _render<'py>(
        &self,
        message: &Bound<'py, PyAny>,
        conversation_has_function_tools: bool,
    ) -> PyResult<Bound<'py, PyAny>> {
        let options = RenderOptions {
            conversation_has_function_tools,
        };
        let py = message.py();
        let message = read::message(message)?;
        listed(py, || self.inner.render(&message, Some(&options)))
    }
}

/// Renders a conversation in one of the ways of 0.0.8.
fn render<'py>(
    conversation: &Bound<'py, PyAny>,
    auto_drop_analysis: bool,
    way: impl FnOnce(&Conversation, &RenderConversationConfig) -> Result<Vec<u32>> + Send,
) -> PyResult<Bound<'py, PyAny>> {
    let config = RenderConversationConfig { auto_drop_analysis };
    let py = conversation.py();
    let conversation = read::conversation(conversation)?;
    listed(py, || way(&conversation, &config))
}

/// Renders without the interpreter lock, and gives the ids as a list.
fn listed<'py>(
    py: Python<'py>,
    work: impl FnOnce() -> Result<Vec<u32>> + Send,
) -> PyResult<Bound<'py, PyAny>> {
    let tokens = py.detach(work).map_err(|error| raise(py, &error, None))?;
    token_list(py, &tokens)
}

//! What the text of a message depends on besides the message itself.

use super::prompt::ResponseFormat;
use crate::chat::{Content, Message};
use crate::error::{RenderError, RenderErrorKind};

/// What the rest of the request contributes to the next message.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Context<'a> {
    /// Whether some developer message of the conversation offers functions, which the system message then mentions.
    pub(crate) has_function_tools: bool,
    /// The response formats that no message holds yet. The next one with developer content will.
    pub(crate) owed_formats: &'a [ResponseFormat],
}

impl Context<'_> {
    /// The context of a message that is rendered alone.
    pub(crate) const fn alone(has_function_tools: bool) -> Self {
        Self {
            has_function_tools,
            owed_formats: &[],
        }
    }

    /// Records that `message` was rendered.
    pub(crate) fn advance(&mut self, message: &Message) {
        if holds_response_formats(message) {
            self.owed_formats = &[];
        }
    }

    /// Checks at the end of a conversation that some message holds the response formats.
    ///
    /// # Errors
    /// [`RenderErrorKind::UnplacedResponseFormats`]. No message is at fault, so the index is 0.
    pub(crate) fn finish(&self) -> Result<(), RenderError> {
        if self.owed_formats.is_empty() {
            return Ok(());
        }
        Err(RenderError {
            index: 0,
            kind: RenderErrorKind::UnplacedResponseFormats,
        })
    }
}

/// Whether the message offers functions of the application.
pub(crate) fn offers_functions(message: &Message) -> bool {
    message.content.iter().any(|content| match content {
        Content::DeveloperContent(developer) => developer
            .tools
            .as_ref()
            .and_then(|tools| tools.get("functions"))
            .is_some_and(|functions| !functions.tools.is_empty()),
        _ => false,
    })
}

/// Whether the message has developer content, whose last section are the response formats.
pub(crate) fn holds_response_formats(message: &Message) -> bool {
    message
        .content
        .iter()
        .any(|content| matches!(content, Content::DeveloperContent(_)))
}

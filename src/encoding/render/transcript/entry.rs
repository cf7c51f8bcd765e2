//! One message of a transcript with its tokens.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::chat::{Content, Message};
use crate::encoding::render::context::holds_response_formats;
use crate::encoding::render::renderer::Renderer;
use crate::encoding::render::span::Extent;
use crate::error::RenderErrorKind;

/// A message and its tokens; all positions count from the message's first token.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
pub(super) struct Entry {
    pub(super) message: Message,
    pub(super) tokens: Vec<u32>,
    /// Where the content begins.
    pub(super) content: usize,
    /// Where the ending begins.
    pub(super) ending: usize,
    /// The tokens that a model sampled.
    pub(super) sampled: Range<usize>,
    /// Whether the first token of the ending was sampled as `<|return|>`.
    pub(super) returned: bool,
}

impl Entry {
    /// A message that nobody sampled.
    pub(super) fn render(
        renderer: Renderer<'_>,
        message: Message,
    ) -> Result<Self, RenderErrorKind> {
        let mut tokens = Vec::new();
        let extent = renderer.message_into(&message, &mut tokens)?;
        tokens.shrink_to_fit();
        Ok(Self {
            message,
            content: extent.content,
            ending: extent.ending,
            sampled: tokens.len()..tokens.len(),
            returned: false,
            tokens,
        })
    }

    /// A message whose tokens are still to be written.
    pub(super) fn unwritten(message: Message) -> Self {
        Self {
            message,
            tokens: Vec::new(),
            content: 0,
            ending: 0,
            sampled: 0..0,
            returned: false,
        }
    }

    /// The places of the parts if the message begins at `start`.
    pub(super) fn extent_at(&self, start: usize) -> Extent {
        Extent {
            start,
            content: start + self.content,
            ending: start + self.ending,
            end: start + self.tokens.len(),
        }
    }

    /// The sampled tokens if the message begins at `start`.
    pub(super) fn sampled_at(&self, start: usize) -> Range<usize> {
        start + self.sampled.start..start + self.sampled.end
    }

    /// Whether the text says where calls of functions go once there are functions.
    pub(super) fn depends_on_function_tools(&self) -> bool {
        self.sampled.is_empty()
            && self
                .message
                .content
                .iter()
                .any(|content| matches!(content, Content::SystemContent(_)))
    }

    /// Whether the text depends on the other messages, or is still to be written.
    pub(super) fn depends_on_others(&self) -> bool {
        let is_written_here = self.sampled.is_empty();
        self.tokens.is_empty()
            || is_written_here
                && (self.depends_on_function_tools() || holds_response_formats(&self.message))
    }

    /// Whether the positions can be those of a message.
    pub(super) fn is_consistent(&self) -> bool {
        let end = self.tokens.len();
        let is_returned_in_place = !self.returned || self.ending < end;
        self.content <= self.ending
            && self.ending <= end
            && self.sampled.start <= self.sampled.end
            && self.sampled.end <= end
            && is_returned_in_place
    }
}

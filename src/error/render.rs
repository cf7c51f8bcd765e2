//! Errors of rendering.

use super::SchemaError;
use crate::chat::Role;

/// A message that cannot be rendered.
#[derive(thiserror::Error, Clone, Debug, PartialEq, Eq)]
#[error("{kind}")]
pub struct RenderError {
    /// The index of the message in the conversation; 0 where one message is rendered alone.
    pub index: usize,
    /// What is wrong with it.
    pub kind: RenderErrorKind,
}

/// What is wrong with a message that cannot be rendered.
#[derive(thiserror::Error, Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RenderErrorKind {
    /// System content outside of a system message.
    #[error("SystemContent may only appear in system messages, found in {0:?}")]
    MisplacedSystemContent(Role),
    /// Developer content outside of a developer message.
    #[error("DeveloperContent may only appear in developer messages, found in {0:?}")]
    MisplacedDeveloperContent(Role),
    /// A tool message whose author has no name.
    #[error("Tools should have a name!")]
    UnnamedTool,
    /// Parameters of a tool that are not a JSON Schema, in the style that looks at that.
    #[error("parameters of the tool {tool:?}: {error}")]
    InvalidSchema {
        /// The name of the tool.
        tool: String,
        /// What is wrong with the schema, and where.
        error: SchemaError,
    },
    /// A response format whose schema cannot be written.
    #[error("schema of the response format {name:?}: {error}")]
    InvalidResponseFormat {
        /// The name of the response format.
        name: String,
        /// What is wrong with the schema, and where.
        error: SchemaError,
    },
    /// A conversation that exceeds the budget even without the turns that may go.
    #[error("the conversation needs {tokens} tokens without the turns that may go, but max_tokens is {max_tokens}")]
    TooLong {
        /// How many tokens are needed.
        tokens: usize,
        /// How many there may be.
        max_tokens: usize,
    },
    /// Response formats, but no message with developer content that could hold them.
    #[error("response formats need a developer message with DeveloperContent")]
    UnplacedResponseFormats,
}

impl RenderErrorKind {
    /// A stable identifier of the kind of error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::MisplacedSystemContent(_) => "render.misplaced_system_content",
            Self::MisplacedDeveloperContent(_) => "render.misplaced_developer_content",
            Self::UnnamedTool => "render.unnamed_tool",
            Self::InvalidSchema { .. } => "render.invalid_schema",
            Self::InvalidResponseFormat { .. } => "render.invalid_response_format",
            Self::TooLong { .. } => "render.too_long",
            Self::UnplacedResponseFormats => "render.unplaced_response_formats",
        }
    }
}

//! Every error of the crate and its sentence.
//!
//! An error is a value: a kind, where it happened, a stable code such as `header.unknown_role`, and a sentence.
//! The sentences of errors that release 0.0.8 also knows are the same as there, because callers match on them.

use crate::chat::Role;
pub use crate::encoding::{SchemaError, SchemaProblem};
pub use crate::tokenizer::DecodeError;

/// The result of everything here that can fail.
pub type Result<T, E = HarmonyError> = std::result::Result<T, E>;

/// Any error of this crate.
#[derive(thiserror::Error, Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HarmonyError {
    /// A conversation could not be rendered.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// Tokens could not be parsed.
    #[error(transparent)]
    Parse(#[from] ParseError),
    /// Tokens could not be decoded to text.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// An encoding could not be loaded.
    #[error(transparent)]
    Load(#[from] LoadError),
}

impl HarmonyError {
    /// A stable name of the kind of error, for programs: `header.unknown_role`, `decode.invalid_token`, …
    ///
    /// ```
    /// use openai_harmony::{chat::Role, load_harmony_encoding, HarmonyEncodingName};
    ///
    /// let encoding = load_harmony_encoding(HarmonyEncodingName::HarmonyGptOss)?;
    /// let error = encoding
    ///     .parse_messages_from_completion_tokens([], Some(Role::Assistant))
    ///     .unwrap_err();
    /// assert_eq!(error.code(), "header.unexpected_end");
    /// # Ok::<(), openai_harmony::HarmonyError>(())
    /// ```
    pub fn code(&self) -> &'static str {
        match self {
            Self::Render(error) => error.kind.code(),
            Self::Parse(error) => error.kind.code(),
            Self::Decode(error) => error.code(),
            Self::Load(error) => error.code(),
        }
    }

    /// Where it happened: the index of the message (rendering) or of the token (parsing, decoding).
    pub fn index(&self) -> Option<usize> {
        match self {
            Self::Render(error) => Some(error.index),
            Self::Parse(error) => Some(error.index),
            Self::Decode(error) => error.index(),
            Self::Load(_) => None,
        }
    }
}

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
    /// Parameters of a tool that are no JSON Schema, in the style that looks at that.
    #[error("parameters of the tool {tool:?}: {error}")]
    InvalidSchema {
        /// The name of the tool.
        tool: String,
        /// What is wrong with the schema, and where.
        error: SchemaError,
    },
    /// Response formats, but no message with developer content that could hold them.
    #[error("response formats need a developer message with DeveloperContent")]
    UnplacedResponseFormats,
}

impl RenderErrorKind {
    /// A stable name of the kind of error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::MisplacedSystemContent(_) => "render.misplaced_system_content",
            Self::MisplacedDeveloperContent(_) => "render.misplaced_developer_content",
            Self::UnnamedTool => "render.unnamed_tool",
            Self::InvalidSchema { .. } => "render.invalid_schema",
            Self::UnplacedResponseFormats => "render.unplaced_response_formats",
        }
    }
}

/// A token, or the end of the stream, that strict parsing does not accept.
#[derive(thiserror::Error, Clone, Debug, PartialEq, Eq)]
#[error("{kind}")]
pub struct ParseError {
    /// The index of the token in the stream; for an unexpected end, the number of tokens.
    pub index: usize,
    /// What is wrong with it.
    pub kind: ParseErrorKind,
}

/// What strict parsing does not accept.
#[derive(thiserror::Error, Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ParseErrorKind {
    /// The stream ended inside a header.
    #[error("Unexpected EOS while waiting for message header to complete")]
    UnexpectedEnd,
    /// Something other than `<|start|>` between two messages.
    #[error("Unexpected token {token} while expecting start token {expected}")]
    UnexpectedToken {
        /// The id that came.
        token: u32,
        /// The id of `<|start|>`.
        expected: u32,
    },
    /// Text other than `<|start|>` between two messages, where text was fed.
    #[error("Unexpected text {text:?} while expecting start token {expected}")]
    UnexpectedText {
        /// The text that came.
        text: String,
        /// The id of `<|start|>`.
        expected: u32,
    },
    /// Tokens and text in one stream, whose positions would then have no unit.
    #[error("a parser takes tokens or text, not both in one stream")]
    MixedInput,
    /// A header with words that are neither role, recipient nor content type.
    #[error("unexpected tokens remaining in message header: {:?}", Some(.0))]
    UnexpectedWords(String),
    /// `<|channel|>` without a name behind it.
    #[error("channel marker present but no channel value found in header")]
    EmptyChannel,
    /// A header that begins with a word that is no role.
    #[error("Unknown role: {0}")]
    UnknownRole(String),
    /// A header without any word.
    #[error("message header did not contain a role")]
    MissingRole,
    /// A header whose tokens are not text, or no tokens at all.
    #[error("could not decode header: its tokens read {0:?}")]
    UndecodableHeader(String),
}

impl ParseErrorKind {
    /// A stable name of the kind of error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnexpectedEnd => "header.unexpected_end",
            Self::UnexpectedToken { .. } => "stream.unexpected_token",
            Self::UnexpectedText { .. } => "stream.unexpected_text",
            Self::MixedInput => "stream.mixed_input",
            Self::UnexpectedWords(_) => "header.unexpected_words",
            Self::EmptyChannel => "header.empty_channel",
            Self::UnknownRole(_) => "header.unknown_role",
            Self::MissingRole => "header.missing_role",
            Self::UndecodableHeader(_) => "header.undecodable",
        }
    }
}

/// An encoding that cannot be loaded.
#[derive(thiserror::Error, Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LoadError {
    /// No encoding has this name.
    #[error("Invalid HarmonyEncodingName: {0}")]
    UnknownEncoding(String),
    /// `TIKTOKEN_ENCODINGS_BASE` is set, but the vocabulary file there cannot be read.
    #[error(
        "could not read the vocabulary file {path}, named by TIKTOKEN_ENCODINGS_BASE: {problem}"
    )]
    UnreadableVocabulary {
        /// The file.
        path: String,
        /// What the operating system says.
        problem: String,
    },
    /// `TIKTOKEN_ENCODINGS_BASE` is set, but the vocabulary file there is another one.
    #[error("the vocabulary file {path}, named by TIKTOKEN_ENCODINGS_BASE, has the sha256 {found} instead of {expected}")]
    WrongVocabulary {
        /// The file.
        path: String,
        /// The sha256 of the file, as hexadecimal digits.
        found: String,
        /// The sha256 of the known vocabulary.
        expected: &'static str,
    },
}

impl LoadError {
    /// A stable name of the kind of error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownEncoding(_) => "load.unknown_encoding",
            Self::UnreadableVocabulary { .. } => "load.unreadable_vocabulary",
            Self::WrongVocabulary { .. } => "load.wrong_vocabulary",
        }
    }
}

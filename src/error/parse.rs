//! Errors of strict parsing.

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
    /// `<|channel|>` without a name after it.
    #[error("channel marker present but no channel value found in header")]
    EmptyChannel,
    /// A header that starts with a word that is not a role.
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
    /// A stable identifier of the kind of error.
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

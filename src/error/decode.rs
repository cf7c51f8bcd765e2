//! Errors of decoding.

use std::str::Utf8Error;

/// Tokens that cannot be decoded.
///
/// The messages are those of release 0.0.8, because callers match on them.
#[derive(thiserror::Error, Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecodeError {
    /// An id that no token has.
    #[error("Invalid token for decoding: {token}")]
    InvalidToken {
        /// The id.
        token: u32,
        /// Its index in the sequence.
        index: usize,
    },
    /// An id that no token has, found while decoding to text.
    #[error("Could not decode tokens: Invalid token error: Invalid token for decoding: {token}")]
    InvalidTokenInText {
        /// The id.
        token: u32,
        /// Its index in the sequence.
        index: usize,
    },
    /// Tokens whose bytes are not UTF-8, such as half a character at the end.
    #[error("Could not decode tokens: Invalid utf-8 sequence: {error}")]
    InvalidUtf8 {
        /// What is wrong, at which byte of the decoded text.
        error: Utf8Error,
        /// The index of the token that holds the first wrong byte.
        index: usize,
    },
}

impl DecodeError {
    /// A stable identifier of the kind of error, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::InvalidToken { .. } | Self::InvalidTokenInText { .. } => "decode.invalid_token",
            Self::InvalidUtf8 { .. } => "decode.invalid_utf8",
        }
    }

    /// The index of the token that cannot be decoded.
    pub fn index(&self) -> Option<usize> {
        match self {
            Self::InvalidToken { index, .. }
            | Self::InvalidTokenInText { index, .. }
            | Self::InvalidUtf8 { index, .. } => Some(*index),
        }
    }
}

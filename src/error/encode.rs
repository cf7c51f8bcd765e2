//! Errors of encoding.

/// A text that cannot be encoded as asked.
#[derive(thiserror::Error, Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EncodeError {
    /// The text of a special token that the [`SpecialPolicy`](crate::tokenizer::SpecialPolicy) disallows.
    #[error("Encountered text corresponding to disallowed special token '{token}'.")]
    DisallowedSpecialToken {
        /// The text of the special token.
        token: String,
        /// The byte of the text where it begins.
        position: usize,
    },
}

impl EncodeError {
    /// A stable name of the kind of error, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::DisallowedSpecialToken { .. } => "encode.disallowed_special",
        }
    }
}

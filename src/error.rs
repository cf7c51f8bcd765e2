//! The errors of this crate, one module for each part of the crate that raises them.
//!
//! An error is a value: a kind, the index of the message or token, a stable code such as `header.unknown_role`, and a
//! message. Messages of errors that release 0.0.8 raises too are the same as there, because callers match on them.

mod decode;
mod encode;
mod grammar;
mod load;
mod parse;
mod render;
mod schema;
mod vocabulary;

pub use decode::DecodeError;
pub use encode::EncodeError;
pub use grammar::{GrammarError, PrefixFault, SchemaFault};
pub use load::LoadError;
pub use parse::{ParseError, ParseErrorKind};
pub use render::{RenderError, RenderErrorKind};
pub use schema::{SchemaError, SchemaProblem};
pub use vocabulary::VocabularyError;

pub use crate::named::UnknownName;

/// The result of every fallible function of this crate.
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
    /// Text could not be encoded.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// Tokens could not be decoded to text.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// A grammar of model output could not be built or written.
    #[error(transparent)]
    Grammar(#[from] GrammarError),
    /// An encoding could not be loaded.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// An error of other code, which came wrapped in an [`anyhow::Error`].
    #[error("{0}")]
    Other(String),
}

/// So that `?` turns the error of [`load_harmony_encoding`](crate::load_harmony_encoding) back into the
/// [`HarmonyError`] it wraps. Any other error keeps its message only.
impl From<anyhow::Error> for HarmonyError {
    fn from(error: anyhow::Error) -> Self {
        match error.downcast() {
            Ok(error) => error,
            Err(other) => Self::Other(format!("{other:#}")),
        }
    }
}

impl HarmonyError {
    /// A stable identifier of the kind of error, for programs: `header.unknown_role`, `decode.invalid_token`, …
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
            Self::Encode(error) => error.code(),
            Self::Decode(error) => error.code(),
            Self::Grammar(error) => error.code(),
            Self::Load(error) => error.code(),
            Self::Other(_) => "other",
        }
    }

    /// The index of the message (rendering) or of the token (parsing, decoding) that caused the error.
    pub fn index(&self) -> Option<usize> {
        match self {
            Self::Render(error) => Some(error.index),
            Self::Parse(error) => Some(error.index),
            Self::Decode(error) => error.index(),
            Self::Encode(_) | Self::Grammar(_) | Self::Load(_) | Self::Other(_) => None,
        }
    }
}

//! What a token, or a piece of text, means.

use crate::encoding::special::FormattingToken;
use crate::tokenizer::Tokenizer;

/// The meaning of one token.
#[derive(Clone, Copy, Debug)]
pub enum Piece<'a> {
    /// Ordinary text; its bytes may begin or end inside a character.
    Bytes(&'a [u8]),
    /// A special token that has a meaning in the format.
    Format(FormattingToken),
    /// A special token that has none.
    Special { id: u32, text: &'a str },
    /// An id outside of the vocabulary.
    Unknown,
}

impl Piece<'static> {
    /// The meaning of a token id.
    #[inline]
    pub fn of_token(tokenizer: &'static Tokenizer, token: u32) -> Self {
        // Nearly every token is ordinary; all special ones have higher ids.
        if token < FormattingToken::EndOfText.id() {
            return tokenizer
                .token_bytes(token)
                .map_or(Self::Unknown, Self::Bytes);
        }
        Self::of_high_token(tokenizer, token)
    }

    fn of_high_token(tokenizer: &'static Tokenizer, token: u32) -> Self {
        if let Some(format) = FormattingToken::from_id(token) {
            return Self::Format(format);
        }
        if let Some(text) = tokenizer.special_text(token) {
            return Self::Special { id: token, text };
        }
        tokenizer
            .token_bytes(token)
            .map_or(Self::Unknown, Self::Bytes)
    }
}

impl<'a> Piece<'a> {
    /// The meaning of a special token that is written as text.
    pub fn of_special(id: u32, text: &'a str) -> Self {
        FormattingToken::from_id(id).map_or(Self::Special { id, text }, Self::Format)
    }

    /// The piece as bytes, as the tokenizer would decode it; an unknown id is one U+FFFD.
    pub fn bytes(self) -> &'a [u8] {
        match self {
            Self::Bytes(bytes) => bytes,
            Self::Format(token) => token.text().as_bytes(),
            Self::Special { text, .. } => text.as_bytes(),
            Self::Unknown => "\u{FFFD}".as_bytes(),
        }
    }

    /// The id of a special token.
    pub fn special_id(self) -> Option<u32> {
        match self {
            Self::Format(token) => Some(token.id()),
            Self::Special { id, .. } => Some(id),
            Self::Bytes(_) | Self::Unknown => None,
        }
    }

    /// Whether it is nothing but whitespace.
    pub fn is_whitespace(self) -> bool {
        matches!(self, Self::Bytes(bytes)
            if std::str::from_utf8(bytes).is_ok_and(|text| text.trim().is_empty()))
    }
}

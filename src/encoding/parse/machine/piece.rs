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
        // Nearly every token is ordinary, and most vocabularies have special ones above them only.
        if token < tokenizer.first_special() {
            return tokenizer
                .token_bytes(token)
                .map_or(Self::Unknown, Self::Bytes);
        }
        Self::of_high_token(tokenizer, token)
    }

    fn of_high_token(tokenizer: &'static Tokenizer, token: u32) -> Self {
        if let Some(text) = tokenizer.special_text(token) {
            return Self::of_special(tokenizer, token, text);
        }
        tokenizer
            .token_bytes(token)
            .map_or(Self::Unknown, Self::Bytes)
    }
}

impl<'a> Piece<'a> {
    /// The meaning of a special token, by its id and its text.
    pub fn of_special(tokenizer: &Tokenizer, token: u32, text: &'a str) -> Self {
        if let Some(format) = FormattingToken::from_id_in(tokenizer, token) {
            return Self::Format(format);
        }
        // In a registered vocabulary, the id may be that of a formatting token in the built-in one.
        let is_taken = FormattingToken::from_id(token).is_some();
        let id = if is_taken { u32::MAX } else { token };
        Self::Special { id, text }
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

    /// The id of a special token; of a formatting token, the one that it has in `o200k_harmony`.
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

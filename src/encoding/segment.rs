//! Segments: where text becomes tokens, and nowhere else.
//!
//! Merges do not cross a call of the tokenizer, so the boundaries of text segments are part of the format: the
//! header ` to=functions.f` is one segment, `assistant` before it another, and their ids would differ if they were
//! encoded as one text.

use crate::encoding::special::FormattingToken;
use crate::tokenizer::Tokenizer;

/// A piece of a rendered conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Segment<'a> {
    /// A special token of the format.
    Special(FormattingToken),
    /// Text, encoded by one call; special-token text in it stays text.
    Text(&'a str),
}

impl Segment<'_> {
    /// Appends the ids of the segment.
    pub(crate) fn encode_into(self, tokenizer: &Tokenizer, tokens: &mut Vec<u32>) {
        match self {
            Self::Special(token) => tokens.push(token.id_in(tokenizer)),
            Self::Text(text) => tokenizer.encode_ordinary_into(text, tokens),
        }
    }
}

//! A message whose content is being read.

use serde::{Deserialize, Serialize};

use super::piece::Piece;
use crate::encoding::header::Header;
use crate::encoding::parse::place::{are_in_order, push_range, Ranges};
use crate::encoding::parse::sink::{ContentDelta, TokenRanges};
use crate::encoding::parse::utf8::Utf8Decoder;
use crate::error::DecodeError;
use crate::tokenizer::Tokenizer;

/// How many tokens of text are decoded at once at most. After an id that no token has, decoding begins again.
const RUN: usize = 256;

/// An open message: its header, its text so far, and the positions of both.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OpenMessage {
    pub header: Header,
    pub text: String,
    decoder: Utf8Decoder,
    pub header_at: Ranges,
    pub content_at: Ranges,
    /// How much of the text has been reported, in bytes. All of it, between two calls.
    #[serde(skip)]
    reported: usize,
    /// The positions before this one belong to reported text.
    reported_to: usize,
}

impl OpenMessage {
    pub fn new(header: Header, header_at: Ranges) -> Self {
        Self {
            header,
            text: String::new(),
            decoder: Utf8Decoder::default(),
            header_at,
            content_at: Ranges::new(),
            reported: 0,
            reported_to: 0,
        }
    }

    /// Adds a piece of content that takes up `width` positions.
    pub fn push(&mut self, piece: Piece<'_>, position: usize, width: usize) {
        if matches!(piece, Piece::Unknown) {
            self.decoder.flush(&mut self.text);
        }
        self.decoder.push(piece.bytes(), &mut self.text);
        push_range(&mut self.content_at, position..position + width);
    }

    /// Adds the ordinary tokens that `tokens` begin with, up to a limit, and returns how many they are.
    pub fn take_text(&mut self, tokenizer: &Tokenizer, tokens: &[u32], position: usize) -> usize {
        let first_special = tokenizer.first_special();
        let limit = tokens.len().min(RUN);
        let ordinary = tokens[..limit]
            .iter()
            .position(|token| *token >= first_special);
        let mut run = &tokens[..ordinary.unwrap_or(limit)];
        let bytes = loop {
            match tokenizer.decode_bytes(run) {
                Ok(bytes) => break bytes,
                // At the second attempt all ids are known.
                Err(DecodeError::InvalidToken { index, .. }) => run = &run[..index],
                Err(_) => return 0,
            }
        };
        self.decoder.push(&bytes, &mut self.text);
        push_range(&mut self.content_at, position..position + run.len());
        run.len()
    }

    /// Ends the text: an incomplete character becomes U+FFFD.
    pub fn seal(&mut self) {
        self.decoder.flush(&mut self.text);
    }

    /// The text that has not been reported, if there is any.
    pub fn take_unreported(&mut self, index: usize) -> Option<ContentDelta<'_>> {
        if self.reported == self.text.len() {
            return None;
        }
        let text = &self.text[std::mem::replace(&mut self.reported, self.text.len())..];
        let end = self.content_at.last().map_or(0, |range| range.end);
        let from = std::mem::replace(&mut self.reported_to, end);
        let tokens = TokenRanges::new(&self.content_at, from);
        Some(ContentDelta {
            index,
            text,
            tokens,
        })
    }

    /// Takes all the text for reported, as it is between two calls.
    pub fn settle(&mut self) {
        self.reported = self.text.len();
    }

    /// Whether it can be open in a stream of `end` positions; one that was read from a file may be anything.
    pub fn is_valid(&self, end: usize) -> bool {
        self.decoder.is_valid()
            && are_in_order(&self.header_at, end)
            && are_in_order(&self.content_at, end)
    }

    /// The first position; `end` if the message has none, because a prompt opened it and nothing came since.
    pub fn first(&self, end: usize) -> usize {
        let first = self.header_at.first().or(self.content_at.first());
        first.map_or(end, |range| range.start)
    }
}

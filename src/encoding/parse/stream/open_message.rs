//! A message whose content is being read.

use serde::{Deserialize, Serialize};

use super::piece::Piece;
use crate::encoding::header::Header;
use crate::encoding::parse::place::{push_range, Ranges};
use crate::encoding::parse::utf8::Utf8Decoder;

/// An open message: its header, its text so far, and where both stand.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct OpenMessage {
    pub header: Header,
    pub text: String,
    decoder: Utf8Decoder,
    pub header_at: Ranges,
    pub content_at: Ranges,
    /// How much of the text has been reported as deltas, in bytes.
    pub reported: usize,
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

    /// Ends the text: what is left of a character becomes U+FFFD.
    pub fn seal(&mut self) {
        self.decoder.flush(&mut self.text);
    }

    /// The text that no delta has held yet.
    pub fn take_unreported(&mut self) -> &str {
        let from = std::mem::replace(&mut self.reported, self.text.len());
        &self.text[from..]
    }
}

//! A vocabulary that is read from a file: slower than the embedded one, and with the same splitting of text.

mod merge;
mod read;

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use super::layout::fold;
use super::pieces::split::piece_end;
use super::sink::Sink;
use crate::error::VocabularyError;
use merge::Merge;

/// Ordinary tokens and their bytes. The id of a token is its rank: of two merges, that to the smaller id comes first.
#[derive(Debug)]
pub struct LoadedVocabulary {
    ids: HashMap<Box<[u8]>, u32, BuildHasherDefault<ByteHasher>>,
    /// The bytes of each id; empty for one that no token has.
    tokens: Vec<Box<[u8]>>,
    longest: usize,
}

impl LoadedVocabulary {
    /// Reads a vocabulary in the format of tiktoken: a line for each token, with its bytes in base64 and its rank.
    ///
    /// # Errors
    /// The first line that is malformed, or has a token or a rank for a second time; a byte without a token.
    pub fn read(file: &[u8]) -> Result<Self, VocabularyError> {
        read::read(file)
    }

    /// The bytes of an ordinary token.
    pub fn token_bytes(&self, token: u32) -> Option<&[u8]> {
        let bytes = self.tokens.get(token as usize)?;
        (!bytes.is_empty()).then_some(bytes)
    }

    /// The ordinary token that has exactly these bytes.
    pub fn id(&self, bytes: &[u8]) -> Option<u32> {
        if bytes.len() > self.longest {
            return None;
        }
        self.ids.get(bytes).copied()
    }

    /// One more than the greatest id.
    pub fn id_count(&self) -> usize {
        self.tokens.len()
    }

    /// Sends the tokens of a text to `sink`, and returns where its last piece begins.
    pub fn encode(&self, text: &str, sink: &mut impl Sink) -> usize {
        let text = text.as_bytes();
        let mut merge = Merge::default();
        let (mut start, mut end) = (0, 0);
        while end < text.len() && !sink.is_full() {
            start = end;
            end = piece_end(text, start);
            let piece = &text[start..end];
            match self.id(piece) {
                Some(token) => sink.extend(&[token]),
                None => merge.piece(self, piece, sink),
            }
        }
        start
    }
}

/// A hash of the bytes of tokens. Not against malice: the tokens are the operator's, and the table does not grow with what users send.
#[derive(Default)]
struct ByteHasher(u64);

impl Hasher for ByteHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.write_u64(u64::from_le_bytes(word));
        }
    }

    fn write_u64(&mut self, word: u64) {
        self.0 = fold(self.0 ^ 0x9E37_79B9_7F4A_7C15, word ^ 0xC2B2_AE3D_27D4_EB4F);
    }

    fn write_usize(&mut self, word: usize) {
        self.write_u64(word as u64);
    }
}

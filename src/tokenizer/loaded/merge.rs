//! Merges the bytes of a piece to tokens.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::{LoadedVocabulary, Sink};

/// No part.
const END: usize = usize::MAX;

/// Room for the merging of one piece after another.
#[derive(Default)]
pub struct Merge {
    parts: Vec<Part>,
    /// Pairs that may merge: the token that they make, and where the left one begins. The earliest merge is at the top.
    pairs: BinaryHeap<Reverse<(u32, usize)>>,
}

/// A part of the piece that is a token, at the index of its first byte.
#[derive(Clone, Copy)]
struct Part {
    end: usize,
    /// The first byte of the part before.
    before: usize,
    /// The token that it makes with the part after it, if they merge.
    merged: Option<u32>,
    alive: bool,
}

impl Merge {
    /// Sends the tokens of a piece that is not a token to `sink`.
    ///
    /// Merges the pair of the smallest token first, and of several the leftmost. The pairs wait in a heap, so that a long piece takes
    /// `n log n` steps.
    pub fn piece(&mut self, vocabulary: &LoadedVocabulary, piece: &[u8], sink: &mut impl Sink) {
        self.parts.clear();
        self.parts.extend((0..piece.len()).map(|at| Part {
            end: at + 1,
            before: at.checked_sub(1).unwrap_or(END),
            merged: None,
            alive: true,
        }));
        for at in 0..piece.len() {
            self.pair(vocabulary, piece, at);
        }
        while let Some(Reverse((token, at))) = self.pairs.pop() {
            let part = self.parts[at];
            // A pair whose parts merged with others meanwhile is out of date.
            if part.alive && part.merged == Some(token) {
                self.join(vocabulary, piece, at);
            }
        }
        let mut at = 0;
        while at < piece.len() {
            let end = self.parts[at].end;
            // OK because every part is a single byte, which the vocabulary has, or was merged to a token.
            if let Some(token) = vocabulary.id(&piece[at..end]) {
                sink.extend(&[token]);
            }
            at = end;
        }
    }

    /// Joins the part at `at` with the one after it.
    fn join(&mut self, vocabulary: &LoadedVocabulary, piece: &[u8], at: usize) {
        let next = self.parts[at].end;
        let end = self.parts[next].end;
        self.parts[next].alive = false;
        self.parts[at].end = end;
        if let Some(after) = self.parts.get_mut(end) {
            after.before = at;
        }
        self.pair(vocabulary, piece, at);
        let before = self.parts[at].before;
        if before != END {
            self.pair(vocabulary, piece, before);
        }
    }

    /// Notes what the part at `at` and the one after it merge to.
    fn pair(&mut self, vocabulary: &LoadedVocabulary, piece: &[u8], at: usize) {
        let next = self.parts.get(self.parts[at].end).copied();
        let merged = next.and_then(|next| vocabulary.id(&piece[at..next.end]));
        self.parts[at].merged = merged;
        if let Some(token) = merged {
            self.pairs.push(Reverse((token, at)));
        }
    }
}

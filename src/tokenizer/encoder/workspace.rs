//! What an encoder works with, and its work on one text.

use super::{
    bounded::Bounded,
    found::{Found, Part},
};
use crate::tokenizer::{
    layout::{NONE, SHORT},
    memo::Memo,
    memory::{Zero, MAPPED},
    merge::Lanes,
    pieces::{Batch, Piece, BATCH, LONGEST},
    sink::Sink,
    tables,
    vocab::{line_of, long_piece, prefetch_line, short_piece},
};

/// Unknown pieces of a batch up to which those of the next batches are worked on together.
const FEW: usize = 8;

/// Unknown pieces of several batches from which on they are worked on.
const MANY: usize = 32;

/// Room for the pieces and tokens of a few batches. Nothing in it outlives a text but memory.
///
/// In this order, which seemed 1 to 2 % faster than that of the compiler, in runs whose noise was as large.
#[repr(C)]
pub struct Workspace {
    lanes: Lanes,
    batch: Batch,
    found: Found,
    /// Pieces that are to be cached.
    unknown: Bounded<Part, { MANY + BATCH }>,
    /// Whether few pieces of the last batch were unknown.
    is_known: bool,
}

// From the system, not from the allocator.
const _: () = assert!(size_of::<Workspace>() >= MAPPED);

// SAFETY: there are numbers in all of it, and a bool, so zeros are valid; nothing in it is dropped.
unsafe impl Zero for Workspace {}

impl Workspace {
    /// Sends the tokens of a text to `sink`, and returns where its last piece begins.
    pub fn encode(&mut self, memo: &mut Memo, text: &[u8], sink: &mut impl Sink) -> usize {
        self.batch.clear();
        let mut at = 0;
        while at < text.len() && !sink.is_full() {
            memo.next_batch();
            while at < text.len() && self.found.has_room() && self.unknown.len() < MANY {
                at = self.batch.fill(text, at, memo);
                self.look_up(memo, text);
            }
            self.send(memo, text, sink);
        }
        self.batch.last_start()
    }

    /// Finds the tokens of the pieces of the batch, as far as they are cached.
    ///
    /// Where few pieces are unknown, they are left to [`Self::send`], so that those of several batches are worked on together. Otherwise
    /// all of the batch are cached when the first one is found. Measured: with the first way alone, 16 languages are encoded 5 % slower, and
    /// with the second alone, English 5 % slower, both for the first time.
    #[inline(never)]
    fn look_up(&mut self, memo: &mut Memo, text: &[u8]) {
        let count = self.batch.pieces().len();
        let before = self.unknown.len();
        let mut cached = 0;
        let mut index = 0;
        loop {
            let pieces = &self.batch.pieces()[index..];
            index += self.found.append(|room| memo.copy_at_home(pieces, room));
            if index == count {
                break;
            }
            let part = self.part(index);
            let bytes = part.bytes(text);
            let may_be_cached = bytes.len() < LONGEST;
            match memo.find(part.piece.key, part.piece.home, bytes) {
                Some(tokens) if self.found.push(tokens, count - index - 1) => {}
                None if may_be_cached && !self.is_known && cached == 0 => {
                    self.find_unknown(memo, index, text);
                    cached = self.unknown.len();
                    self.cache_unknown(memo, text);
                    // Looked up again.
                    continue;
                }
                known => {
                    if known.is_none() && may_be_cached && self.is_known {
                        prefetch_line(line_of(part.piece.key));
                        self.unknown.push(part);
                    }
                    self.found.leave_out(part);
                }
            }
            index += 1;
        }
        self.is_known = cached + self.unknown.len() - before <= FEW;
    }

    /// Sends the tokens of all pieces that were looked up to `sink`.
    #[inline(never)]
    fn send(&mut self, memo: &mut Memo, text: &[u8], sink: &mut impl Sink) {
        if !self.unknown.is_empty() {
            self.cache_unknown(memo, text);
        }
        let lanes = &mut self.lanes;
        self.found.send(sink, |part, sink| {
            let Piece { key, home, .. } = part.piece;
            let bytes = part.bytes(text);
            match memo.find(key, home, bytes) {
                Some(tokens) => sink.extend(tokens),
                None => send_uncached(lanes, key, bytes, sink),
            }
        });
    }

    fn part(&self, index: usize) -> Part {
        Part {
            piece: self.batch.pieces()[index],
            end: self.batch.end(index),
        }
    }

    /// Caches the unknown pieces.
    ///
    /// All at once, so that what one waits for is fetched while others are worked on. The steps are functions of their own: WebAssembly engines
    /// took 17 ms to optimise them as one, and use slow code until then.
    #[inline(never)]
    fn cache_unknown(&mut self, memo: &mut Memo, text: &[u8]) {
        if tables::HAS_PIECES {
            self.cache_tokens(memo, text);
        }
        self.cache_merged(memo, text);
        self.unknown.clear();
    }

    /// Finds out which pieces of the batch from `first` on may be cached and are not. Their lines of the table of tokens are prefetched.
    #[inline(never)]
    fn find_unknown(&mut self, memo: &mut Memo, first: usize, text: &[u8]) {
        // Indices of pieces.
        const { assert!(BATCH <= 1 << u8::BITS) };
        let mut away = [0u8; BATCH];
        let mut count = 0;
        let pieces = self.batch.pieces();
        for (index, &Piece { key, home, .. }) in pieces.iter().enumerate().skip(first) {
            away[count % BATCH] = index as u8;
            count += usize::from(!memo.is_home(key, home));
        }
        for &index in &away[..count] {
            memo.prefetch_block(pieces[usize::from(index)].home);
        }
        for &index in &away[..count] {
            let part = self.part(usize::from(index));
            let Piece { key, home, .. } = part.piece;
            let bytes = part.bytes(text);
            if bytes.len() < LONGEST && memo.find(key, home, bytes).is_none() {
                prefetch_line(line_of(key));
                self.unknown.push(part);
            }
        }
    }

    /// Caches the unknown pieces that are tokens. The others are left.
    #[inline(never)]
    fn cache_tokens(&mut self, memo: &mut Memo, text: &[u8]) {
        self.unknown.retain(|part| {
            let Piece { key, home, .. } = part.piece;
            let bytes = part.bytes(text);
            let token = token_of(key, bytes);
            if token != NONE {
                memo.insert(key, home, bytes, &[token]);
            }
            token == NONE
        });
    }

    /// Caches pieces that are not tokens.
    #[inline(never)]
    fn cache_merged(&mut self, memo: &mut Memo, text: &[u8]) {
        let Self { unknown, lanes, .. } = self;
        let bytes = |index: usize| unknown[index].bytes(text);
        lanes.merge(unknown.len(), bytes, |index, tokens| {
            let Piece { key, home, .. } = unknown[index].piece;
            // The same piece may be there twice.
            if memo.find(key, home, bytes(index)).is_none() {
                memo.insert(key, home, bytes(index), tokens);
            }
        });
    }
}

#[inline(never)]
fn send_uncached(lanes: &mut Lanes, key: u128, bytes: &[u8], sink: &mut impl Sink) {
    match token_of(key, bytes) {
        NONE => lanes.merge(1, |_| bytes, |_, tokens| sink.extend(tokens)),
        token => sink.extend(&[token]),
    }
}

/// The token that a whole piece is, or [`NONE`] if it is none or cannot be looked up.
fn token_of(key: u128, bytes: &[u8]) -> u32 {
    if !tables::HAS_PIECES {
        NONE
    } else if bytes.len() <= SHORT {
        short_piece(key, line_of(key))
    } else {
        long_piece(bytes)
    }
}

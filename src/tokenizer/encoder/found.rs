//! Tokens that were found and not yet sent, and the pieces between them whose tokens are missing.

use super::bounded::Bounded;
use crate::tokenizer::{
    memo::INLINE,
    memory::Zero,
    pieces::{Piece, BATCH},
    sink::Sink,
};

/// Room for the tokens of several batches, so that what is unknown in a text that is mostly known can be worked on together.
const ROOM: usize = 8 * BATCH;

/// Missing pieces from which on no other batch is taken. Pieces that are too long to be cached count, too: a text may have nothing else.
const MANY: usize = 32;

/// A piece of a text, of which the batch may be gone.
#[derive(Clone, Copy)]
pub struct Part {
    pub piece: Piece,
    pub end: usize,
}

impl Part {
    pub fn bytes<'t>(&self, text: &'t [u8]) -> &'t [u8] {
        &text[self.piece.start..self.end]
    }
}

/// See the [module](self).
pub struct Found {
    tokens: [u32; ROOM],
    len: usize,
    /// By piece, how many tokens were found before it.
    missing: Bounded<(usize, Part), { MANY + BATCH }>,
}

// SAFETY: there are numbers in all of it, so zeros are valid; nothing in it is dropped.
unsafe impl Zero for Found {}

impl Found {
    /// Whether there is room for the tokens and the missing pieces of a batch.
    pub fn has_room(&self) -> bool {
        self.len + BATCH * INLINE < ROOM && self.missing.len() < MANY
    }

    /// Appends the tokens of pieces by a function that writes them to the room that is left, and returns how many pieces and tokens these
    /// are. Returns how many pieces.
    #[inline(always)]
    pub fn append(&mut self, write: impl FnOnce(&mut [u32]) -> (usize, usize)) -> usize {
        let (pieces, tokens) = write(&mut self.tokens[self.len..]);
        self.len += tokens;
        pieces
    }

    /// Appends the tokens of a piece, unless there would be no room for as many `others`. Returns whether there was.
    #[inline(always)]
    pub fn push(&mut self, tokens: &[u32], others: usize) -> bool {
        let end = self.len + tokens.len();
        let is_room = end + others * INLINE <= ROOM;
        if is_room {
            self.tokens[self.len..end].copy_from_slice(tokens);
            self.len = end;
        }
        is_room
    }

    /// Remembers that the tokens of a piece are missing.
    #[inline(always)]
    pub fn leave_out(&mut self, part: Part) {
        self.missing.push((self.len, part));
    }

    /// Sends all tokens to `sink`; those that are missing are sent by `send`.
    pub fn send<S: Sink>(&mut self, sink: &mut S, mut send: impl FnMut(Part, &mut S)) {
        let mut sent = 0;
        for &(at, part) in &*self.missing {
            sink.extend(&self.tokens[sent..at]);
            send(part, sink);
            sent = at;
        }
        sink.extend(&self.tokens[sent..self.len]);
        self.missing.clear();
        self.len = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokenizer::memory::Zeroed;

    fn part(start: usize) -> Part {
        let piece = Piece {
            start,
            ..Piece::default()
        };
        Part {
            piece,
            end: start + 1,
        }
    }

    #[test]
    fn missing_tokens_are_sent_where_they_belong_and_nothing_is_sent_twice() {
        let found = &mut Zeroed::<Found>::new(1)[0];
        for round in 0..3 {
            found.leave_out(part(100));
            assert!(found.push(&[round, 1], 0));
            found.leave_out(part(101));
            found.leave_out(part(102));
            let pieces = found.append(|room| {
                room[..3].copy_from_slice(&[2, 3, 9]);
                (7, 2)
            });
            assert_eq!(pieces, 7);
            let mut sent = vec![];
            found.send(&mut sent, |part, sent| {
                sent.push(part.piece.start as u32);
            });
            assert_eq!(sent, [100, round, 1, 101, 102, 2, 3]);
        }
    }

    #[test]
    fn missing_pieces_are_bounded() {
        let found = &mut Zeroed::<Found>::new(1)[0];
        while found.has_room() {
            for index in 0..BATCH {
                found.leave_out(part(index));
            }
        }
        assert!(found.missing.len() >= MANY);
    }

    #[test]
    fn long_results_leave_room_for_the_other_pieces_of_a_batch() {
        let found = &mut Zeroed::<Found>::new(1)[0];
        while found.push(&[1; 64], BATCH - 1) {}
        found.append(|room| {
            assert!(room.len() >= (BATCH - 1) * INLINE && room.len() < BATCH * INLINE + 64);
            (0, 0)
        });
        assert!(!found.has_room());
    }
}

//! Splits a text into pieces, a few hundred at a time, and computes the key of each.
//!
//! The home of each piece is prefetched at once, so that it is in the nearest cache when the piece is looked up.

use super::{
    cut,
    key::{key_of_short, words_at, Seed},
    split::piece_end,
    window::{self, Classify, READABLE, WINDOW},
};
use crate::tokenizer::layout::SHORT;

/// Pieces of a batch; a power of two. Their lines take a third of the first-level cache.
pub const BATCH: usize = 256;

/// Pieces that one step of [`Batch::fill`] may add: one for each byte that is looked at.
const ROOM: usize = if WINDOW > cut::SPAN {
    WINDOW
} else {
    cut::SPAN
};

/// What knows where pieces are cached.
pub trait Homes {
    /// What the keys of long pieces are seeded with.
    fn seed(&self) -> Seed;

    /// The home of a key, whose memory is asked for.
    fn home(&self, key: u128) -> usize;
}

/// A piece of text.
#[derive(Clone, Copy, Default)]
pub struct Piece {
    /// See [`Seed::key`].
    pub key: u128,
    pub start: usize,
    /// The home of the key.
    pub home: usize,
}

/// Pieces that follow each other in a text.
pub struct Batch {
    /// Each ends where the next one begins; one more than there are.
    pieces: [Piece; BATCH + 1],
    len: usize,
    /// Where the last piece ends that is [cut](cut); parts of it may still be missing.
    uncut: usize,
    /// Where the last piece begins, with all parts that it was cut into.
    last: usize,
}

impl Default for Batch {
    fn default() -> Self {
        Self {
            pieces: [Piece::default(); BATCH + 1],
            len: 0,
            uncut: 0,
            last: 0,
        }
    }
}

impl Batch {
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces[..self.len]
    }

    /// The bytes of a piece.
    #[cfg(test)]
    pub fn bytes<'t>(&self, index: usize, text: &'t [u8]) -> &'t [u8] {
        &text[self.pieces[index].start..self.end(index)]
    }

    /// Where a piece ends in the text.
    pub fn end(&self, index: usize) -> usize {
        self.pieces[index + 1].start
    }

    /// Where the last piece begins, with all parts that it was cut into.
    pub fn last_start(&self) -> usize {
        self.last
    }

    /// Prepares for another text.
    pub fn clear(&mut self) {
        self.uncut = 0;
        self.last = 0;
    }

    /// Takes pieces from `start` on, where the last ones ended, and returns where these end.
    pub fn fill(&mut self, text: &[u8], start: usize, homes: &impl Homes) -> usize {
        #[cfg(target_arch = "x86_64")]
        if let Some(avx2) = window::Avx2::detected() {
            // SAFETY: the processor has these instructions, or there would be no `avx2`.
            return unsafe { self.fill_avx2(text, start, homes, avx2) };
        }
        self.fill_with(text, start, homes, window::Baseline)
    }

    /// Measured: 10 % faster on English than without these instructions.
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt")]
    fn fill_avx2(
        &mut self,
        text: &[u8],
        start: usize,
        homes: &impl Homes,
        avx2: window::Avx2,
    ) -> usize {
        self.fill_with(text, start, homes, avx2)
    }

    #[inline(always)]
    fn fill_with(
        &mut self,
        text: &[u8],
        start: usize,
        homes: &impl Homes,
        classify: impl Classify,
    ) -> usize {
        self.len = 0;
        let mut at = start;
        while at < text.len() && self.len <= BATCH - ROOM {
            at = if at < self.uncut {
                self.add_cut(text, at, homes)
            } else {
                match self.add_window(text, at, homes, classify) {
                    0 => self.add_exact(text, at, homes),
                    len => at + len,
                }
            };
        }
        self.pieces[self.len].start = at;
        at
    }

    /// Adds the pieces of a window whose ends are certain, and returns how many bytes they have.
    #[inline(always)]
    fn add_window(
        &mut self,
        text: &[u8],
        start: usize,
        homes: &impl Homes,
        classify: impl Classify,
    ) -> usize {
        let Some(readable) = text[start..].first_chunk::<READABLE>() else {
            return 0;
        };
        // Text that windows leave to the exact path, recognised without computing the masks.
        if readable[0].max(readable[1]) >= window::LEFT_OUT {
            return 0;
        }
        let mut ends = window::boundaries(readable, classify);
        let mut count = self.len;
        let (mut last, mut at) = (0, 0);
        while ends != 0 {
            let end = ends.trailing_zeros() as usize;
            ends &= ends - 1;
            last = at;
            // `at` is below 64 anyway; said again, it needs no check.
            let bytes = &readable[at % WINDOW..];
            let key = if end - at > SHORT {
                homes.seed().key_of_long(&readable[at..end])
            } else {
                key_of_short(words_at(bytes, 0), end - at)
            };
            self.put(count, key, start + at, homes);
            count += 1;
            at = end;
        }
        if at > 0 {
            self.last = start + last;
        }
        self.len = count;
        at
    }

    /// Adds the piece at `start`, found by the exact path, and returns its end.
    #[inline(never)]
    fn add_exact(&mut self, text: &[u8], start: usize, homes: &impl Homes) -> usize {
        let end = piece_end(text, start);
        self.last = start;
        if cut::is_worth_it(&text[start..end]) {
            self.uncut = end;
            return self.add_cut(text, start, homes);
        }
        self.add(text, start, end, homes);
        end
    }

    /// Adds parts of the piece that ends at `uncut`, and returns the end of the last one.
    #[inline(never)]
    fn add_cut(&mut self, text: &[u8], start: usize, homes: &impl Homes) -> usize {
        let mut at = start;
        while at < self.uncut && self.len <= BATCH - ROOM {
            let mut cuts = cut::cuts(&text[at..self.uncut]);
            if cuts == 0 {
                // Longer than what is looked at together: too rare to be cut further on.
                self.add(text, at, self.uncut, homes);
                return self.uncut;
            }
            let from = at;
            while cuts != 0 {
                let end = from + cuts.trailing_zeros() as usize;
                cuts &= cuts - 1;
                self.add(text, at, end, homes);
                at = end;
            }
        }
        at
    }

    /// Adds the piece from `start` to `end`.
    #[inline(always)]
    fn add(&mut self, text: &[u8], start: usize, end: usize, homes: &impl Homes) {
        let first = match text[start..].first_chunk::<16>() {
            Some(bytes) => words_at(bytes, 0),
            None => {
                let mut padded = [0; 16];
                padded[..text.len() - start].copy_from_slice(&text[start..]);
                words_at(&padded, 0)
            }
        };
        let key = homes.seed().key(first, &text[start..end]);
        self.put(self.len, key, start, homes);
        self.len += 1;
    }

    /// Writes a piece, and prefetches its home.
    #[inline(always)]
    fn put(&mut self, index: usize, key: u128, start: usize, homes: &impl Homes) {
        let home = homes.home(key);
        self.pieces[index % BATCH] = Piece { key, start, home };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A cache that has everything in the same place.
    struct OneHome;

    impl Homes for OneHome {
        fn seed(&self) -> Seed {
            Seed::fixed(1)
        }

        fn home(&self, _: u128) -> usize {
            0
        }
    }

    /// All pieces of a text, and where the last one begins.
    fn pieces(text: &str) -> (Vec<String>, usize) {
        let mut batch = Batch::default();
        let (mut pieces, mut at) = (vec![], 0);
        while at < text.len() {
            at = batch.fill(text.as_bytes(), at, &OneHome);
            let bytes = (0..batch.pieces().len()).map(|index| batch.bytes(index, text.as_bytes()));
            pieces.extend(bytes.map(|bytes| String::from_utf8(bytes.to_vec()).unwrap()));
        }
        (pieces, batch.last_start())
    }

    proptest! {
        #[test]
        fn pieces_are_those_of_the_exact_path_or_parts_of_them(text in "(\\PC{0,20}|[a-zA-Z' \n.]{0,50}|[一-龥，。 ]{0,90}|[а-яА-Я ]{0,40}){0,40}") {
            let (pieces, last) = pieces(&text);
            prop_assert_eq!(pieces.concat(), &text[..]);
            let mut starts = vec![0];
            for piece in &pieces {
                prop_assert!(!piece.is_empty());
                starts.push(starts[starts.len() - 1] + piece.len());
            }
            let (mut at, mut start) = (0, 0);
            while at < text.len() {
                prop_assert!(starts.contains(&at), "{:?} has no piece at {}", text, at);
                start = at;
                at = piece_end(text.as_bytes(), at);
            }
            prop_assert_eq!(last, start);
        }

        #[test]
        fn keys_of_short_pieces_are_their_own(left in "\\PC{1,4}|[ab]{1,15}", right in "\\PC{1,4}|[ab]{1,15}") {
            let key = |piece: &str| {
                let mut batch = Batch::default();
                batch.add(piece.as_bytes(), 0, piece.len(), &OneHome);
                batch.pieces()[0].key
            };
            prop_assume!(left.len() <= SHORT && right.len() <= SHORT);
            prop_assert_eq!(key(&left) == key(&right), left == right);
        }
    }
}

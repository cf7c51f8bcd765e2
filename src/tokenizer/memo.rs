//! What pieces were encoded to, so that nearly every piece of a text is one look at one cache line.

mod pool;
mod ring;
mod seat;
mod table;

pub use pool::{Lent, Pool};
pub use seat::Seat;
pub use table::INLINE;

use crate::tokenizer::{
    layout::SHORT,
    pieces::{Homes, Piece, Seed, LONGEST},
};
use ring::{Record, Ring};
use table::{Entry, Table};

/// Bytes of the largest table unless another limit is given. Measured: with half as many, English seen before takes 20 % longer.
const TABLE: usize = 4 << 20;

/// Entries of the table for each word of the ring, which so takes an eighth of the table's memory.
const ENTRIES_PER_WORD: usize = 4;

/// A cache of the tokens of pieces. It is small at first and holds 4.5 MiB at most.
///
/// A piece of up to [`SHORT`] bytes with up to [`INLINE`] tokens is an entry of the table; others have a record in the ring as well.
/// What is used again stays, whatever was cached before, as long as its blocks and half of the ring have room for it.
pub struct Memo {
    table: Table,
    ring: Ring,
}

impl Default for Memo {
    fn default() -> Self {
        Self::with_table(TABLE)
    }
}

impl Homes for Memo {
    #[inline(always)]
    fn seed(&self) -> Seed {
        self.table.seed()
    }

    #[inline(always)]
    fn home(&self, key: u128) -> usize {
        let home = self.table.home(key);
        self.table.prefetch(home);
        home
    }
}

impl Memo {
    /// A cache whose table grows up to the largest power of two of bytes that is not above `bytes`.
    pub fn with_table(bytes: usize) -> Self {
        Self::seeded(bytes, Seed::random())
    }

    pub fn seeded(bytes: usize, seed: Seed) -> Self {
        let table = Table::new(bytes, seed);
        let ring = Ring::new(table.most_entries() / ENTRIES_PER_WORD);
        Self { table, ring }
    }

    #[cfg(test)]
    pub fn bytes(&self) -> usize {
        self.table.bytes() + self.ring.bytes()
    }

    /// See [`Table::copy_at_home`].
    #[inline(always)]
    pub fn copy_at_home(&mut self, pieces: &[Piece], output: &mut [u32]) -> (usize, usize) {
        self.table.copy_at_home(pieces, output)
    }

    /// Whether a piece is at its home, with its tokens.
    #[inline(always)]
    pub fn is_home(&self, key: u128, home: usize) -> bool {
        self.table.at(home).is_inline(key)
    }

    /// Asks for the entries beside a home.
    #[inline(always)]
    pub fn prefetch_block(&self, home: usize) {
        self.table.prefetch_block(home);
    }

    /// The tokens of a piece, which is at its home afterwards.
    pub fn find(&mut self, key: u128, home: usize, piece: &[u8]) -> Option<&[u32]> {
        let entry = self.table.find(key, home)?;
        if let Some(record) = entry.record() {
            let mut record = Record::unpack(record);
            if self.ring.is_old(record) && self.ring.get(record, piece).is_some() {
                record = self.ring.renew(record, piece);
                entry.set_record(record.pack());
            }
            return self.ring.get(record, piece);
        }
        entry.tokens().get(..entry.len())
    }

    /// Caches the tokens of a piece, unless it is too long or there are too many.
    pub fn insert(&mut self, key: u128, home: usize, piece: &[u8], tokens: &[u32]) {
        let entry = if piece.len() <= SHORT && tokens.len() <= INLINE {
            Entry::new(key, tokens)
        } else if piece.len() >= LONGEST {
            return;
        } else {
            match self.ring.push(piece, tokens) {
                Some(record) => Entry::in_ring(key, record.pack()),
                None => return,
            }
        };
        self.table.insert(home, entry, |entry| {
            let record = entry.record().map(Record::unpack);
            record.is_some_and(|record| !self.ring.holds(record))
        });
    }

    /// Begins the next batch: grows if that is due, so that homes may change, and lets what was used before grow older.
    #[inline(always)]
    pub fn next_batch(&mut self) {
        self.table.tick();
        if self.table.is_to_grow() {
            self.table.grow();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokenizer::pieces::words_at;
    use proptest::prelude::*;

    const SEED: u64 = 0x5EED;

    fn small() -> Memo {
        Memo::seeded(1 << 15, Seed::fixed(SEED))
    }

    fn key_of(piece: &[u8]) -> u128 {
        let mut padded = [0; 16];
        let len = piece.len().min(16);
        padded[..len].copy_from_slice(&piece[..len]);
        Seed::fixed(SEED).key(words_at(&padded, 0), piece)
    }

    fn insert(memo: &mut Memo, piece: &[u8], tokens: &[u32]) {
        let key = key_of(piece);
        let home = memo.home(key);
        memo.insert(key, home, piece, tokens);
    }

    fn find(memo: &mut Memo, piece: &[u8]) -> Option<Vec<u32>> {
        let key = key_of(piece);
        let home = memo.home(key);
        memo.find(key, home, piece).map(<[u32]>::to_vec)
    }

    /// A piece that depends on all of `number`, with as many tokens as asked for, which identify it.
    fn sample(number: u32, len: usize, tokens: usize) -> (Vec<u8>, Vec<u32>) {
        let bytes = number
            .to_be_bytes()
            .into_iter()
            .chain((b'a'..=b'z').cycle())
            .take(len);
        (
            bytes.collect(),
            (0..tokens as u32).map(|at| number << 6 | at).collect(),
        )
    }

    #[test]
    fn pieces_of_all_lengths_are_found_up_to_the_longest() {
        for len in 1..200 {
            for tokens in 1..=len.min(70) {
                let mut memo = small();
                let (piece, tokens) = sample(len as u32, len, tokens);
                insert(&mut memo, &piece, &tokens);
                let words =
                    if len > SHORT { len.div_ceil(16) } else { 0 } + tokens.len().div_ceil(4);
                let is_cached =
                    len < LONGEST && (words <= 16 || len <= SHORT && tokens.len() <= INLINE);
                assert_eq!(
                    find(&mut memo, &piece),
                    is_cached.then_some(tokens),
                    "{len}"
                );
            }
        }
    }

    #[test]
    fn only_what_needs_the_ring_is_in_the_ring() {
        for (len, tokens, in_ring) in [(15, 3, false), (15, 4, true), (16, 1, true), (1, 1, false)]
        {
            let mut memo = small();
            let (piece, tokens) = sample(1, len, tokens);
            insert(&mut memo, &piece, &tokens);
            let (key, home) = (key_of(&piece), memo.home(key_of(&piece)));
            assert_eq!(memo.is_home(key, home), !in_ring);
            let piece = Piece {
                key,
                home,
                start: 0,
            };
            let mut output = [0; INLINE];
            let (found, len) = memo.copy_at_home(&[piece], &mut output);
            assert_eq!(found, usize::from(!in_ring));
            assert_eq!(
                output[..len],
                tokens[..if in_ring { 0 } else { tokens.len() }]
            );
        }
    }

    #[test]
    fn long_pieces_that_differ_anywhere_have_keys_of_their_own() {
        for len in [16, 17, 31, 32, 33, 48, 70, 126] {
            let (piece, _) = sample(5, len, 1);
            for at in 0..len {
                let mut other = piece.clone();
                other[at] ^= 0x20;
                assert_ne!(key_of(&piece), key_of(&other), "{len} {at}");
            }
        }
    }

    /// A collision of 120 bits, which no text can be made to have: both pieces are encoded correctly, and each replaces the other.
    #[test]
    fn pieces_with_equal_keys_replace_each_other() {
        let mut memo = small();
        let key = key_of(b"a piece of thirty-two characters");
        let home = memo.home(key);
        for (piece, other) in [(b'x', b'y'), (b'y', b'x'), (b'x', b'y')] {
            let (piece, other) = ([piece; 32], [other; 32]);
            assert_eq!(memo.find(key, home, &piece), None);
            memo.insert(key, home, &piece, &[u32::from(piece[0])]);
            assert_eq!(
                memo.find(key, home, &piece),
                Some(&[u32::from(piece[0])][..])
            );
            assert_eq!(memo.find(key, home, &other), None);
        }
    }

    #[test]
    fn an_entry_whose_record_was_overwritten_is_not_found_and_is_replaced() {
        let mut memo = Memo::seeded(4 << 20, Seed::fixed(SEED));
        let (first, first_tokens) = sample(0, 40, 2);
        insert(&mut memo, &first, &first_tokens);
        // Four words each; the ring has 32,768.
        for number in 1..8192 {
            let (piece, tokens) = sample(number, 40, 2);
            insert(&mut memo, &piece, &tokens);
        }
        memo.ring.push(&first, &first_tokens).unwrap();
        assert_eq!(find(&mut memo, &first), None);
        insert(&mut memo, &first, &first_tokens);
        assert_eq!(find(&mut memo, &first), Some(first_tokens));
    }

    #[test]
    fn a_record_that_is_used_stays_however_much_is_written() {
        let mut memo = small();
        let (used, used_tokens) = sample(0, 40, 9);
        insert(&mut memo, &used, &used_tokens);
        for number in 1..20_000 {
            let (piece, tokens) = sample(number, 126, 25);
            memo.next_batch();
            insert(&mut memo, &piece, &tokens);
            assert_eq!(find(&mut memo, &used).as_ref(), Some(&used_tokens));
        }
    }

    proptest! {
        /// What is found is what was inserted. And whatever was inserted before: as many pieces as half of the ring has room for, of which no
        /// more than four share a block, are all found when they come again.
        #[test]
        fn what_was_inserted_again_is_found_again(
            history in proptest::collection::vec((0u32..3000, 5usize..130, 1usize..40), 0..3000),
            samples in proptest::collection::vec((0u32..3000, 5usize..60, 1usize..9), 0..20),
        ) {
            let mut memo = small();
            for &(number, len, tokens) in &history {
                let (piece, tokens) = sample(number << 8 | len as u32, len, tokens);
                memo.next_batch();
                match find(&mut memo, &piece) {
                    Some(found) => prop_assert_eq!(found[0], tokens[0]),
                    None => insert(&mut memo, &piece, &tokens),
                }
            }
            memo.next_batch();
            for round in 0..3 {
                for &(number, len, tokens) in &samples {
                    let (piece, tokens) = sample((number << 8 | len as u32) << 4 | tokens as u32, len, tokens);
                    let found = find(&mut memo, &piece);
                    prop_assert!(round == 0 || found.is_some());
                    match found {
                        Some(found) => prop_assert_eq!(found, tokens),
                        None => insert(&mut memo, &piece, &tokens),
                    }
                }
            }
        }
    }
}

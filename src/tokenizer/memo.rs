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
mod tests;

//! A hash table of entries in blocks of four; in a full block, the entry that was not used for the longest time is replaced.
//!
//! Each key has a home entry in its block. What is used moves home, so that looking there is mostly enough: of 440,000 pieces of
//! English seen before, 98 % are at home, and less than 0.1 % are nowhere.

use crate::tokenizer::{
    memory::{Zero, Zeroed},
    pieces::{Piece, Seed},
    prefetch::prefetch,
};

/// Tokens that fit an entry: 99 % of the pieces of English, code and chats have no more.
pub const INLINE: usize = 3;

/// Entries of a block.
const WAYS: usize = 4;

/// log2 of the entries of a new table: 32 KiB, so that little text needs little memory.
const FIRST_BITS: u32 = 10;

/// log2 of the entries of a table that has grown once: 256 KiB.
const SECOND_BITS: u32 = 13;

/// log2 of how much larger the table becomes at a time after that: 4 MiB. Measured: with 2 MiB in between, English seen before takes 20 %
/// longer, because the table is half full for long.
const GROWTH_BITS: u32 = 4;

/// Bits of [`Entry::used`] for the number of tokens.
const LEN_BITS: u32 = 2;

/// In the key of an entry whose tokens are in the ring. No piece has a key with this bit.
pub const IN_RING: u128 = 1 << 127;

/// What a piece was encoded to, in half a cache line.
#[derive(Clone, Copy, Default)]
#[repr(C, align(32))]
pub struct Entry {
    /// The key of the piece, with [`IN_RING`] if its tokens are there; 0 if the entry is free.
    key: u128,
    /// The tokens, or the packed record of the ring.
    tokens: [u32; INLINE],
    /// When the entry was last used, and in the lowest bits how many tokens it has itself.
    used: u32,
}

impl Entry {
    /// An entry with the tokens of a piece.
    pub fn new(key: u128, tokens: &[u32]) -> Self {
        let mut inline = [0; INLINE];
        inline[..tokens.len()].copy_from_slice(tokens);
        Self {
            key,
            tokens: inline,
            used: tokens.len() as u32,
        }
    }

    /// An entry whose tokens are in the ring.
    pub fn in_ring(key: u128, record: [u32; INLINE]) -> Self {
        Self {
            key: key | IN_RING,
            tokens: record,
            used: 0,
        }
    }

    /// Whether the entry is that of a piece and has its tokens itself.
    #[inline(always)]
    pub fn is_inline(&self, key: u128) -> bool {
        self.key == key
    }

    /// Whether the entry is that of a piece.
    #[inline(always)]
    fn is_of(&self, key: u128) -> bool {
        self.key & !IN_RING == key
    }

    /// The record of the ring that has the tokens, if they are there.
    #[inline(always)]
    pub fn record(&self) -> Option<[u32; INLINE]> {
        (self.key & IN_RING != 0).then_some(self.tokens)
    }

    pub fn set_record(&mut self, record: [u32; INLINE]) {
        self.tokens = record;
    }

    /// All the tokens there is room for; the first [`Self::len`] count.
    #[inline(always)]
    pub fn tokens(&self) -> &[u32; INLINE] {
        &self.tokens
    }

    /// How many tokens the entry has itself.
    #[inline(always)]
    pub fn len(&self) -> usize {
        (self.used & ((1 << LEN_BITS) - 1)) as usize
    }
}

/// Counts batches, modulo 2³⁰, in the bits of [`Entry::used`] above the length.
///
/// Entries that were not used for exactly a multiple of that seem to be recent, which is rare and harmless.
#[derive(Clone, Copy, Default)]
struct Clock(u32);

impl Clock {
    fn tick(&mut self) {
        self.0 = self.0.wrapping_add(1 << LEN_BITS);
    }

    #[inline(always)]
    fn stamp(self, used: &mut u32) {
        *used = self.0 | *used & ((1 << LEN_BITS) - 1);
    }

    fn age(self, used: u32) -> u32 {
        self.0.wrapping_sub(used & !((1 << LEN_BITS) - 1))
    }
}

/// Entries one of which may be that of a piece, in two lines that processors fetch together.
#[derive(Clone, Copy, Default)]
#[repr(C, align(128))]
struct Block([Entry; WAYS]);

const _: () = assert!(size_of::<Block>() == WAYS * size_of::<Entry>());

// SAFETY: all fields of all entries are numbers.
unsafe impl Zero for Block {}

/// Entries by key.
pub struct Table {
    blocks: Zeroed<Block>,
    bits: u32,
    most_bits: u32,
    /// Entries that were inserted since the table has its size.
    inserted: usize,
    clock: Clock,
    seed: Seed,
}

impl Table {
    /// A small table that grows up to the largest power of two of bytes that is not above `bytes`, but not below the size of a new one.
    pub fn new(bytes: usize, seed: Seed) -> Self {
        let most_bits = (bytes / size_of::<Entry>()).max(1).ilog2();
        Self::with_bits(FIRST_BITS, most_bits.max(FIRST_BITS), seed)
    }

    /// How many entries the table grows up to.
    pub fn most_entries(&self) -> usize {
        1 << self.most_bits
    }

    #[cfg(test)]
    pub fn bytes(&self) -> usize {
        size_of_val(self.entries())
    }

    fn with_bits(bits: u32, most_bits: u32, seed: Seed) -> Self {
        Self {
            blocks: Zeroed::new((1 << bits) / WAYS),
            bits,
            most_bits,
            inserted: 0,
            clock: Clock::default(),
            seed,
        }
    }

    pub fn seed(&self) -> Seed {
        self.seed
    }

    /// The home of a key, until the table [grows](Self::grow).
    #[inline(always)]
    pub fn home(&self, key: u128) -> usize {
        (self.seed.hash(key) >> (64 - self.bits)) as usize
    }

    /// The entry at a home.
    #[inline(always)]
    pub fn at(&self, home: usize) -> &Entry {
        &self.entries()[home]
    }

    /// Copies the tokens of pieces one after the other to `output`, as long as they are at home in entries that have them. Returns how many
    /// pieces these are, and how many tokens. The entries are marked as used now.
    ///
    /// `output` has room for [`INLINE`] tokens of each piece. All of an entry is copied, so that nothing depends on how many tokens count.
    #[inline(always)]
    pub fn copy_at_home(&mut self, pieces: &[Piece], output: &mut [u32]) -> (usize, usize) {
        let clock = self.clock;
        let entries = self.entries_mut();
        let mut len = 0;
        for (index, piece) in pieces.iter().enumerate() {
            let entry = &mut entries[piece.home];
            if !entry.is_inline(piece.key) {
                return (index, len);
            }
            if let Some(room) = output[len..].first_chunk_mut() {
                *room = entry.tokens;
            }
            len += entry.len();
            clock.stamp(&mut entry.used);
        }
        (pieces.len(), len)
    }

    /// All entries, of one block after the other, so that a home is found without taking it apart.
    #[inline(always)]
    fn entries(&self) -> &[Entry] {
        // SAFETY: a block is the array of its entries and has the same size, so the entries of all blocks follow each other.
        unsafe { std::slice::from_raw_parts(self.blocks.as_ptr().cast(), self.blocks.len() * WAYS) }
    }

    #[inline(always)]
    fn entries_mut(&mut self) -> &mut [Entry] {
        let len = self.blocks.len() * WAYS;
        // SAFETY: as in `entries`; the blocks are borrowed for as long as the entries are.
        unsafe { std::slice::from_raw_parts_mut(self.blocks.as_mut_ptr().cast(), len) }
    }

    /// Asks for the entry at a home.
    #[inline(always)]
    pub fn prefetch(&self, home: usize) {
        // Without the check of an index: a prefetch may be of any address.
        prefetch(self.blocks.as_ptr().cast::<Entry>().wrapping_add(home));
    }

    /// Asks for the line of a home's block that is not the home's own.
    #[inline(always)]
    pub fn prefetch_block(&self, home: usize) {
        prefetch(self.at(home ^ (WAYS / 2)));
    }

    /// Moves the entry of a key home, marks it as used now, and returns it.
    pub fn find(&mut self, key: u128, home: usize) -> Option<&mut Entry> {
        let Block(entries) = &mut self.blocks[home / WAYS];
        let way = entries.iter().position(|entry| entry.is_of(key))?;
        entries.swap(way, home % WAYS);
        let entry = &mut entries[home % WAYS];
        self.clock.stamp(&mut entry.used);
        Some(entry)
    }

    /// Puts an entry at its home. It replaces the entry with the same key or, if there is none, the one in its block that is free, is
    /// `dead`, or was not used for the longest time.
    pub fn insert(&mut self, home: usize, mut entry: Entry, dead: impl Fn(&Entry) -> bool) {
        let key = entry.key & !IN_RING;
        let clock = self.clock;
        clock.stamp(&mut entry.used);
        let Block(entries) = &mut self.blocks[home / WAYS];
        let worth_keeping = |entry: &Entry| {
            if entry.is_of(key) {
                0
            } else if entry.key == 0 || dead(entry) {
                1
            } else {
                2 + u64::from(u32::MAX - clock.age(entry.used))
            }
        };
        let (mut replaced, mut least) = (0, u64::MAX);
        for (way, entry) in entries.iter().enumerate() {
            let worth = worth_keeping(entry);
            if worth < least {
                (replaced, least) = (way, worth);
            }
        }
        entries[replaced] = entries[home % WAYS];
        entries[home % WAYS] = entry;
        self.inserted += 1;
    }

    /// Begins the next batch: what was used before is older from now on.
    pub fn tick(&mut self) {
        self.clock.tick();
    }

    /// Whether the table is half full and may grow.
    #[inline(always)]
    pub fn is_to_grow(&self) -> bool {
        self.inserted > self.entries().len() / 2 && self.bits < self.most_bits
    }

    /// Makes the table larger. Homes change.
    #[cold]
    pub fn grow(&mut self) {
        let bits = if self.bits < SECOND_BITS {
            SECOND_BITS
        } else {
            self.bits + GROWTH_BITS
        };
        let bits = bits.min(self.most_bits);
        let mut grown = Self::with_bits(bits, self.most_bits, self.seed);
        grown.clock = self.clock;
        grown.blocks.touch();
        for &entry in self.entries().iter().filter(|entry| entry.key != 0) {
            let home = grown.home(entry.key & !IN_RING);
            let Block(entries) = &mut grown.blocks[home / WAYS];
            let mut ways = (home..home + WAYS).map(|way| way % WAYS);
            if let Some(free) = ways.find(|&way| entries[way].key == 0) {
                entries[free] = entry;
            }
        }
        *self = grown;
    }
}

#[cfg(test)]
mod tests;

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

/// log2 of how much larger the table becomes at a time.
const GROWTH_BITS: u32 = 3;

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
        let replaced = (0..WAYS)
            .min_by_key(|&way| worth_keeping(&entries[way]))
            .unwrap_or(0);
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
        let bits = (self.bits + GROWTH_BITS).min(self.most_bits);
        let mut grown = Self::with_bits(bits, self.most_bits, self.seed);
        grown.clock = self.clock;
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
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn small() -> Table {
        Table::new(1 << 15, Seed::fixed(1))
    }

    /// `count` keys whose homes are in the same block, in ascending order of their homes as often as possible.
    fn keys_of_a_block(table: &Table, count: usize) -> Vec<u128> {
        (1..)
            .filter(|&key| table.home(key) / WAYS == 3)
            .take(count)
            .collect()
    }

    fn insert(table: &mut Table, key: u128) {
        table.insert(table.home(key), Entry::new(key, &[key as u32, 7]), |_| {
            false
        });
    }

    /// The tokens of a key if it is at its home.
    fn at_home(table: &mut Table, key: u128) -> Option<Vec<u32>> {
        let home = table.home(key);
        let mut output = [0; 4 * INLINE];
        let piece = Piece {
            key,
            home,
            start: 0,
        };
        match table.copy_at_home(&[piece], &mut output) {
            (1, len) => Some(output[..len].to_vec()),
            nothing => {
                assert_eq!(nothing, (0, 0));
                None
            }
        }
    }

    fn has(table: &Table, key: u128) -> bool {
        let Block(entries) = &table.blocks[table.home(key) / WAYS];
        entries.iter().filter(|entry| entry.is_of(key)).count() == 1
    }

    /// Whether the key was there.
    fn look_up_or_insert(table: &mut Table, key: u128) -> bool {
        let home = table.home(key);
        let found = at_home(table, key).is_some() || table.find(key, home).is_some();
        if !found {
            insert(table, key);
        }
        found
    }

    #[test]
    fn an_entry_has_its_tokens_and_no_others() {
        for tokens in [&[][..], &[5], &[5, 6], &[5, 6, 7]] {
            let entry = Entry::new(9, tokens);
            assert_eq!(&entry.tokens()[..entry.len()], tokens);
            assert!(entry.is_inline(9) && entry.is_of(9) && !entry.is_of(8));
            assert_eq!(entry.record(), None);
        }
        let mut entry = Entry::in_ring(9, [1, 2, 3]);
        assert!(!entry.is_inline(9) && entry.is_of(9));
        assert_eq!((entry.record(), entry.len()), (Some([1, 2, 3]), 0));
        entry.set_record([4, 5, 6]);
        assert_eq!(entry.record(), Some([4, 5, 6]));
    }

    #[test]
    fn the_clock_counts_above_the_length() {
        let mut clock = Clock(u32::MAX - 7);
        let mut used = 3;
        clock.stamp(&mut used);
        assert_eq!((used & 3, clock.age(used)), (3, 0));
        for age in 1..10 {
            clock.tick();
            assert_eq!(clock.age(used), age << LEN_BITS);
        }
        clock.stamp(&mut used);
        assert_eq!((used & 3, clock.age(used)), (3, 0));
    }

    #[test]
    fn a_table_grows_up_to_its_limit() {
        for (bytes, most) in [
            (0, 1 << 10),
            (1 << 15, 1 << 10),
            ((1 << 16) - 1, 1 << 10),
            (1 << 16, 1 << 11),
            (4 << 20, 1 << 17),
            ((8 << 20) - 1, 1 << 17),
            (32 << 20, 1 << 20),
        ] {
            let mut table = Table::new(bytes, Seed::fixed(1));
            assert_eq!(
                (table.entries().len(), table.most_entries()),
                (1 << 10, most)
            );
            for _ in 0..9 {
                table.inserted = usize::MAX;
                if table.is_to_grow() {
                    table.grow();
                }
            }
            assert_eq!(table.entries().len(), most);
        }
    }

    #[test]
    fn a_table_grows_when_more_than_half_as_many_were_inserted() {
        let mut table = Table::new(4 << 20, Seed::fixed(1));
        for key in 1..=512 {
            insert(&mut table, key);
            assert!(!table.is_to_grow());
        }
        insert(&mut table, 513);
        assert!(table.is_to_grow());
        table.grow();
        assert_eq!((table.entries().len(), table.inserted), (1 << 13, 0));
        assert!(!table.is_to_grow());
    }

    #[test]
    fn growth_keeps_all_entries_and_the_time() {
        let mut table = Table::new(4 << 20, Seed::fixed(1));
        let mut kept = vec![];
        for key in 1..=513 {
            table.tick();
            if key % 2 == 0 {
                insert(&mut table, key);
            } else {
                let home = table.home(key);
                table.insert(home, Entry::in_ring(key, [key as u32; 3]), |_| false);
            }
            kept.push(key);
        }
        kept.retain(|&key| has(&table, key));
        assert!(kept.len() > 450);
        let now = table.clock.0;
        table.grow();
        assert_eq!(table.clock.0, now);
        for key in kept {
            let home = table.home(key);
            let entry = *table.find(key, home).unwrap();
            assert_eq!(entry.record(), (key % 2 == 1).then_some([key as u32; 3]));
            assert_eq!(entry.tokens()[0], key as u32);
        }
    }

    #[test]
    fn what_is_found_moves_home_and_drives_nothing_out() {
        let mut table = small();
        let keys = keys_of_a_block(&table, 4);
        keys.iter().for_each(|&key| insert(&mut table, key));
        for _ in 0..3 {
            for &key in &keys {
                let home = table.home(key);
                let found = table.find(key, home).map(|entry| entry.tokens()[0]);
                assert_eq!(found, Some(key as u32));
                assert_eq!(at_home(&mut table, key), Some(vec![key as u32, 7]));
                assert!(table.at(home).is_inline(key));
            }
        }
        let unknown = keys_of_a_block(&table, 5)[4];
        assert!(table.find(unknown, table.home(unknown)).is_none());
        assert_eq!(at_home(&mut table, unknown), None);
    }

    #[test]
    fn the_least_recently_used_entry_is_replaced() {
        let table = small();
        let keys = keys_of_a_block(&table, 5);
        for oldest in 0..4 {
            for use_at_home in [false, true] {
                let mut table = small();
                keys[..4].iter().for_each(|&key| insert(&mut table, key));
                table.tick();
                for &key in keys[..4].iter().filter(|&&key| key != keys[oldest]) {
                    let home = table.home(key);
                    if !use_at_home || at_home(&mut table, key).is_none() {
                        table.find(key, home).unwrap();
                    }
                }
                insert(&mut table, keys[4]);
                let left: Vec<bool> = keys.iter().map(|&key| has(&table, key)).collect();
                let wanted: Vec<bool> = (0..5).map(|index| index != oldest).collect();
                assert_eq!(left, wanted);
                assert!(table.at(table.home(keys[4])).is_of(keys[4]));
            }
        }
    }

    #[test]
    fn an_equal_key_is_replaced_and_before_it_nothing_else() {
        let mut table = small();
        let keys = keys_of_a_block(&table, 4);
        keys.iter().for_each(|&key| insert(&mut table, key));
        for &key in &keys {
            table.tick();
            let home = table.home(key);
            table.insert(home, Entry::in_ring(key, [1, 2, 3]), |_| true);
            assert_eq!(table.at(home).record(), Some([1, 2, 3]));
            assert!(keys.iter().all(|&key| has(&table, key)));
            insert(&mut table, key);
            assert_eq!(table.at(home).record(), None);
            assert!(keys.iter().all(|&key| has(&table, key)));
        }
    }

    #[test]
    fn a_dead_entry_is_replaced_before_an_old_one() {
        let mut table = small();
        let keys = keys_of_a_block(&table, 5);
        for &key in &keys[..4] {
            insert(&mut table, key);
            table.tick();
        }
        let dead = keys[3];
        let home = table.home(keys[4]);
        table.insert(home, Entry::new(keys[4], &[]), |entry| entry.is_of(dead));
        let left: Vec<bool> = keys.iter().map(|&key| has(&table, key)).collect();
        assert_eq!(left, [true, true, true, false, true]);
    }

    #[test]
    fn seeds_decide_which_keys_collide() {
        let table = Table::new(1 << 15, Seed::fixed(1));
        let keys = keys_of_a_block(&table, 64);
        let other = Table::new(1 << 15, Seed::random());
        let mut blocks: Vec<usize> = keys.iter().map(|&key| other.home(key) / WAYS).collect();
        blocks.sort_unstable();
        blocks.dedup();
        // 64 keys at random are in 57 of 256 blocks, give or take 2.3.
        assert!(blocks.len() > 40, "{}", blocks.len());
    }

    proptest! {
        /// Whatever was used before: keys of which no more than four share a block are all there when they are used again.
        #[test]
        fn what_is_used_again_is_found_again(
            history in proptest::collection::vec(1u128..3000, 0..4000),
            keys in proptest::collection::vec(1u128..3000, 0..600),
        ) {
            let mut table = small();
            for key in history {
                look_up_or_insert(&mut table, key);
            }
            table.tick();
            let mut blocks = vec![vec![]; 1 << 8];
            for key in keys {
                let block = &mut blocks[table.home(key) / WAYS];
                if !block.contains(&key) && block.len() < WAYS {
                    block.push(key);
                    look_up_or_insert(&mut table, key);
                }
            }
            for key in blocks.concat() {
                prop_assert!(look_up_or_insert(&mut table, key));
            }
        }
    }
}

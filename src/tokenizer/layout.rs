//! Hashes and bit layouts that the build script writes and the tokenizer reads.
//!
//! This file is compiled into both, so that the two cannot disagree.

/// "No such token" wherever a table holds token ids; no id comes near it.
pub const NONE: u32 = u32::MAX;

/// A token id fits into this many bits (the greatest ordinary one is 199,997).
pub const ID_BITS: u32 = 18;

/// The mask of an id's bits.
pub const ID_MASK: u32 = (1 << ID_BITS) - 1;

/// Pieces up to this many bytes are looked up as one 128-bit key; 97 % of the vocabulary is that short.
pub const SHORT: usize = 15;

/// The key of a short piece: its bytes in little-endian order, its length in the top byte, so that no two pieces share one.
#[inline(always)]
pub const fn short_key(bytes: u128, len: usize) -> u128 {
    bytes | (len as u128) << 120
}

/// Both halves of a 64 × 64 bit product, folded into one: two cycles, and every input bit reaches every output bit.
pub const fn fold(a: u64, b: u64) -> u64 {
    let product = a as u128 * b as u128;
    product as u64 ^ (product >> 64) as u64
}

/// A hash of the halves of a key, of which the highest bits are the best. Both are mixed with secret or arbitrary numbers before.
#[cfg(not(feature = "compact-tables"))]
#[inline(always)]
pub const fn mix(a: u64, b: u64) -> u64 {
    fold(a, b)
}

/// The same without a product of 128 bits, which WebAssembly does not have: the compiler makes it a call of a function that returns its
/// result in memory. Whether two keys collide depends on the numbers that they were mixed with here, too.
#[cfg(feature = "compact-tables")]
#[inline(always)]
pub const fn mix(a: u64, b: u64) -> u64 {
    const HALF: u64 = u32::MAX as u64;
    let (low, high) = ((a & HALF) * (b & HALF), (a >> 32) * (b >> 32));
    low.wrapping_add(high).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

/// Three short pieces with their token ids, in one cache line: a piece that is in no cache costs one miss.
#[repr(C, align(64))]
#[derive(Clone, Copy)]
pub struct PieceLine {
    /// The keys of the pieces, 0 where there is none.
    pub keys: [u128; 3],
    /// Their tokens; nobody reads one where there is no piece.
    pub ids: [u32; 3],
    /// Whether pieces that belong here went on to the next line.
    pub full: u32,
}

impl PieceLine {
    /// A line without pieces.
    #[allow(dead_code)] // only the build script needs it
    pub const EMPTY: Self = Self {
        keys: [0; 3],
        ids: [0; 3],
        full: 0,
    };
}

/// A checksum of the seed of the tables, against damage and not against malice.
#[allow(dead_code)] // not needed where the tables are embedded
pub fn checksum(bytes: &[u8]) -> u64 {
    // In blocks, because WebAssembly engines use better code of a function from its next call on.
    let start = (bytes.len() as u64, 0);
    let (sum, sums) = bytes.chunks(1 << 13).fold(start, checksum_block);
    fold(sum ^ 0x9E37_79B9_7F4A_7C15, sums ^ 0xC2B2_AE3D_27D4_EB4F)
}

/// Adds the words of a block to the first number, and all values of that to the second, so that the order of the words counts too.
#[allow(dead_code)]
#[inline(never)]
fn checksum_block((mut sum, mut sums): (u64, u64), block: &[u8]) -> (u64, u64) {
    let mut add = |word: u64| {
        sum = sum.wrapping_add(word);
        sums = sums.wrapping_add(sum);
    };
    let mut words = block.chunks_exact(8);
    for word in words.by_ref() {
        add(u64::from_le_bytes(
            word.try_into().expect("chunks of this length"),
        ));
    }
    let rest = words.remainder();
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    add(u64::from_le_bytes(last));
    (sum, sums)
}

/// Lines of the table of short pieces. Three tokens fit a line: 194,500 tokens fill 74 % of it.
pub const LINES: usize = 88_000;

/// A search that begins in the last line may continue into these.
#[allow(dead_code)] // only the build script needs it
pub const SPARE_LINES: usize = 64;

/// The line of the piece table where the search for `key` begins.
#[inline(always)]
pub const fn piece_line(key: u128) -> usize {
    let hash = mix(
        key as u64 ^ 0x9E37_79B9_7F4A_7C15,
        (key >> 64) as u64 ^ 0xC2B2_AE3D_27D4_EB4F,
    );
    (((hash >> 32) * LINES as u64) >> 32) as usize
}

/// Slots of the table of pieces longer than [`SHORT`].
pub const LONG_SLOTS: usize = 1 << 14;

/// The slot where the search for a long piece begins, and the tag beside the id there.
///
/// From its length, its first and its last 16 bytes: few tokens are longer than that, and the search compares all bytes.
pub fn long_slot(piece: &[u8]) -> (usize, u32) {
    let word = |bytes: Option<&[u8; 16]>| bytes.map_or(0, |bytes| u128::from_le_bytes(*bytes));
    let bytes = word(piece.first_chunk()) ^ word(piece.last_chunk()).rotate_left(41);
    let hash = fold(
        bytes as u64 ^ 0x9E37_79B9_7F4A_7C15,
        (bytes >> 64) as u64 ^ (piece.len() as u64) << 32 ^ 0xC2B2_AE3D_27D4_EB4F,
    );
    let tag = (hash >> 40) as u32 & ((1 << (32 - ID_BITS)) - 1);
    (hash as usize % LONG_SLOTS, tag << ID_BITS)
}

/// Two neighbouring tokens as one number.
#[inline(always)]
pub const fn pair_key(left: u32, right: u32) -> u64 {
    (left as u64) << ID_BITS | right as u64
}

/// Slots of the pair table: 199,742 pairs fill 76 % of them.
pub const PAIR_SLOTS: usize = 1 << 18;

/// Groups that pairs fall into, three pairs a group.
pub const PAIR_GROUPS: usize = 1 << 16;

/// Bits of a group for the displacement that makes the pair hash perfect; those above are a filter.
pub const DISPLACEMENT_BITS: u32 = 8;

/// Pairs of two tokens below this one have the first part of the pair table to themselves.
///
/// These are 16 % of all pairs, and 88 % of those that merging English finds (75 % in 16 languages, 38 % in CJK). Together they are small
/// enough for the second-level cache; spread over the whole table, each would bring seven others along.
const COMMON: u32 = 1 << 10;

/// A place among `len` for a hash of a pair. Common pairs have 11 of 64 places.
#[inline(always)]
const fn pair_place(key: u64, hash: u32, len: usize) -> usize {
    const NOT_COMMON: u64 = !pair_key(COMMON - 1, COMMON - 1);
    let common = len / 64 * 11;
    // Without a branch, which could not be predicted.
    let rare = ((key & NOT_COMMON != 0) as usize).wrapping_neg();
    let first = common & rare;
    let count = common + ((len - 2 * common) & rare);
    first + ((hash as u64 * count as u64) >> 32) as usize
}

/// The group of a pair, and the hash that its displacement displaces.
#[inline(always)]
pub const fn pair_group(key: u64) -> (usize, u32) {
    let hash = key.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (
        pair_place(key, (hash >> 32) as u32, PAIR_GROUPS),
        (hash >> 16) as u32,
    )
}

/// The bit of a group that is set if one of its pairs has this hash; one pair in eight that is in no group finds it set as well.
#[inline(always)]
pub const fn pair_filter(hash: u32) -> u32 {
    let bits = 32 - DISPLACEMENT_BITS;
    1 << (DISPLACEMENT_BITS + (((hash & 0xFF) * bits) >> 8))
}

/// The one slot where a pair can be.
#[inline(always)]
pub const fn pair_slot(key: u64, hash: u32, group: u32) -> usize {
    let displacement = group << (32 - DISPLACEMENT_BITS);
    let hash = (hash ^ displacement).wrapping_mul(0x85EB_CA6B);
    pair_place(key, hash, PAIR_SLOTS)
}

/// The neighbourhood of a byte, in the masks of neighbours beside which a character is not an atom:
/// ASCII space, other ASCII, and the lead bytes of UTF-8 in groups.
#[inline(always)]
pub const fn neighbourhood(lead: u8) -> u32 {
    match lead {
        b' ' => 1,
        0..=0x7F => 1 << 1,
        0x80..=0xC3 => 1 << 2,
        0xC4..=0xCD => 1 << 3,
        0xCE..=0xCF => 1 << 4,
        0xD0..=0xD3 => 1 << 5,
        0xD4..=0xD7 => 1 << 6,
        0xD8..=0xDF => 1 << 7,
        0xE0..=0xEF => 1 << (8 + (lead - 0xE0)),
        0xF0..=0xFF => 1 << 24,
    }
}

/// log2 of the bits of the filter of neighbouring characters.
pub const NEIGHBOUR_BITS: u32 = 19;

/// The bit of the filter for two characters, each by its token, that are adjacent: which 64-bit word, which bit.
#[inline(always)]
pub const fn neighbours(left: u32, right: u32) -> (usize, u64) {
    let hash = pair_key(left, right).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (
        (hash >> (64 + 6 - NEIGHBOUR_BITS)) as usize,
        1 << (hash >> (64 - NEIGHBOUR_BITS) & 63),
    )
}

/// Code points that share one entry of the index of character classes.
pub const CLASS_BLOCK: usize = 128;

/// Code points that share one entry of the index of atoms.
pub const ATOM_BLOCK: usize = 64;

/// What the splitting pattern asks about a character, as bits.
pub mod class {
    /// Lu, Lt and what counts as both cases.
    pub const UPPER: u8 = 1;
    /// Ll and what counts as both cases.
    pub const LOWER: u8 = 1 << 1;
    /// Lm, Lo and M belong to both sides of a word.
    pub const BOTH: u8 = UPPER | LOWER;
    /// Marks also continue a run of punctuation.
    pub const MARK: u8 = 1 << 2;
    /// Any N.
    pub const NUMBER: u8 = 1 << 3;
    /// White space without CR and LF.
    pub const SPACE: u8 = 1 << 4;
    /// CR and LF.
    pub const NEWLINE: u8 = 1 << 5;
    /// Everything else.
    pub const OTHER: u8 = 1 << 6;
}

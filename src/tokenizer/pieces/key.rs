//! Keys of pieces: 128 bits under which a piece is looked up.

use crate::tokenizer::layout::{mix, short_key, SHORT};

/// Keys distinguish lengths below this one. Longer pieces have this length in their key, and are not cached.
pub const LONGEST: usize = 127;

/// Numbers that an attacker cannot know, so that nobody can choose words that collide.
#[derive(Clone, Copy)]
pub struct Seed([u64; 2]);

impl Seed {
    /// From the operating system, by way of the seeds of the standard library's hash maps.
    pub fn random() -> Self {
        use std::hash::{BuildHasher, RandomState};
        let state = RandomState::new();
        Self([0u8, 1].map(|part| state.hash_one(part)))
    }

    #[cfg(test)]
    pub fn fixed(seed: u64) -> Self {
        Self([1, 2].map(|part| (seed + part).wrapping_mul(0x9E37_79B9_7F4A_7C15)))
    }

    /// A hash of a key, of which the highest bits are the best. Both halves are seeded before they are multiplied, so whether two keys
    /// collide depends on the seed. The last product spreads keys at equal distances, which one product may keep together.
    #[inline(always)]
    pub fn hash(self, key: u128) -> u64 {
        let Self([low, high]) = self;
        mix(key as u64 ^ low, (key >> 64) as u64 ^ high).wrapping_mul(0x9E37_79B9_7F4A_7C15)
    }

    /// The key of a piece from its first 16 bytes, or what is there in their place, and all of its bytes.
    ///
    /// The key of a short piece contains its bytes, that of a longer one a hash of them. Both contain the length.
    #[inline(always)]
    pub fn key(self, first: [u64; 2], piece: &[u8]) -> u128 {
        if piece.len() <= SHORT {
            return key_of_short(first, piece.len());
        }
        self.key_of_long(piece)
    }

    /// The key of a piece that is longer than [`SHORT`]. Of pieces from [`LONGEST`] on, only the ends count.
    #[inline(never)]
    pub fn key_of_long(self, piece: &[u8]) -> u128 {
        let Self([mut low, mut high]) = self;
        let last = piece.len().saturating_sub(16);
        let mut at = 0;
        loop {
            let [first, second] = words_at(piece, at.min(last));
            (low, high) = (
                mix(low ^ first, high ^ second),
                mix(high ^ first, low.rotate_left(32) ^ second),
            );
            at += 16;
            if at >= piece.len() || piece.len() >= LONGEST {
                break;
            }
        }
        let hash = u128::from(low) | u128::from(high) << 64;
        short_key(hash >> 8, piece.len().min(LONGEST))
    }
}

/// The key of a short piece from the first 16 bytes at its place, whatever follows it.
///
/// In halves, as general-purpose registers hold them: as one vector it would have to be taken apart for its hash.
#[inline(always)]
pub fn key_of_short([low, high]: [u64; 2], len: usize) -> u128 {
    let (low_mask, high_mask) = MASKS[len % MASKS.len()];
    let bytes = u128::from(low & low_mask) | u128::from(high & high_mask) << 64;
    short_key(bytes, len)
}

/// The 16 bytes at a place, as the halves of a key; zeros where there are fewer.
#[inline(always)]
pub fn words_at(bytes: &[u8], at: usize) -> [u64; 2] {
    let word = |at: usize| {
        let bytes = bytes.get(at..).and_then(<[u8]>::first_chunk);
        bytes.map_or(0, |bytes| u64::from_le_bytes(*bytes))
    };
    [word(at), word(at + 8)]
}

/// By length, the bits of two 64-bit loads that belong to the piece.
static MASKS: [(u64, u64); SHORT + 1] = {
    let mut masks = [(0, 0); SHORT + 1];
    let mut len = 1;
    while len <= SHORT {
        let mask = u128::MAX >> (128 - 8 * len);
        masks[len] = (mask as u64, (mask >> 64) as u64);
        len += 1;
    }
    masks
};

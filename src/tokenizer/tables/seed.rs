//! The seed that the tables are computed from.
//!
//! | part | bytes | content |
//! |---|--:|---|
//! | checksum | 8 | of all that follows, little-endian |
//! | pairs | 6 × 199,742 | the two tokens that each token from 256 on is merged from, in six planes: the lowest bytes of all left tokens, of all right tokens, and so on |
//! | displacements | 65,536 | of the groups of the pair table, which saves the search for a perfect hash |
//! | other tables | 281,000 | as they are, in little-endian order |
//!
//! `build/seed.rs` writes it.

use std::fmt;

use crate::tokenizer::layout::{checksum, PAIR_GROUPS};
use crate::tokenizer::special::names;

/// How many tokens are single bytes. They are the first ids.
pub const SINGLE_BYTES: u32 = 256;

/// How many tokens are merged from two.
const PAIRS: usize = (names::IDS.start - SINGLE_BYTES) as usize;

/// A seed whose length and checksum are right.
#[derive(Clone, Copy)]
pub struct Seed<'a> {
    planes: [&'a [u8]; 6],
    pub displacements: &'a [u8],
    pub verbatim: &'a [u8],
}

impl<'a> Seed<'a> {
    /// Whether bytes are a seed in which `verbatim` bytes are tables as they are.
    pub fn check(bytes: &[u8], verbatim: usize) -> Result<(), SeedError> {
        let (expected, payload) = bytes.split_first_chunk().ok_or(SeedError(()))?;
        let is_whole = payload.len() == 6 * PAIRS + PAIR_GROUPS + verbatim
            && checksum(payload) == u64::from_le_bytes(*expected);
        is_whole.then_some(()).ok_or(SeedError(()))
    }

    /// The seed in bytes that were checked.
    pub fn of(bytes: &'a [u8]) -> Self {
        let (planes, rest) = bytes[size_of::<u64>()..].split_at(6 * PAIRS);
        let (displacements, verbatim) = rest.split_at(PAIR_GROUPS);
        Self {
            planes: std::array::from_fn(|plane| &planes[plane * PAIRS..][..PAIRS]),
            displacements,
            verbatim,
        }
    }

    /// The two tokens that a token from [`SINGLE_BYTES`] on is merged from.
    #[inline(always)]
    pub fn pair(&self, id: u32) -> (u32, u32) {
        let index = (id - SINGLE_BYTES) as usize;
        let byte = |plane: usize| u32::from(self.planes[plane][index]);
        let left = byte(0) | byte(2) << 8 | byte(4) << 16;
        let right = byte(1) | byte(3) << 8 | byte(5) << 16;
        (left, right)
    }
}

/// Bytes that are not the seed of this version's tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeedError(());

impl fmt::Display for SeedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the vocabulary is damaged, or is that of another version of this library")
    }
}

impl std::error::Error for SeedError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_seed_is_refused() {
        let payload = vec![7; 6 * PAIRS + PAIR_GROUPS + 3];
        let mut seed = checksum(&payload).to_le_bytes().to_vec();
        seed.extend(payload);
        assert!(Seed::check(&seed, 3).is_ok());
        assert!(Seed::check(&seed, 4).is_err(), "another version's");
        assert!(Seed::check(&seed[..seed.len() - 1], 3).is_err(), "cut off");
        assert!(Seed::check(&[], 3).is_err(), "empty");
        for damaged in [0, 8, seed.len() / 2, seed.len() - 1] {
            seed[damaged] ^= 1;
            assert!(Seed::check(&seed, 3).is_err(), "byte {damaged} changed");
            seed[damaged] ^= 1;
        }
    }
}

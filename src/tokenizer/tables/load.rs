//! Computes the tables from the seed.

use std::ops::Range;
use std::sync::{Mutex, OnceLock, PoisonError};

use super::seed::{Seed, SeedError, SINGLE_BYTES};
use super::*;
use crate::tokenizer::fill;
use crate::tokenizer::layout::{short_key, NONE, SHORT};
use crate::tokenizer::special::names;

/// Set once the tables are complete.
static LOADED: OnceLock<()> = OnceLock::new();

/// Sees to it that the tables can be read.
#[cfg(not(feature = "external-tables"))]
pub fn ensure() {
    const SEED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/o200k.seed"));
    from_seed(SEED).expect("the build script wrote the seed of these tables");
}

/// Sees to it that the tables can be read.
///
/// # Panics
/// Where [`from_seed`] was not called before.
#[cfg(feature = "external-tables")]
pub fn ensure() {
    assert!(
        LOADED.get().is_some(),
        "load the vocabulary first: openai_harmony::tokenizer::load_vocabulary"
    );
}

/// Computes the tables, unless that was done before.
pub fn from_seed(seed: &[u8]) -> Result<(), SeedError> {
    static LOADING: Mutex<()> = Mutex::new(());
    if LOADED.get().is_some() {
        return Ok(());
    }
    let _alone = LOADING.lock().unwrap_or_else(PoisonError::into_inner);
    if LOADED.get().is_none() {
        let seed = Seed::read(seed, verbatim_len())?;
        // SAFETY: this thread alone is here, and nothing reads the tables until `LOADED` is set.
        unsafe { fill_tables(&seed) };
        LOADED.get_or_init(|| ());
    }
    Ok(())
}

/// # Safety
/// Nothing else may use the tables meanwhile.
unsafe fn fill_tables(seed: &Seed) {
    // SAFETY: the caller promises it.
    unsafe {
        copy_verbatim(seed.verbatim);
        fill_tokens(seed, TOKEN_BYTES.fill(), TOKEN_OFFSETS.fill());
        fill_pieces(PIECE_LINES.fill(), LONG_PIECES.fill());
        fill_pairs(seed, PAIR_GROUPS.fill(), PAIRS.fill());
    }
}

/// How many bytes of the seed are tables as they are.
fn verbatim_len() -> usize {
    size_of_val(&*BYTE_IDS)
        + size_of_val(&*CLASS_INDEX)
        + size_of_val(&*CLASS_BLOCKS)
        + size_of_val(&*ATOM_INDEX)
        + size_of_val(&*ATOM_BLOCKS)
        + size_of_val(&*ATOM_HAZARDS)
        + size_of_val(&*NEIGHBOURS)
}

/// # Safety
/// As [`fill_tables`].
unsafe fn copy_verbatim(mut from: &[u8]) {
    // SAFETY: the caller promises it.
    unsafe {
        copy(&mut from, BYTE_IDS.fill());
        copy(&mut from, CLASS_INDEX.fill());
        copy(&mut from, CLASS_BLOCKS.fill());
        copy(&mut from, ATOM_INDEX.fill());
        copy(&mut from, ATOM_BLOCKS.fill());
        copy(&mut from, ATOM_HAZARDS.fill());
        copy(&mut from, NEIGHBOURS.fill());
    }
}

/// How many tokens one call inserts.
///
/// A WebAssembly engine starts with code that it compiles quickly, and uses better code from the next call on. One call for all
/// tokens would never get to it.
const BLOCK: u32 = 1024;

/// The tokens from `start` to the first special one, in blocks.
fn blocks(start: u32) -> impl Iterator<Item = Range<u32>> {
    let end = names::IDS.start;
    (start..end)
        .step_by(BLOCK as usize)
        .map(move |first| first..(first + BLOCK).min(end))
}

/// The bytes of all tokens. A token is the bytes of the two that it is merged from, which have lower ids.
fn fill_tokens(seed: &Seed, bytes: &mut [u8], offsets: &mut [u32]) {
    for (byte, id) in (0..=u8::MAX).zip(BYTE_IDS.iter()) {
        bytes[usize::from(*id)] = byte;
    }
    for (end, offset) in (1..).zip(&mut offsets[1..=SINGLE_BYTES as usize]) {
        *offset = end;
    }
    for ids in blocks(SINGLE_BYTES) {
        fill_token_block(seed, ids, bytes, offsets);
    }
    let end = offsets[names::IDS.start as usize] as usize;
    fill::special_names(end, bytes, &mut offsets[names::IDS.start as usize + 1..]);
}

#[inline(never)]
fn fill_token_block(seed: &Seed, ids: Range<u32>, bytes: &mut [u8], offsets: &mut [u32]) {
    let mut end = offsets[ids.start as usize] as usize;
    for id in ids {
        let (left, right) = seed.pair(id);
        for part in [left, right] {
            let start = offsets[part as usize] as usize;
            let len = offsets[part as usize + 1] as usize - start;
            append(bytes, start, len, end);
            end += len;
        }
        offsets[id as usize + 1] = end as u32;
    }
}

/// Copies the `len` bytes at `from` to `to`, which is behind them. What is behind the copy may be overwritten too.
#[inline(always)]
fn append(bytes: &mut [u8], from: usize, len: usize, to: usize) {
    // Nearly all tokens are that short. A copy of a fixed length needs no call, which takes longer than the copy.
    const FIXED: usize = 16;
    if len > FIXED || to + FIXED > bytes.len() {
        bytes.copy_within(from..from + len, to);
        return;
    }
    let mut copied = [0; FIXED];
    copied.copy_from_slice(&bytes[from..from + FIXED]);
    bytes[to..to + FIXED].copy_from_slice(&copied);
}

fn fill_pieces(lines: &mut [PieceLine], long: &mut [u32]) {
    long.fill(NONE); // The lines are empty, as they are: no piece has the key 0.
    for ids in blocks(0) {
        fill_piece_block(ids, lines, long);
    }
}

#[inline(never)]
fn fill_piece_block(ids: Range<u32>, lines: &mut [PieceLine], long: &mut [u32]) {
    for id in ids {
        let bytes = &TOKEN_BYTES[TOKEN_OFFSETS[id as usize] as usize..];
        let len = (TOKEN_OFFSETS[id as usize + 1] - TOKEN_OFFSETS[id as usize]) as usize;
        match bytes.first_chunk() {
            Some(chunk) if len <= SHORT => {
                let token = u128::from_le_bytes(*chunk) & !(u128::MAX << (8 * len));
                fill::short_piece(lines, short_key(token, len), id);
            }
            _ => fill::piece(lines, long, &bytes[..len], id),
        }
    }
}

fn fill_pairs(seed: &Seed, groups: &mut [u32], slots: &mut [u64]) {
    slots.fill(u64::MAX);
    for (group, displacement) in groups.iter_mut().zip(seed.displacements) {
        *group = u32::from(*displacement);
    }
    for ids in blocks(SINGLE_BYTES) {
        fill_pair_block(seed, ids, groups, slots);
    }
}

#[inline(never)]
fn fill_pair_block(seed: &Seed, ids: Range<u32>, groups: &mut [u32], slots: &mut [u64]) {
    for id in ids {
        let (left, right) = seed.pair(id);
        fill::pair(groups, slots, left, right, id);
    }
}

/// Numbers that are stored in little-endian order.
trait Number: Copy {
    const SIZE: usize;
    fn from_le(bytes: &[u8]) -> Self;
}

macro_rules! number {
    ($($type:ty),*) => {$(
        impl Number for $type {
            const SIZE: usize = size_of::<Self>();

            fn from_le(bytes: &[u8]) -> Self {
                Self::from_le_bytes(bytes.try_into().expect("chunks of this size"))
            }
        }
    )*};
}

number!(u8, u16, u32, u64);

/// Fills a table from the beginning of `from`, which then begins after it.
fn copy<T: Number>(from: &mut &[u8], table: &mut [T]) {
    let (bytes, rest) = from.split_at(table.len() * T::SIZE);
    for (number, bytes) in table.iter_mut().zip(bytes.chunks_exact(T::SIZE)) {
        *number = T::from_le(bytes);
    }
    *from = rest;
}

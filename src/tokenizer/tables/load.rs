//! Computes the tables from the seed.

use std::sync::{Mutex, OnceLock, PoisonError};

use super::seed::{Seed, SeedError, SINGLE_BYTES};
use super::*;
use crate::tokenizer::fill;
use crate::tokenizer::layout::NONE;
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

/// The bytes of all tokens. A token is the bytes of the two that it is merged from, which have lower ids.
fn fill_tokens(seed: &Seed, bytes: &mut [u8], offsets: &mut [u32]) {
    for (byte, id) in (0..=u8::MAX).zip(BYTE_IDS.iter()) {
        bytes[usize::from(*id)] = byte;
    }
    for (end, offset) in (1..).zip(&mut offsets[1..=SINGLE_BYTES]) {
        *offset = end;
    }
    let mut end = SINGLE_BYTES;
    for (left, right, id) in seed.pairs() {
        for part in [left, right] {
            let range = offsets[part as usize] as usize..offsets[part as usize + 1] as usize;
            let len = range.len();
            bytes.copy_within(range, end);
            end += len;
        }
        offsets[id as usize + 1] = end as u32;
    }
    fill::special_names(end, bytes, &mut offsets[names::IDS.start as usize + 1..]);
}

fn fill_pieces(lines: &mut [PieceLine], long: &mut [u32]) {
    lines.fill(PieceLine::EMPTY);
    long.fill(NONE);
    for id in 0..names::IDS.start {
        let range = TOKEN_OFFSETS[id as usize] as usize..TOKEN_OFFSETS[id as usize + 1] as usize;
        fill::piece(lines, long, &TOKEN_BYTES[range], id);
    }
}

fn fill_pairs(seed: &Seed, groups: &mut [u32], slots: &mut [u64]) {
    slots.fill(u64::MAX);
    for (group, displacement) in groups.iter_mut().zip(seed.displacements) {
        *group = u32::from(*displacement);
    }
    for (left, right, id) in seed.pairs() {
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

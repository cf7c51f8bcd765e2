//! Computes the tables from the seed.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::{Mutex, Once, OnceLock, PoisonError};

use super::seed::{Seed, SeedError, SINGLE_BYTES};
use super::*;
use crate::tokenizer::fill;
use crate::tokenizer::layout::{NONE, SHORT};
use crate::tokenizer::pieces::{key_of_short, words_at};
use crate::tokenizer::special::names;

/// The seed of the tables, set once they can be read.
static SEED: OnceLock<Seed<'static>> = OnceLock::new();

/// The tables of tokens: decoding needs them.
static TOKENS: Once = Once::new();

/// The tables of pieces: nothing needs them but the question which token some bytes are.
static PIECES: Once = Once::new();

/// The id after the last ordinary token.
const END: u32 = names::IDS.start;

/// Sees to it that the tables can be read; those of the functions below, once these were called.
#[cfg(not(feature = "external-tables"))]
pub fn ensure() {
    const BYTES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/o200k.seed"));
    load(Cow::Borrowed(BYTES)).expect("the build script wrote the seed of these tables");
}

/// Sees to it that the tables can be read; those of the functions below, once these were called.
///
/// # Panics
/// Where [`from_seed`] was not called before.
#[cfg(feature = "external-tables")]
#[inline]
pub fn ensure() {
    assert!(
        SEED.get().is_some(),
        "load the vocabulary first: openai_harmony::tokenizer::load_vocabulary"
    );
}

/// Computes the tables, unless that was done before.
#[cfg(feature = "external-tables")]
pub fn from_seed(seed: Vec<u8>) -> Result<(), SeedError> {
    load(Cow::Owned(seed))
}

fn load(seed: Cow<'static, [u8]>) -> Result<(), SeedError> {
    static LOADING: Mutex<()> = Mutex::new(());
    if SEED.get().is_some() {
        return Ok(());
    }
    let _alone = LOADING.lock().unwrap_or_else(PoisonError::into_inner);
    if SEED.get().is_none() {
        Seed::check(&seed, verbatim_len())?;
        let seed = Seed::of(match seed {
            Cow::Borrowed(bytes) => bytes,
            Cow::Owned(bytes) => bytes.leak(),
        });
        // SAFETY: this thread alone is here, and nothing reads the tables until `SEED` is set.
        unsafe {
            copy_verbatim(seed.verbatim);
            fill_pairs(&seed, PAIR_GROUPS.fill(), PAIRS.fill());
        }
        SEED.get_or_init(|| seed);
    }
    Ok(())
}

/// Sees to it that the bytes of all tokens can be read.
#[inline(always)]
pub fn ensure_tokens() {
    if !TOKENS.is_completed() {
        fill_tokens();
    }
}

#[cold]
#[inline(never)]
fn fill_tokens() {
    // SAFETY: one thread alone is here, and nothing reads the tables before this is done.
    TOKENS.call_once(|| unsafe { add_tokens(seed(), TOKEN_BYTES.fill(), TOKEN_OFFSETS.fill()) });
}

/// Sees to it that all pieces can be looked up.
pub fn ensure_pieces() {
    ensure_tokens();
    // SAFETY: as above.
    PIECES.call_once(|| unsafe { add_pieces(PIECE_LINES.fill(), LONG_PIECES.fill()) });
}

/// The seed, which tokenizers are only given after it was loaded.
fn seed() -> &'static Seed<'static> {
    ensure();
    SEED.get().expect("it was loaded")
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
/// Nothing else may use these tables meanwhile.
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

/// The tokens from `start` to `end`, in blocks.
fn blocks(start: u32, end: u32) -> impl Iterator<Item = Range<u32>> {
    (start..end)
        .step_by(BLOCK as usize)
        .map(move |first| first..(first + BLOCK).min(end))
}

/// Fills the tables of tokens. A token is the bytes of the two that it is merged from, which have lower ids.
fn add_tokens(seed: &Seed, bytes: &mut [u8], offsets: &mut [u32]) {
    for (byte, id) in (0..=u8::MAX).zip(BYTE_IDS.iter()) {
        bytes[usize::from(*id)] = byte;
    }
    for (end, offset) in (1..).zip(&mut offsets[1..=SINGLE_BYTES as usize]) {
        *offset = end;
    }
    for ids in blocks(SINGLE_BYTES, END) {
        fill_token_block(seed, ids, bytes, offsets);
    }
    let end = offsets[END as usize] as usize;
    fill::special_names(end, bytes, &mut offsets[END as usize + 1..]);
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

/// Fills the tables in which pieces are looked up. The bytes of the tokens are there.
fn add_pieces(lines: &mut [PieceLine], long: &mut [u32]) {
    // The lines of short pieces are empty, as they are: no piece has the key 0.
    long.fill(NONE);
    for ids in blocks(0, END) {
        fill_piece_block(ids, lines, long);
    }
}

#[inline(never)]
fn fill_piece_block(ids: Range<u32>, lines: &mut [PieceLine], long: &mut [u32]) {
    for id in ids {
        let bytes = &TOKEN_BYTES[TOKEN_OFFSETS[id as usize] as usize..];
        let len = (TOKEN_OFFSETS[id as usize + 1] - TOKEN_OFFSETS[id as usize]) as usize;
        match bytes.first_chunk::<16>() {
            Some(_) if len <= SHORT => {
                fill::short_piece(lines, key_of_short(words_at(bytes, 0), len), id);
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
    for ids in blocks(SINGLE_BYTES, END) {
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

/// Numbers that are stored in little-endian order: any bytes are one.
trait Number: Copy {
    fn to_native(self) -> Self;
}

macro_rules! number {
    ($($type:ty),*) => {$(
        impl Number for $type {
            fn to_native(self) -> Self {
                Self::from_le(self)
            }
        }
    )*};
}

number!(u8, u16, u32, u64);

/// Fills a table from the beginning of `from`, which then begins after it.
fn copy<T: Number>(from: &mut &[u8], table: &mut [T]) {
    let (bytes, rest) = from.split_at(size_of_val(table));
    // SAFETY: the table has so many bytes, and any bytes are numbers.
    unsafe {
        table
            .as_mut_ptr()
            .cast::<u8>()
            .copy_from_nonoverlapping(bytes.as_ptr(), bytes.len())
    };
    for number in table {
        *number = number.to_native();
    }
    *from = rest;
}

//! Computes the tables from the seed.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, OnceLock, PoisonError};

use super::seed::{Seed, SeedError, SINGLE_BYTES};
use super::*;
use crate::tokenizer::fill;
use crate::tokenizer::layout::{NONE, SHORT};
use crate::tokenizer::pieces::{key_of_short, words_at};
use crate::tokenizer::special::names;

/// The seed of the tables, set once they can be read.
static SEED: OnceLock<Seed<'static>> = OnceLock::new();

/// Whether the tables of tokens and of pieces are computed in parts, when they are needed: where there is only one thread.
///
/// In WebAssembly they take 40 ms, of 50 for all tables, and a short text needs little of them: a piece that is not looked up is merged from
/// its bytes, with the same result.
const IN_PARTS: bool = cfg!(all(target_family = "wasm", not(target_feature = "atomics")));

/// The tokens below this id are in the tables of tokens.
static TOKENS: AtomicU32 = AtomicU32::new(0);

/// The tokens below this id are in the tables of pieces. They are never more than those of [`TOKENS`].
static PIECES: AtomicU32 = AtomicU32::new(0);

/// How many pieces were merged since tokens were last added.
static MERGED: AtomicUsize = AtomicUsize::new(0);

/// Merged pieces after which a block of tokens is added, which takes about as long as merging so many: 0.25 ms before the engine has optimised
/// it. So no text takes more than twice as long as it would with complete tables, or with none.
const MERGES_PER_BLOCK: usize = 1024;

/// The id after the last ordinary token.
const END: u32 = names::IDS.start;

/// Sees to it that the tables can be read; those of the functions below, that they can be added to.
#[cfg(not(feature = "external-tables"))]
pub fn ensure() {
    const BYTES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/o200k.seed"));
    load(Cow::Borrowed(BYTES)).expect("the build script wrote the seed of these tables");
}

/// Sees to it that the tables can be read; those of the functions below, that they can be added to.
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
            // The lines of short pieces are empty, as they are: no piece has the key 0.
            LONG_PIECES.fill().fill(NONE);
            if !IN_PARTS {
                add_tokens(&seed, END);
                add_pieces(END);
            }
        }
        SEED.get_or_init(|| seed);
    }
    Ok(())
}

/// Sees to it that the bytes of all tokens can be read.
#[inline(always)]
pub fn ensure_tokens() {
    if IN_PARTS && TOKENS.load(Relaxed) != END {
        complete_tokens();
    }
}

#[cold]
#[inline(never)]
fn complete_tokens() {
    // SAFETY: there is one thread, and nobody has bytes of tokens before there are all of them.
    unsafe { add_tokens(seed(), END) }
}

/// Sees to it that all pieces can be looked up.
pub fn ensure_pieces() {
    if IN_PARTS && PIECES.load(Relaxed) != END {
        ensure_tokens();
        // SAFETY: there is one thread, and look-ups are over when they return.
        unsafe { add_pieces(END) }
    }
}

/// Takes note that so many pieces were merged, and adds tokens to the tables from time to time.
pub fn merged(count: usize) {
    let added = PIECES.load(Relaxed);
    if !IN_PARTS || added == END {
        return;
    }
    let merged = MERGED.load(Relaxed) + count;
    if merged < MERGES_PER_BLOCK {
        MERGED.store(merged, Relaxed);
        return;
    }
    MERGED.store(0, Relaxed);
    let end = (added + BLOCK).min(END);
    // SAFETY: as in `complete_tokens` and in `ensure_pieces`.
    unsafe {
        add_tokens(seed(), end);
        add_pieces(end);
    }
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

/// Adds the bytes of the tokens up to `end`, unless they are there. A token is the bytes of the two that it is merged from, which have
/// lower ids.
///
/// # Safety
/// Nothing else may use the tables of tokens meanwhile, if some are missing.
unsafe fn add_tokens(seed: &Seed, end: u32) {
    let start = TOKENS.load(Relaxed);
    if start >= end {
        return;
    }
    // SAFETY: the caller promises it.
    let (bytes, offsets) = unsafe { (TOKEN_BYTES.fill(), TOKEN_OFFSETS.fill()) };
    if start == 0 {
        for (byte, id) in (0..=u8::MAX).zip(BYTE_IDS.iter()) {
            bytes[usize::from(*id)] = byte;
        }
        for (end, offset) in (1..).zip(&mut offsets[1..=SINGLE_BYTES as usize]) {
            *offset = end;
        }
    }
    for ids in blocks(start.max(SINGLE_BYTES), end) {
        fill_token_block(seed, ids, bytes, offsets);
    }
    if end == END {
        let end = offsets[END as usize] as usize;
        fill::special_names(end, bytes, &mut offsets[END as usize + 1..]);
    }
    TOKENS.store(end, Relaxed);
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

/// Adds the tokens up to `end` to the tables in which pieces are looked up. Their bytes are there.
///
/// # Safety
/// Nothing else may use these tables meanwhile.
unsafe fn add_pieces(end: u32) {
    // SAFETY: the caller promises it.
    let (lines, long) = unsafe { (PIECE_LINES.fill(), LONG_PIECES.fill()) };
    for ids in blocks(PIECES.load(Relaxed), end) {
        fill_piece_block(ids, lines, long);
    }
    PIECES.store(end, Relaxed);
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
    fn from_le(self) -> Self;
}

macro_rules! number {
    ($($type:ty),*) => {$(
        impl Number for $type {
            fn from_le(self) -> Self {
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
        *number = number.from_le();
    }
    *from = rest;
}

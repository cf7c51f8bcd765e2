//! Look-ups in the tables: tokens and their bytes, pieces, pairs, characters.

use std::ops::Range;

use super::layout::{
    long_slot, neighbours, pair_filter, pair_group, pair_key, pair_slot, piece_line, short_key,
    PieceLine, ATOM_BLOCK, CLASS_BLOCK, ID_BITS, ID_MASK, LONG_SLOTS, NONE, SHORT,
};
use super::tables::{
    ensure_pieces, ensure_tokens, ATOM_BLOCKS, ATOM_HAZARDS, ATOM_INDEX, BYTE_IDS, CLASS_BLOCKS,
    CLASS_INDEX, LONG_PIECES, NEIGHBOURS, PAIRS, PAIR_GROUPS, PIECE_LINES, TOKEN_BYTES,
    TOKEN_OFFSETS,
};
use super::{characters::NO_TOKEN, prefetch};

/// The bytes of a token, special ones included; `None` for an unknown id.
#[inline]
pub fn token_bytes(token: u32) -> Option<&'static [u8]> {
    TOKEN_BYTES.get(token_range(token)?)
}

/// Where a token's bytes are in [`all_token_bytes`].
#[inline]
pub fn token_range(token: u32) -> Option<Range<usize>> {
    ensure_tokens();
    range_of(token)
}

/// As [`token_range`], for a token that is in the tables already.
#[inline(always)]
fn range_of(token: u32) -> Option<Range<usize>> {
    let token = token as usize;
    match TOKEN_OFFSETS.get(token..token.checked_add(2)?)? {
        &[start, end] => Some(start as usize..end as usize),
        _ => None,
    }
}

/// Appends the bytes of a token; `None` for an unknown id.
///
/// Always copies 16 bytes, which is one load and one store, and takes back those that are too many: 97 % of all tokens are not
/// longer. After the last token, as many more bytes can be read.
#[inline(always)]
pub fn append_token(token: u32, out: &mut Vec<u8>) -> Option<()> {
    const AT_ONCE: usize = 16;
    let range = token_range(token)?;
    let end = out.len() + range.len();
    if range.len() > AT_ONCE {
        out.extend_from_slice(TOKEN_BYTES.get(range)?);
    } else {
        out.extend_from_slice(TOKEN_BYTES.get(range.start..range.start + AT_ONCE)?);
        out.truncate(end);
    }
    Some(())
}

/// The line where the search for a short piece begins.
#[inline(always)]
pub fn line_of(key: u128) -> u32 {
    piece_line(key) as u32
}

/// Prefetches a line that will be searched soon.
#[inline(always)]
pub fn prefetch_line(line: u32) {
    prefetch::prefetch(PIECE_LINES.as_ptr().wrapping_add(line as usize));
}

/// The token of a short piece, searched from the line that [`line_of`] gave; [`NONE`] if the piece is not a token.
#[inline(always)]
pub fn short_piece(key: u128, line: u32) -> u32 {
    let mut line = line as usize;
    loop {
        let PieceLine { keys, ids, full } = &PIECE_LINES[line];
        // Without branches: which of the three it is cannot be predicted.
        let mut id = NONE;
        for (candidate, candidate_id) in keys.iter().zip(ids) {
            id = if *candidate == key { *candidate_id } else { id };
        }
        if id != NONE || *full == 0 {
            return id;
        }
        line += 1;
    }
}

/// The token of a piece longer than 15 bytes; [`NONE`] if the piece is not a token.
pub fn long_piece(piece: &[u8]) -> u32 {
    if piece.len() > LONGEST {
        return NONE;
    }
    let (mut slot, tag) = long_slot(piece);
    loop {
        let entry = LONG_PIECES[slot];
        if entry == NONE {
            return NONE;
        }
        let token = entry & ID_MASK;
        let is_it = || range_of(token).and_then(|range| TOKEN_BYTES.get(range)) == Some(piece);
        if entry & !ID_MASK == tag && is_it() {
            return token;
        }
        slot = (slot + 1) % LONG_SLOTS;
    }
}

/// The ordinary token that has exactly these bytes.
pub fn ordinary_token(bytes: &[u8]) -> Option<u32> {
    ensure_pieces();
    let id = if bytes.is_empty() || bytes.len() > SHORT {
        long_piece(bytes)
    } else {
        let mut padded = [0; 16];
        padded[..bytes.len()].copy_from_slice(bytes);
        let key = short_key(u128::from_le_bytes(padded), bytes.len());
        short_piece(key, line_of(key))
    };
    Some(id).filter(|id| *id != NONE)
}

/// Bytes of the longest token.
const LONGEST: usize = 128;

/// Two neighbouring tokens, which may merge.
///
/// A perfect hash: the group determines the one slot where the pair can be, and there is no branch, which could not be predicted. Most pairs
/// merge to nothing, which a filter in the group detects: it stays in the second-level cache, and the slots do not. Measured: 8 % of all
/// time in CJK text.
#[derive(Clone, Copy)]
pub struct Pair {
    key: u64,
    group: u32,
    hash: u32,
}

impl Pair {
    /// No tokens.
    pub const NOTHING: Self = Self::new(NO_TOKEN, NO_TOKEN);

    #[inline(always)]
    pub const fn new(left: u32, right: u32) -> Self {
        let key = pair_key(left, right);
        let (group, hash) = pair_group(key);
        Self {
            key,
            group: group as u32,
            hash,
        }
    }

    /// Prefetches the group.
    #[inline(always)]
    pub fn fetch_group(self) {
        prefetch::prefetch(PAIR_GROUPS.as_ptr().wrapping_add(self.group as usize));
    }

    /// Where the pair is, if it is anywhere, for which it waits for the group. Slot 0, which is always in the cache, means nowhere.
    #[inline(always)]
    pub fn slot(self) -> PairSlot {
        let group = PAIR_GROUPS[self.group as usize];
        let slot = pair_slot(self.key, self.hash, group) as u32;
        PairSlot {
            key: self.key,
            slot: if group & pair_filter(self.hash) == 0 {
                0
            } else {
                slot
            },
        }
    }

    /// The token that the two merge to, or [`NONE`]. An earlier merge has a smaller id.
    #[inline(always)]
    pub fn merged(self) -> u32 {
        self.slot().merged()
    }
}

/// The one slot where a pair can be.
#[derive(Clone, Copy)]
pub struct PairSlot {
    key: u64,
    slot: u32,
}

impl PairSlot {
    /// Prefetches the slot.
    #[inline(always)]
    pub fn fetch(self) {
        prefetch::prefetch(PAIRS.as_ptr().wrapping_add(self.slot as usize));
    }

    /// See [`Pair::merged`].
    #[inline(always)]
    pub fn merged(self) -> u32 {
        let entry = PAIRS[self.slot as usize];
        if entry >> ID_BITS == self.key {
            entry as u32 & ID_MASK
        } else {
            NONE
        }
    }
}

/// Whether two characters, each by its token, may be adjacent in a token. One pair in ten is a false positive.
#[inline(always)]
pub fn may_join(left: u32, right: u32) -> bool {
    let (word, bit) = neighbours(left, right);
    NEIGHBOURS[word] & bit != 0
}

/// The token of a single byte.
#[inline(always)]
pub fn byte_token(byte: u8) -> u32 {
    BYTE_IDS[byte as usize].into()
}

/// The class of a character, bits of [`super::layout::class`].
#[inline(always)]
pub fn class_of(code_point: u32) -> u8 {
    let block = CLASS_INDEX[code_point as usize / CLASS_BLOCK] as usize;
    CLASS_BLOCKS[block * CLASS_BLOCK + code_point as usize % CLASS_BLOCK]
}

/// The token of a character, or [`NO_TOKEN`] if it is none or is in a neighbourhood (before, after) in which merging must begin
/// with its bytes instead.
#[inline(always)]
pub fn atom(code_point: u32, before: u32, after: u32) -> u32 {
    let block = ATOM_INDEX[code_point as usize / ATOM_BLOCK] as usize;
    let entry = ATOM_BLOCKS[block * ATOM_BLOCK + code_point as usize % ATOM_BLOCK];
    let hazards = (entry >> ID_BITS) as usize * 2;
    let hazard = before & ATOM_HAZARDS[hazards] | after & ATOM_HAZARDS[hazards + 1];
    if (entry != 0) & (hazard == 0) {
        entry & ID_MASK
    } else {
        NO_TOKEN
    }
}

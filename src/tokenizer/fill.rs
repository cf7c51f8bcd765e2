//! How tokens get into the tables.
//!
//! This file is compiled into the build script, which fills the tables of an ordinary build, and into the library, which
//! fills them at load where the feature `compact-tables` is on.

use super::layout::{
    long_slot, pair_filter, pair_group, pair_key, pair_slot, piece_line, short_key, PieceLine,
    ID_BITS, NONE, SHORT,
};
use super::names;

/// Inserts a token into the tables in which whole pieces are looked up.
///
/// Insert low ids first. They are the frequent tokens, and a token whose line is full goes into the next one.
pub fn piece(lines: &mut [PieceLine], long: &mut [u32], token: &[u8], id: u32) {
    if token.len() > SHORT {
        return long_piece(long, token, id);
    }
    let mut bytes = [0; 16];
    bytes[..token.len()].copy_from_slice(token);
    let key = short_key(u128::from_le_bytes(bytes), token.len());
    short_piece(lines, key, id);
}

/// As [`piece`], for the key of a short token.
pub fn short_piece(lines: &mut [PieceLine], key: u128, id: u32) {
    for line in &mut lines[piece_line(key)..] {
        // The length is in the upper half.
        if let Some(free) = line.keys.iter().position(|&key| key >> 64 == 0) {
            line.keys[free] = key;
            line.ids[free] = id;
            return;
        }
        line.full = 1;
    }
    panic!("no free line for token {id}");
}

fn long_piece(slots: &mut [u32], token: &[u8], id: u32) {
    let (mut slot, tag) = long_slot(token);
    while slots[slot] != NONE {
        slot = (slot + 1) % slots.len();
    }
    slots[slot] = tag | id;
}

/// Inserts the pair of tokens that `id` is merged from. Its group already holds the displacement.
pub fn pair(groups: &mut [u32], slots: &mut [u64], left: u32, right: u32, id: u32) {
    let key = pair_key(left, right);
    let (group, hash) = pair_group(key);
    groups[group] |= pair_filter(hash);
    slots[pair_slot(key, hash, groups[group])] = key << ID_BITS | u64::from(id);
}

/// Writes the names of the special tokens to `bytes` from `start` on, and where each of them ends to `ends`.
pub fn special_names(mut start: usize, bytes: &mut [u8], ends: &mut [u32]) {
    for (id, end) in names::IDS.zip(ends) {
        let name = names::name(id);
        bytes[start..start + name.len()].copy_from_slice(name.as_bytes());
        start += name.len();
        *end = start as u32;
    }
}

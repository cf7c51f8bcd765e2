//! What merging begins with: the characters of a piece that may be taken whole, and the bytes of the others.

use crate::tokenizer::{
    characters::{Character, NO_TOKEN},
    vocab::byte_token,
};

/// Writes what merging `piece` begins with to `parts`, and returns how many these are. `None` if there is no room for all.
pub fn split(piece: &[u8], parts: &mut [u32]) -> Option<usize> {
    if piece.is_ascii() {
        return write_bytes(piece, parts);
    }
    let mut len = 0;
    let mut at = 0;
    let mut before = Character::NOTHING;
    while at < piece.len() {
        before = Character::read(piece, at, before);
        let end = at + before.len;
        if before.token == NO_TOKEN {
            len += write_bytes(&piece[at..end], parts.get_mut(len..)?)?;
        } else {
            *parts.get_mut(len)? = before.token;
            len += 1;
        }
        at = end;
    }
    Some(len)
}

#[inline(always)]
fn write_bytes(bytes: &[u8], parts: &mut [u32]) -> Option<usize> {
    let parts = parts.get_mut(..bytes.len())?;
    for (part, &byte) in parts.iter_mut().zip(bytes) {
        *part = byte_token(byte);
    }
    Some(bytes.len())
}

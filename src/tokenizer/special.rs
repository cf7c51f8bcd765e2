//! The special tokens: their names, their ids, and the search for their text.

pub mod names;

use super::vocab::token_bytes;
use names::NAMED;

/// The ids of all special tokens.
pub fn ids() -> std::ops::Range<u32> {
    names::IDS
}

/// The id of a special token's text.
pub fn id(text: &str) -> Option<u32> {
    if let Some((_, id)) = NAMED.iter().find(|(name, _)| *name == text) {
        return Some(*id);
    }
    let digits = text.strip_prefix("<|reserved_")?.strip_suffix("|>")?;
    // Comparing with the name of that id refuses "+200000" and "0200000", and ids that have a name of their own.
    digits
        .parse()
        .ok()
        .filter(|&id| self::text(id) == Some(text))
}

/// The text of a special token.
pub fn text(id: u32) -> Option<&'static str> {
    let bytes = if ids().contains(&id) {
        token_bytes(id)?
    } else {
        return None;
    };
    std::str::from_utf8(bytes).ok()
}

/// The first special token's text at or behind `start`: where it begins, the text and its id.
pub fn find(text: &str, start: usize, wanted: impl Fn(&str) -> bool) -> Option<(usize, &str, u32)> {
    let mut from = start;
    loop {
        let at = from + find_opening(&text.as_bytes()[from..])?;
        if let Some((name, id)) = special_at(&text[at..]).filter(|(name, _)| wanted(name)) {
            return Some((at, name, id));
        }
        from = at + 1;
    }
}

/// The special token whose text `text` begins with. No special token's text begins with another's.
fn special_at(text: &str) -> Option<(&str, u32)> {
    /// Bytes of `<|reserved_201088|>`, the longest.
    const LONGEST: usize = 19;
    let len = text
        .bytes()
        .take(LONGEST)
        .skip(1)
        .position(|byte| byte == b'>')?
        + 2;
    let name = &text[..len];
    id(name).map(|id| (name, id))
}

/// Where `<|` is found first.
///
/// Blocks of 64 bytes are compared whole, which the compiler turns into vector instructions: text without `<|` passes at more
/// than 10 GB/s, text full of `<` as well.
fn find_opening(text: &[u8]) -> Option<usize> {
    const BLOCK: usize = 64;
    let mut at = 0;
    while let Some(block) = text.get(at..at + BLOCK + 1) {
        let pairs = block.iter().zip(&block[1..]);
        if pairs.fold(0, |found, (&left, &right)| {
            found | u8::from(left == b'<') & u8::from(right == b'|')
        }) != 0
        {
            break;
        }
        at += BLOCK;
    }
    text[at..]
        .windows(2)
        .position(|pair| pair == b"<|")
        .map(|found| at + found)
}

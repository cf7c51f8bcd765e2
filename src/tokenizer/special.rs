//! The special tokens: their names, the search for their text, and what a caller wants done with it.

pub mod names;
pub mod policy;
pub mod search;
pub mod set;

pub use search::{find, may_begin, starts};

use super::vocab::token_bytes;
use names::{DIGITS, IDS, NAMED, RESERVED};

/// Whether an id is a special token's.
#[inline]
pub fn is_special(id: u32) -> bool {
    IDS.contains(&id)
}

/// The id of a special token's text.
pub fn id(text: &str) -> Option<u32> {
    if let Some(named) = NAMED.iter().find(|named| named.text == text) {
        return Some(named.id);
    }
    let digits = text.strip_prefix(RESERVED)?.strip_suffix("|>")?;
    // Of the numbers that Rust reads, "+200000" and "0200000" are in no name.
    if digits.len() != DIGITS || !digits.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    let id = digits.parse().ok()?;
    (is_special(id) && !is_named(id)).then_some(id)
}

/// The text of a special token.
pub fn text(id: u32) -> Option<&'static str> {
    if !is_special(id) {
        return None;
    }
    std::str::from_utf8(token_bytes(id)?).ok()
}

/// Whether the token has a name of its own.
fn is_named(id: u32) -> bool {
    NAMED.iter().any(|named| named.id == id)
}

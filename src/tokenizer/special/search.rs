//! The search for the text of special tokens.

use super::names::{DIGITS, IDS, LONGEST, NAMED, RESERVED};
use super::{id, is_named};

/// The text of a special token within another text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found<'t> {
    /// The byte where it begins.
    pub start: usize,
    pub text: &'t str,
    pub id: u32,
}

impl Found<'_> {
    /// The byte after it.
    pub fn end(&self) -> usize {
        self.start + self.text.len()
    }
}

/// The first special token's text at or after `start` that is wanted, by its id and its text.
pub fn find(text: &str, start: usize, wanted: impl Fn(u32, &str) -> bool) -> Option<Found<'_>> {
    let mut from = start;
    loop {
        let at = from + find_opening(&text.as_bytes()[from..])?;
        if let Some((text, id)) = starts(&text[at..]).filter(|(text, id)| wanted(*id, text)) {
            let start = at;
            return Some(Found { start, text, id });
        }
        from = at + 1;
    }
}

/// The special token's text that `text` starts with, and its id. No special token's text starts with another's.
pub fn starts(text: &str) -> Option<(&str, u32)> {
    let close = text.bytes().take(LONGEST).position(|byte| byte == b'>')?;
    let name = &text[..=close];
    id(name).map(|id| (name, id))
}

/// Whether more text would make `text` a special token's: `<|en`.
pub fn may_begin(text: &str) -> bool {
    let goes_on = |full: &str| full.len() > text.len() && full.starts_with(text);
    NAMED.iter().any(|named| goes_on(named.text))
        || RESERVED.starts_with(text)
        || text.strip_prefix(RESERVED).is_some_and(may_be_reserved)
}

/// Whether `<|reserved_` and `rest` may become a special token's text: some, but not all, digits of one, or all and a bar.
fn may_be_reserved(rest: &str) -> bool {
    let digits = rest.strip_suffix('|').unwrap_or(rest);
    let missing = match DIGITS.checked_sub(digits.len()) {
        Some(0) => 0,
        Some(missing) if digits.len() == rest.len() => missing,
        _ => return false,
    };
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return false;
    }
    let Ok(number) = digits.parse::<u32>() else {
        return false;
    };
    // All ids that begin with these digits.
    let step = 10_u32.pow(missing as u32);
    let first = IDS.start.max(number * step);
    let end = IDS.end.min((number + 1) * step);
    (first..end).any(|id| !is_named(id))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokenizer::special;
    use std::collections::HashSet;

    /// Against the list of all texts: every beginning of one is recognised, and nothing that differs from it by a character.
    #[test]
    fn beginnings_are_those_of_the_texts() {
        let texts: Vec<&str> = IDS.filter_map(special::text).collect();
        assert_eq!(texts.len(), IDS.len());
        let beginnings: HashSet<&str> = texts
            .iter()
            .flat_map(|text| (0..text.len()).map(|end| &text[..end]))
            .collect();
        for beginning in &beginnings {
            assert!(may_begin(beginning), "{beginning:?}");
            for next in ["<", "|", ">", "_", "0", "9", "+", "e", "é", " "] {
                let longer = format!("{beginning}{next}");
                let expected = beginnings.contains(longer.as_str());
                assert_eq!(may_begin(&longer), expected, "{longer:?}");
            }
        }
        for text in texts {
            assert!(!may_begin(text), "{text:?} is complete");
            assert_eq!(starts(text), special::id(text).map(|id| (text, id)));
        }
    }
}

//! Characters whose bytes come in different tokens.

/// The beginning of a character, never a whole one.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pending {
    bytes: [u8; 4],
    len: usize,
}

/// What bytes are so far.
pub(super) enum Utf8 {
    Character(char),
    /// The beginning of a character, which can be any from the first to the last.
    Beginning(char, char),
    Invalid,
}

impl Pending {
    pub(super) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Adds a byte.
    pub(super) fn push(&mut self, byte: u8) -> Utf8 {
        // A character of four bytes is complete.
        self.bytes[self.len] = byte;
        let bytes = &self.bytes[..=self.len];
        match std::str::from_utf8(bytes) {
            Ok(text) => {
                self.len = 0;
                text.chars().next().map_or(Utf8::Invalid, Utf8::Character)
            }
            Err(error) if error.error_len().is_none() => {
                let (first, last) = range(bytes);
                self.len += 1;
                Utf8::Beginning(first, last)
            }
            Err(_) => Utf8::Invalid,
        }
    }
}

/// The characters that begin with the bytes, the beginning of at least one.
fn range(bytes: &[u8]) -> (char, char) {
    let (len, bits, least) = match bytes[0] {
        ..0xe0 => (2, bytes[0] & 0x1f, 0x80),
        0xe0..0xf0 => (3, bytes[0] & 0x0f, 0x800),
        _ => (4, bytes[0] & 0x07, 0x10000),
    };
    let bits = bytes[1..].iter().fold(u32::from(bits), |bits, byte| {
        bits << 6 | u32::from(byte & 0x3f)
    });
    let missing = 6 * (len - bytes.len());
    let first = (bits << missing).max(least);
    let last = bits << missing | ((1 << missing) - 1);
    // Surrogates are not characters; bytes that can only continue to surrogates begin none.
    let last = if (0xd800..0xe000).contains(&last) {
        0xd7ff
    } else {
        last
    };
    (
        char::from_u32(first).unwrap_or(char::MAX),
        char::from_u32(last).unwrap_or(char::MAX),
    )
}

#[cfg(test)]
mod tests {
    use super::{Pending, Utf8};

    #[test]
    fn the_range_of_a_beginning_is_that_of_all_characters_that_begin_so() {
        let mut ranges = std::collections::BTreeMap::new();
        for character in '\u{80}'..=char::MAX {
            let mut buffer = [0; 4];
            let bytes = character.encode_utf8(&mut buffer).as_bytes();
            for len in 1..bytes.len() {
                let range = ranges.entry(bytes[..len].to_vec());
                range.or_insert((character, character)).1 = character;
            }
        }
        for (bytes, expected) in ranges {
            let mut pending = Pending::default();
            let last = bytes.iter().map(|byte| pending.push(*byte)).last();
            let Some(Utf8::Beginning(first, last)) = last else {
                panic!("{bytes:x?}")
            };
            assert_eq!((first, last), expected, "{bytes:x?}");
        }
    }
}

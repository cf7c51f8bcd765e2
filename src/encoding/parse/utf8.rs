//! Bytes that come in pieces, as text.

/// The longest UTF-8 sequence, in bytes.
const LONGEST: usize = 4;

/// Decodes bytes that come in any pieces; every invalid sequence becomes one U+FFFD.
///
/// The replacement is that of [`String::from_utf8_lossy`] over all bytes at once. A character that is split between
/// two pieces is held back until it is whole.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
pub(crate) struct Utf8Decoder {
    /// The start of a character, never a whole one.
    pending: [u8; LONGEST],
    length: usize,
    /// Whether anything was invalid so far.
    replaced: bool,
}

impl Utf8Decoder {
    /// Appends to `text` what the bytes complete.
    #[inline]
    pub fn push(&mut self, bytes: &[u8], text: &mut String) {
        // Nearly every token is whole characters.
        if self.length == 0 {
            if let Ok(whole) = std::str::from_utf8(bytes) {
                return text.push_str(whole);
            }
        }
        self.push_broken(bytes, text);
    }

    fn push_broken(&mut self, mut bytes: &[u8], text: &mut String) {
        while self.length > 0 {
            let Some((first, rest)) = bytes.split_first() else {
                return;
            };
            if self.take_pending(*first, text) {
                bytes = rest;
            }
        }
        let mut chunks = bytes.utf8_chunks().peekable();
        while let Some(chunk) = chunks.next() {
            text.push_str(chunk.valid());
            let is_last = chunks.peek().is_none();
            self.keep_or_replace(chunk.invalid(), is_last, text);
        }
    }

    /// Appends one U+FFFD for a character that was started and never completed.
    pub fn flush(&mut self, text: &mut String) {
        if self.length > 0 {
            self.replace(text);
            self.length = 0;
        }
    }

    /// Whether it can be the state of a decoder; one that was read from a file may be anything.
    pub fn is_valid(&self) -> bool {
        // OK: `length` is checked first.
        self.length < LONGEST && (self.length == 0 || is_incomplete(&self.pending[..self.length]))
    }

    /// Whether any U+FFFD was put in place of an invalid sequence.
    pub fn has_replaced(&self) -> bool {
        self.replaced
    }

    fn replace(&mut self, text: &mut String) {
        text.push(char::REPLACEMENT_CHARACTER);
        self.replaced = true;
    }

    /// Tries to continue the pending character; returns whether the byte was used up.
    fn take_pending(&mut self, byte: u8, text: &mut String) -> bool {
        let mut candidate = self.pending;
        candidate[self.length] = byte;
        match std::str::from_utf8(&candidate[..=self.length]) {
            Ok(character) => {
                text.push_str(character);
                self.length = 0;
                true
            }
            Err(error) if error.error_len().is_none() => {
                self.pending = candidate;
                self.length += 1;
                true
            }
            // The byte does not belong to the character; the same byte is looked at again on its own.
            Err(_) => {
                self.flush(text);
                false
            }
        }
    }

    /// An incomplete character can only be at the end of a piece; everything else stays invalid.
    fn keep_or_replace(&mut self, invalid: &[u8], is_last: bool, text: &mut String) {
        if invalid.is_empty() {
            return;
        }
        if is_last && is_incomplete(invalid) {
            self.pending[..invalid.len()].copy_from_slice(invalid);
            self.length = invalid.len();
        } else {
            self.replace(text);
        }
    }
}

/// Whether the bytes are the start of one character.
fn is_incomplete(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes)
        .is_err_and(|error| error.error_len().is_none() && error.valid_up_to() == 0)
}

#[cfg(test)]
mod tests {
    use super::Utf8Decoder;
    use proptest::prelude::*;

    fn decode<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> String {
        let (mut decoder, mut text) = (Utf8Decoder::default(), String::new());
        for piece in pieces {
            decoder.push(piece, &mut text);
        }
        decoder.flush(&mut text);
        text
    }

    /// Bytes that are near to UTF-8: random ones would hardly ever hold a long sequence.
    fn near_utf8() -> impl Strategy<Value = Vec<u8>> {
        let part = prop_oneof![
            any::<char>().prop_map(|c| c.to_string().into_bytes()),
            prop::sample::select(vec![
                0x80u8, 0xBF, 0xC0, 0xC3, 0xE0, 0xE2, 0xED, 0xF0, 0xF4, 0xFF
            ])
            .prop_map(|byte| vec![byte]),
        ];
        prop::collection::vec(part, 0..12).prop_map(|parts| parts.concat())
    }

    proptest! {
        #[test]
        fn any_pieces_give_what_the_standard_library_gives(
            bytes in near_utf8(),
            cuts in prop::collection::vec(1usize..4, 40),
        ) {
            let mut rest = bytes.as_slice();
            let mut pieces = Vec::new();
            for cut in cuts {
                let (piece, tail) = rest.split_at(cut.min(rest.len()));
                pieces.push(piece);
                rest = tail;
            }
            pieces.push(rest);
            prop_assert_eq!(decode(pieces), String::from_utf8_lossy(&bytes));
        }
    }
}

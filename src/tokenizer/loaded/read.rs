//! Reads vocabularies in the format of tiktoken.

use super::LoadedVocabulary;
use crate::error::VocabularyError;

pub fn read(file: &[u8]) -> Result<LoadedVocabulary, VocabularyError> {
    let mut vocabulary = LoadedVocabulary {
        ids: Default::default(),
        tokens: Vec::new(),
        longest: 0,
    };
    for (index, row) in file.split(|byte| *byte == b'\n').enumerate() {
        if row.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let line = index + 1;
        let (token, rank) = read_row(row).ok_or(VocabularyError::MalformedLine { line })?;
        vocabulary.add(token.into(), rank, line)?;
    }
    match (0..=u8::MAX).find(|byte| vocabulary.id(&[*byte]).is_none()) {
        Some(missing) => Err(VocabularyError::MissingByte(missing)),
        None => Ok(vocabulary),
    }
}

impl LoadedVocabulary {
    fn add(&mut self, token: Box<[u8]>, rank: u32, line: usize) -> Result<(), VocabularyError> {
        if rank >= VocabularyError::MOST_IDS {
            return Err(VocabularyError::RankTooLarge { line, rank });
        }
        let place = rank as usize;
        if self.tokens.len() <= place {
            self.tokens.resize_with(place + 1, Box::default);
        }
        if !self.tokens[place].is_empty() {
            return Err(VocabularyError::DuplicateRank { line, rank });
        }
        if let Some(rank) = self.id(&token) {
            return Err(VocabularyError::DuplicateToken { line, rank });
        }
        self.longest = self.longest.max(token.len());
        self.tokens[place] = token.clone();
        self.ids.insert(token, rank);
        Ok(())
    }
}

/// The token and the rank of a line.
fn read_row(row: &[u8]) -> Option<(Vec<u8>, u32)> {
    let row = std::str::from_utf8(row).ok()?;
    let (token, rank) = row.trim_end().split_once(' ')?;
    let token = from_base64(token.as_bytes()).filter(|token| !token.is_empty())?;
    Some((token, rank.parse().ok()?))
}

/// The bytes that base64 with padding stands for.
fn from_base64(text: &[u8]) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(4) {
        return None;
    }
    let digits = match text {
        [digits @ .., b'=', b'='] | [digits @ .., b'='] => digits,
        digits => digits,
    };
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    for group in digits.chunks(4) {
        let mut bits = 0_u32;
        for digit in group {
            bits = bits << 6 | digit_value(*digit)?;
        }
        // Two digits are one byte, three are two, four are three.
        let count = group.len() * 6 / 8;
        bits <<= 6 * (4 - group.len());
        bytes.extend_from_slice(&bits.to_be_bytes()[1..=count]);
    }
    Some(bytes)
}

fn digit_value(digit: u8) -> Option<u32> {
    let value = match digit {
        b'A'..=b'Z' => digit - b'A',
        b'a'..=b'z' => digit - b'a' + 26,
        b'0'..=b'9' => digit - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    };
    Some(value.into())
}

#[cfg(test)]
mod tests {
    use super::from_base64;

    /// The vectors of RFC 4648, section 10.
    #[test]
    fn base64_is_that_of_the_rfc() {
        for (text, bytes) in [
            ("", ""),
            ("Zg==", "f"),
            ("Zm8=", "fo"),
            ("Zm9v", "foo"),
            ("Zm9vYg==", "foob"),
            ("Zm9vYmE=", "fooba"),
            ("Zm9vYmFy", "foobar"),
        ] {
            assert_eq!(
                from_base64(text.as_bytes()).as_deref(),
                Some(bytes.as_bytes())
            );
        }
        for text in ["Zg", "Zg=", "Z===", "Zm9*", "=Zg=", "Zm 9v"] {
            assert_eq!(from_base64(text.as_bytes()), None, "{text}");
        }
    }
}

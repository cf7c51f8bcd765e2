//! Records of pieces that do not fit an entry of the table: the newest ones overwrite the oldest.

use crate::tokenizer::{layout::SHORT, memory::Zeroed};

/// 16 bytes of a piece, or four tokens.
type Word = [u32; 4];

/// Words of the longest record.
pub const LONGEST_RECORD: usize = 16;

/// Where a record is, and how many tokens it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    /// How many words had been written before it.
    number: u64,
    len: u32,
}

impl Record {
    /// The record as an entry of the table holds it.
    pub fn pack(self) -> [u32; 3] {
        [self.number as u32, (self.number >> 32) as u32, self.len]
    }

    pub fn unpack([low, high, len]: [u32; 3]) -> Self {
        let number = u64::from(high) << 32 | u64::from(low);
        Self { number, len }
    }
}

/// The bytes of pieces, each with its tokens after it. A piece of up to [`SHORT`] bytes has no bytes here: its key contains them.
pub struct Ring {
    /// Empty until the first record is written.
    words: Zeroed<Word>,
    /// How many words there are then, a power of two.
    len: usize,
    /// How many words have ever been written, including those skipped at the end so that a record is in one piece.
    written: u64,
}

impl Ring {
    /// A ring of `len` words, a power of two.
    pub fn new(len: usize) -> Self {
        debug_assert!(len.is_power_of_two() && len >= LONGEST_RECORD);
        Self {
            words: Zeroed::new(0),
            len,
            written: 0,
        }
    }

    #[cfg(test)]
    pub fn bytes(&self) -> usize {
        size_of_val(&self.words[..])
    }

    /// Writes a record; `None` if it would be too long.
    pub fn push(&mut self, piece: &[u8], tokens: &[u32]) -> Option<Record> {
        let bytes = words_of(piece);
        let len = bytes + tokens.len().div_ceil(4);
        if len > LONGEST_RECORD {
            return None;
        }
        let (number, record) = self.reserve(len);
        for (to, word) in record.iter_mut().zip(words(piece)) {
            *to = word;
        }
        record[bytes..].as_flattened_mut()[..tokens.len()].copy_from_slice(tokens);
        Some(Record {
            number,
            len: tokens.len() as u32,
        })
    }

    /// The tokens of a record; `None` if it has been overwritten or is that of another piece of the same length.
    #[inline]
    pub fn get(&self, record: Record, piece: &[u8]) -> Option<&[u32]> {
        if !self.holds(record) {
            return None;
        }
        let (bytes, tokens) = self.words[self.index(record.number)..].split_at(words_of(piece));
        for (index, word) in bytes.iter().enumerate() {
            if *word != word_of(piece, index) {
                return None;
            }
        }
        tokens.as_flattened().get(..record.len as usize)
    }

    /// Whether a record has not been overwritten.
    #[inline]
    pub fn holds(&self, record: Record) -> bool {
        self.written - record.number <= self.len as u64
    }

    /// Whether a record is in the half of the ring that is overwritten next.
    #[inline]
    pub fn is_old(&self, record: Record) -> bool {
        self.written - record.number > self.len as u64 / 2
    }

    /// Writes a record that is still there again, so that it is among the newest.
    pub fn renew(&mut self, record: Record, piece: &[u8]) -> Record {
        let mut copy = [[0; 4]; LONGEST_RECORD];
        let len = words_of(piece) + (record.len as usize).div_ceil(4);
        copy[..len].copy_from_slice(&self.words[self.index(record.number)..][..len]);
        let (number, renewed) = self.reserve(len);
        renewed.copy_from_slice(&copy[..len]);
        Record { number, ..record }
    }

    /// The next `len` words in one piece, and the number of the first.
    fn reserve(&mut self, len: usize) -> (u64, &mut [Word]) {
        if self.words.is_empty() {
            self.words = Zeroed::new(self.len);
        }
        let left = self.len - self.index(self.written);
        if left < len {
            self.written += left as u64;
        }
        let number = self.written;
        self.written += len as u64;
        let index = self.index(number);
        (number, &mut self.words[index..][..len])
    }

    #[inline]
    fn index(&self, number: u64) -> usize {
        number as usize & (self.len - 1)
    }
}

/// How many words a record has for the bytes of a piece.
fn words_of(piece: &[u8]) -> usize {
    if piece.len() <= SHORT {
        0
    } else {
        piece.len().div_ceil(16)
    }
}

/// The words for the bytes of a piece, of which the last may overlap with the one before.
fn words(piece: &[u8]) -> impl Iterator<Item = Word> + '_ {
    (0..words_of(piece)).map(|index| word_of(piece, index))
}

/// One of these words.
#[inline(always)]
fn word_of(piece: &[u8], index: usize) -> Word {
    let last = piece.len().saturating_sub(16);
    let mut word = [0; 4];
    if let Some(bytes) = piece[last.min(16 * index)..].first_chunk::<16>() {
        for (part, bytes) in word.iter_mut().zip(bytes.chunks_exact(4)) {
            *part = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
        }
    }
    word
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const WORDS: usize = 1 << 10;

    /// A piece of this length that no other number has, and tokens that identify it.
    fn sample(number: u32, len: usize, tokens: usize) -> (Vec<u8>, Vec<u32>) {
        let bytes = number.to_le_bytes().into_iter().cycle().take(len).collect();
        (
            bytes,
            (0..tokens as u32).map(|at| number ^ at << 24).collect(),
        )
    }

    #[test]
    fn a_record_has_as_many_words_as_bytes_and_tokens_need() {
        for (len, tokens, wanted) in [
            (15, 4, 1),
            (15, 5, 2),
            (16, 1, 2),
            (16, 4, 2),
            (16, 5, 3),
            (17, 1, 3),
            (32, 8, 4),
            (126, 29, 16),
        ] {
            let mut ring = Ring::new(WORDS);
            let (piece, tokens) = sample(1, len, tokens);
            let record = ring.push(&piece, &tokens).unwrap();
            assert_eq!((record.number, ring.written), (0, wanted));
            assert_eq!(ring.get(record, &piece), Some(&tokens[..]));
        }
    }

    #[test]
    fn longer_records_are_refused_and_leave_no_trace() {
        let mut ring = Ring::new(WORDS);
        for (len, tokens) in [(126, 33), (15, 65), (241, 1)] {
            let (piece, tokens) = sample(1, len, tokens);
            assert_eq!(ring.push(&piece, &tokens), None);
        }
        assert_eq!((ring.written, ring.words.len()), (0, 0));
    }

    #[test]
    fn another_piece_of_the_same_length_is_not_mistaken() {
        let mut ring = Ring::new(WORDS);
        let (piece, tokens) = sample(7, 70, 3);
        let record = ring.push(&piece, &tokens).unwrap();
        for at in 0..piece.len() {
            let mut other = piece.clone();
            other[at] ^= 1;
            assert_eq!(ring.get(record, &other), None, "{at}");
        }
        assert_eq!(ring.get(record, &piece), Some(&tokens[..]));
    }

    #[test]
    fn a_record_is_held_until_its_first_word_is_overwritten() {
        let mut ring = Ring::new(WORDS);
        let (piece, tokens) = sample(1, 16, 4);
        let first = ring.push(&piece, &tokens).unwrap();
        for written in (4..=WORDS).step_by(2) {
            let is_old = written - 2 > WORDS / 2;
            assert_eq!((ring.holds(first), ring.is_old(first)), (true, is_old));
            let (other, tokens) = sample(written as u32, 16, 4);
            ring.push(&other, &tokens).unwrap();
        }
        assert_eq!(ring.get(first, &piece), Some(&tokens[..]));
        let (other, other_tokens) = sample(0, 15, 4);
        ring.push(&other, &other_tokens).unwrap();
        assert!(!ring.holds(first));
        assert_eq!(ring.get(first, &piece), None);
    }

    #[test]
    fn a_record_does_not_wrap() {
        let mut ring = Ring::new(WORDS);
        let (short, one_word) = sample(1, 4, 4);
        for _ in 0..WORDS - 2 {
            ring.push(&short, &one_word).unwrap();
        }
        let (piece, tokens) = sample(2, 20, 4);
        let record = ring.push(&piece, &tokens).unwrap();
        assert_eq!(
            (record.number, ring.written),
            (WORDS as u64, WORDS as u64 + 3)
        );
        assert_eq!(ring.get(record, &piece), Some(&tokens[..]));
        // One that just fits is written at once.
        for _ in 0..WORDS - 6 {
            ring.push(&short, &one_word).unwrap();
        }
        let record = ring.push(&piece, &tokens).unwrap();
        assert_eq!(record.number, 2 * WORDS as u64 - 3);
        assert_eq!(ring.get(record, &piece), Some(&tokens[..]));
    }

    #[test]
    fn a_renewed_record_is_the_newest() {
        let mut ring = Ring::new(WORDS);
        let (piece, tokens) = sample(1, 40, 9);
        let record = ring.push(&piece, &tokens).unwrap();
        let renewed = ring.renew(record, &piece);
        assert_eq!((renewed.number, ring.written), (6, 12));
        assert_eq!(ring.get(renewed, &piece), Some(&tokens[..]));
        assert_eq!(ring.get(record, &piece), Some(&tokens[..]));
    }

    #[test]
    fn numbers_of_more_than_32_bits_survive_an_entry() {
        for number in [0, 1, 0xFFFF_FFFF, 0x1_0000_0000, 0x1234_5678_9ABC_DEF0] {
            let record = Record { number, len: 5 };
            assert_eq!(Record::unpack(record.pack()), record);
        }
    }

    proptest! {
        /// Against a list of everything that was ever pushed: what is found is what was pushed, and the newest records are found.
        #[test]
        fn the_newest_records_are_found(sizes in proptest::collection::vec((1usize..127, 1usize..30), 1..400), rounds in 1usize..40) {
            let mut ring = Ring::new(WORDS);
            let mut pushed = vec![];
            for (number, &(len, tokens)) in sizes.iter().cycle().take(sizes.len() * rounds).enumerate() {
                let (piece, tokens) = sample(number as u32, len, tokens);
                if let Some(record) = ring.push(&piece, &tokens) {
                    pushed.push((record, piece, tokens));
                }
            }
            let mut newer = 0;
            for (record, piece, tokens) in pushed.iter().rev() {
                newer += LONGEST_RECORD;
                match ring.get(*record, piece) {
                    Some(found) => prop_assert_eq!(found, &tokens[..]),
                    None => prop_assert!(newer > WORDS / 2),
                }
            }
        }
    }
}

//! For all other processors: eight bytes at a time in 64-bit integers.

use super::{Classify, Masks, WINDOW};

/// Eight bytes at a time, on any processor.
#[derive(Clone, Copy)]
pub struct Words;

impl Classify for Words {
    #[inline(always)]
    fn masks(self, window: &[u8; WINDOW]) -> Masks {
        let mut masks = Masks::default();
        for (index, bytes) in window.chunks_exact(8).enumerate() {
            let word = bytes
                .first_chunk()
                .map_or(0, |bytes| u64::from_le_bytes(*bytes));
            masks.add(word, 8 * index);
        }
        masks
    }
}

/// The highest bit of each byte.
const HIGHEST: u64 = every(0x80);

const fn every(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; 8])
}

impl Masks {
    /// Adds the classes of eight bytes. All of them are found in seven bits per byte, so that no sum reaches the next byte; bytes
    /// with the eighth are then left out.
    #[inline(always)]
    fn add(&mut self, bytes: u64, shift: usize) {
        let low = bytes & !HIGHEST;
        let ascii = !bytes & HIGHEST;
        // The highest bit of each byte that is at least `first`.
        let from = |first: u8| low + every(0x80 - first);
        let within = |first: u8, last: u8| from(first) & !from(last + 1) & ascii;
        let equal = |byte: u8| within(byte, byte);
        let bits = |highest: u64| gathered(highest) << shift;
        let space = equal(b' ');
        self.upper |= bits(within(b'A', b'Z'));
        self.lower |= bits(within(b'a', b'z'));
        self.digit |= bits(within(b'0', b'9'));
        self.space |= bits(space);
        self.white |= bits(space | within(b'\t', b'\r'));
        self.newline |= bits(equal(b'\n') | equal(b'\r'));
        self.slash |= bits(equal(b'/'));
        self.apostrophe |= bits(equal(b'\''));
        self.high |= bits(bytes & HIGHEST);
    }
}

/// The highest bits of eight bytes side by side. The multiplication moves bit 8n to bit 56 + n; no two meet.
#[inline(always)]
fn gathered(highest: u64) -> u64 {
    (highest >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
}

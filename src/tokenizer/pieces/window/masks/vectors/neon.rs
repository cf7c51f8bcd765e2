//! 64-bit ARM: NEON, which all of these processors have.

use std::arch::aarch64::*;

use super::{Classify, Masks, Vectors, WINDOW};

/// 16 bytes at a time.
#[derive(Clone, Copy)]
pub struct Neon;

impl Classify for Neon {
    #[inline(always)]
    fn masks(self, window: &[u8; WINDOW]) -> Masks {
        // SAFETY: each load reads 16 of the 64 bytes, and needs no alignment. NEON is part of the target.
        let load = |at: usize| unsafe { vld1q_u8(window[at..at + 16].as_ptr()) };
        Masks::of(Registers([load(0), load(16), load(32), load(48)]))
    }
}

#[derive(Clone, Copy)]
struct Registers([uint8x16_t; 4]);

// SAFETY of all: NEON is part of the target, and these instructions touch registers only.
impl Vectors for Registers {
    #[inline(always)]
    fn equal(self, byte: u8) -> Self {
        Self(
            self.0
                .map(|bytes| unsafe { vceqq_u8(bytes, vdupq_n_u8(byte)) }),
        )
    }

    /// What is further from `first` is more than their distance, as an unsigned number.
    #[inline(always)]
    fn within(self, first: u8, last: u8) -> Self {
        Self(self.0.map(|bytes| unsafe {
            vcleq_u8(vsubq_u8(bytes, vdupq_n_u8(first)), vdupq_n_u8(last - first))
        }))
    }

    #[inline(always)]
    fn or(self, other: Self) -> Self {
        let mut both = self.0;
        for (left, right) in both.iter_mut().zip(other.0) {
            *left = unsafe { vorrq_u8(*left, right) };
        }
        Self(both)
    }

    /// NEON cannot gather the highest bits. So each byte keeps the bit of its position within 8 bytes, and three rounds of adding
    /// neighbours bring the 64 bytes to 8.
    #[inline(always)]
    fn bits(self) -> u64 {
        const POSITIONS: [u8; 16] = [1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128];
        // SAFETY: as above; the load reads the 16 bytes of the constant.
        unsafe {
            let positions = vld1q_u8(POSITIONS.as_ptr());
            // Bytes of a comparison are 0xFF or 0; bytes of text may have any bits beside the highest.
            let [a, b, c, d] = self.0.map(|bytes| {
                let spread = vreinterpretq_u8_s8(vshrq_n_s8::<7>(vreinterpretq_s8_u8(bytes)));
                vandq_u8(spread, positions)
            });
            let pairs = vpaddq_u8(vpaddq_u8(a, b), vpaddq_u8(c, d));
            vgetq_lane_u64::<0>(vreinterpretq_u64_u8(vpaddq_u8(pairs, pairs)))
        }
    }
}

//! WebAssembly with simd128, which the whole module then needs.

use std::arch::wasm32::*;

use super::{Classify, Masks, Vectors, WINDOW};

/// 16 bytes at a time.
#[derive(Clone, Copy)]
pub struct Simd128;

impl Classify for Simd128 {
    #[inline(always)]
    fn masks(self, window: &[u8; WINDOW]) -> Masks {
        // SAFETY: each load reads 16 of the 64 bytes, and needs no alignment.
        let load = |at: usize| unsafe { v128_load(window[at..at + 16].as_ptr().cast()) };
        Masks::of(Registers([load(0), load(16), load(32), load(48)]))
    }
}

#[derive(Clone, Copy)]
struct Registers([v128; 4]);

impl Vectors for Registers {
    #[inline(always)]
    fn equal(self, byte: u8) -> Self {
        Self(self.0.map(|bytes| u8x16_eq(bytes, u8x16_splat(byte))))
    }

    /// What is further from `first` is more than their distance, as an unsigned number.
    #[inline(always)]
    fn within(self, first: u8, last: u8) -> Self {
        Self(self.0.map(|bytes| {
            u8x16_le(
                u8x16_sub(bytes, u8x16_splat(first)),
                u8x16_splat(last - first),
            )
        }))
    }

    #[inline(always)]
    fn or(self, other: Self) -> Self {
        let mut both = self.0;
        for (left, right) in both.iter_mut().zip(other.0) {
            *left = v128_or(*left, right);
        }
        Self(both)
    }

    #[inline(always)]
    fn bits(self) -> u64 {
        let bits = self.0.map(|bytes| u64::from(u8x16_bitmask(bytes)));
        bits[0] | bits[1] << 16 | bits[2] << 32 | bits[3] << 48
    }
}

//! WebAssembly with simd128, which the whole module then needs.

use std::arch::wasm32::*;

use super::{Classify, Masks, Vectors, WINDOW};

/// 16 bytes at a time.
#[derive(Clone, Copy)]
pub struct Simd128;

impl Classify for Simd128 {
    #[inline(always)]
    fn masks(self, window: &[u8; WINDOW]) -> Masks {
        let bytes = window.as_ptr().cast::<v128>();
        // SAFETY: the loads read the 64 bytes, and need no alignment.
        Masks::of(unsafe {
            Registers(
                v128_load(bytes),
                v128_load(bytes.add(1)),
                v128_load(bytes.add(2)),
                v128_load(bytes.add(3)),
            )
        })
    }
}

#[derive(Clone, Copy)]
struct Registers(v128, v128, v128, v128);

impl Vectors for Registers {
    #[inline(always)]
    fn equal(self, byte: u8) -> Self {
        let byte = u8x16_splat(byte);
        Self(
            u8x16_eq(self.0, byte),
            u8x16_eq(self.1, byte),
            u8x16_eq(self.2, byte),
            u8x16_eq(self.3, byte),
        )
    }

    /// A byte is in the range if its distance from `first`, as an unsigned number, is at most that of `last`.
    #[inline(always)]
    fn within(self, first: u8, last: u8) -> Self {
        let most = u8x16_splat(last - first);
        let first = u8x16_splat(first);
        Self(
            u8x16_le(u8x16_sub(self.0, first), most),
            u8x16_le(u8x16_sub(self.1, first), most),
            u8x16_le(u8x16_sub(self.2, first), most),
            u8x16_le(u8x16_sub(self.3, first), most),
        )
    }

    #[inline(always)]
    fn or(self, other: Self) -> Self {
        Self(
            v128_or(self.0, other.0),
            v128_or(self.1, other.1),
            v128_or(self.2, other.2),
            v128_or(self.3, other.3),
        )
    }

    #[inline(always)]
    fn bits(self) -> u64 {
        u64::from(u8x16_bitmask(self.0))
            | u64::from(u8x16_bitmask(self.1)) << 16
            | u64::from(u8x16_bitmask(self.2)) << 32
            | u64::from(u8x16_bitmask(self.3)) << 48
    }
}

//! 64-bit ARM: NEON, which all of these processors have.

use std::arch::aarch64::*;

use super::{Classify, Masks, Vectors, WINDOW};

/// 16 bytes at a time.
#[derive(Clone, Copy)]
pub struct Neon;

impl Classify for Neon {
    #[inline(always)]
    fn masks(self, window: &[u8; WINDOW]) -> Masks {
        let bytes = window.as_ptr();
        // SAFETY: the loads read the 64 bytes, and need no alignment. NEON is part of the target.
        Masks::of(unsafe {
            Registers(
                vld1q_u8(bytes),
                vld1q_u8(bytes.add(16)),
                vld1q_u8(bytes.add(32)),
                vld1q_u8(bytes.add(48)),
            )
        })
    }
}

#[derive(Clone, Copy)]
struct Registers(uint8x16_t, uint8x16_t, uint8x16_t, uint8x16_t);

impl Vectors for Registers {
    #[inline(always)]
    fn equal(self, byte: u8) -> Self {
        // SAFETY: NEON is part of the target.
        unsafe {
            let byte = vdupq_n_u8(byte);
            Self(
                vceqq_u8(self.0, byte),
                vceqq_u8(self.1, byte),
                vceqq_u8(self.2, byte),
                vceqq_u8(self.3, byte),
            )
        }
    }

    /// A byte is in the range if its distance from `first`, as an unsigned number, is at most that of `last`.
    #[inline(always)]
    fn within(self, first: u8, last: u8) -> Self {
        // SAFETY: NEON is part of the target.
        unsafe {
            let most = vdupq_n_u8(last - first);
            let first = vdupq_n_u8(first);
            Self(
                vcleq_u8(vsubq_u8(self.0, first), most),
                vcleq_u8(vsubq_u8(self.1, first), most),
                vcleq_u8(vsubq_u8(self.2, first), most),
                vcleq_u8(vsubq_u8(self.3, first), most),
            )
        }
    }

    #[inline(always)]
    fn or(self, other: Self) -> Self {
        // SAFETY: NEON is part of the target.
        unsafe {
            Self(
                vorrq_u8(self.0, other.0),
                vorrq_u8(self.1, other.1),
                vorrq_u8(self.2, other.2),
                vorrq_u8(self.3, other.3),
            )
        }
    }

    /// NEON has no instruction that gathers the highest bits. So each byte keeps the bit of its position among eight, and three
    /// rounds of adding neighbours bring 64 bytes to 8.
    #[inline(always)]
    fn bits(self) -> u64 {
        const POSITIONS: [u8; 16] = [1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128];
        // SAFETY: NEON is part of the target; the load reads the 16 bytes of the constant.
        unsafe {
            let positions = vld1q_u8(POSITIONS.as_ptr());
            let a = vandq_u8(highest(self.0), positions);
            let b = vandq_u8(highest(self.1), positions);
            let c = vandq_u8(highest(self.2), positions);
            let d = vandq_u8(highest(self.3), positions);
            let fours = vpaddq_u8(vpaddq_u8(a, b), vpaddq_u8(c, d));
            vgetq_lane_u64::<0>(vreinterpretq_u64_u8(vpaddq_u8(fours, fours)))
        }
    }
}

/// 0xFF in each byte whose highest bit is set, and 0 in all others. Nothing is left of it where a comparison made the bytes so.
#[inline(always)]
fn highest(bytes: uint8x16_t) -> uint8x16_t {
    // SAFETY: NEON is part of the target.
    unsafe { vreinterpretq_u8_s8(vshrq_n_s8::<7>(vreinterpretq_s8_u8(bytes))) }
}

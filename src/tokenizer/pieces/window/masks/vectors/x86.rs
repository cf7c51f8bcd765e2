//! x86-64: SSE2 everywhere, AVX2 where it is detected.

use std::arch::x86_64::*;

use super::{Classify, Masks, Vectors, WINDOW};

/// 16 bytes at a time, on every processor.
#[derive(Clone, Copy)]
pub struct Sse2;

impl Classify for Sse2 {
    #[inline(always)]
    fn masks(self, window: &[u8; WINDOW]) -> Masks {
        // SAFETY: each load reads 16 of the 64 bytes, and needs no alignment. SSE2 is part of x86-64.
        let load = |at: usize| unsafe { _mm_loadu_si128(window[at..at + 16].as_ptr().cast()) };
        Masks::of(Registers128([load(0), load(16), load(32), load(48)]))
    }
}

#[derive(Clone, Copy)]
struct Registers128([__m128i; 4]);

// SAFETY of all: SSE2 is part of x86-64, and these instructions touch registers only.
impl Vectors for Registers128 {
    #[inline(always)]
    fn equal(self, byte: u8) -> Self {
        Self(
            self.0
                .map(|bytes| unsafe { _mm_cmpeq_epi8(bytes, _mm_set1_epi8(byte as i8)) }),
        )
    }

    /// What is further from `first` is more than their distance, as an unsigned number.
    #[inline(always)]
    fn within(self, first: u8, last: u8) -> Self {
        Self(self.0.map(|bytes| unsafe {
            let moved = _mm_sub_epi8(bytes, _mm_set1_epi8(first as i8));
            let distance = _mm_set1_epi8((last - first) as i8);
            _mm_cmpeq_epi8(_mm_min_epu8(moved, distance), moved)
        }))
    }

    #[inline(always)]
    fn or(self, other: Self) -> Self {
        let mut both = self.0;
        for (left, right) in both.iter_mut().zip(other.0) {
            *left = unsafe { _mm_or_si128(*left, right) };
        }
        Self(both)
    }

    #[inline(always)]
    fn bits(self) -> u64 {
        let bits = self
            .0
            .map(|bytes| unsafe { _mm_movemask_epi8(bytes) } as u32 as u64);
        bits[0] | bits[1] << 16 | bits[2] << 32 | bits[3] << 48
    }
}

/// 32 bytes at a time. A value proves that the processor has AVX2 and the bit manipulation instructions.
#[derive(Clone, Copy)]
pub struct Avx2(());

impl Avx2 {
    /// `None` if the processor is too old.
    #[inline(always)]
    pub fn detected() -> Option<Self> {
        let detected = is_x86_feature_detected!("avx2")
            && is_x86_feature_detected!("bmi1")
            && is_x86_feature_detected!("bmi2")
            && is_x86_feature_detected!("lzcnt");
        detected.then_some(Self(()))
    }
}

impl Classify for Avx2 {
    #[inline(always)]
    fn masks(self, window: &[u8; WINDOW]) -> Masks {
        debug_assert!(Self::detected().is_some());
        // SAFETY: the processor has AVX2, or there would be no `self`.
        unsafe { masks_avx2(window) }
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn masks_avx2(window: &[u8; WINDOW]) -> Masks {
    // SAFETY: each load reads 32 of the 64 bytes, and needs no alignment.
    let load = |at: usize| unsafe { _mm256_loadu_si256(window[at..at + 32].as_ptr().cast()) };
    Masks::of(Registers256([load(0), load(32)]))
}

#[derive(Clone, Copy)]
struct Registers256([__m256i; 2]);

// SAFETY of all: only `masks_avx2` makes such registers, which runs where AVX2 was detected; the instructions touch registers only.
impl Vectors for Registers256 {
    #[inline(always)]
    fn equal(self, byte: u8) -> Self {
        Self(
            self.0
                .map(|bytes| unsafe { _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(byte as i8)) }),
        )
    }

    #[inline(always)]
    fn within(self, first: u8, last: u8) -> Self {
        Self(self.0.map(|bytes| unsafe {
            let moved = _mm256_sub_epi8(bytes, _mm256_set1_epi8(first as i8));
            let distance = _mm256_set1_epi8((last - first) as i8);
            _mm256_cmpeq_epi8(_mm256_min_epu8(moved, distance), moved)
        }))
    }

    #[inline(always)]
    fn or(self, other: Self) -> Self {
        let mut both = self.0;
        for (left, right) in both.iter_mut().zip(other.0) {
            *left = unsafe { _mm256_or_si256(*left, right) };
        }
        Self(both)
    }

    #[inline(always)]
    fn bits(self) -> u64 {
        let bits = self
            .0
            .map(|bytes| unsafe { _mm256_movemask_epi8(bytes) } as u32 as u64);
        bits[0] | bits[1] << 32
    }
}

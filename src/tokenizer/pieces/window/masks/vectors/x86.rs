//! x86-64: SSE2 everywhere, AVX2 where it is detected.

use std::arch::x86_64::*;

use super::{Classify, Masks, Vectors, WINDOW};

/// 16 bytes at a time, on every processor.
#[derive(Clone, Copy)]
pub struct Sse2;

impl Classify for Sse2 {
    #[inline(always)]
    fn masks(self, window: &[u8; WINDOW]) -> Masks {
        let bytes = window.as_ptr().cast::<__m128i>();
        // SAFETY: the loads read the 64 bytes, and need no alignment. SSE2 is part of x86-64.
        Masks::of(unsafe {
            Registers128(
                _mm_loadu_si128(bytes),
                _mm_loadu_si128(bytes.add(1)),
                _mm_loadu_si128(bytes.add(2)),
                _mm_loadu_si128(bytes.add(3)),
            )
        })
    }
}

#[derive(Clone, Copy)]
struct Registers128(__m128i, __m128i, __m128i, __m128i);

impl Vectors for Registers128 {
    #[inline(always)]
    fn equal(self, byte: u8) -> Self {
        let Self(a, b, c, d) = self;
        // SAFETY: SSE2 is part of x86-64.
        unsafe {
            let byte = _mm_set1_epi8(byte as i8);
            Self(
                _mm_cmpeq_epi8(a, byte),
                _mm_cmpeq_epi8(b, byte),
                _mm_cmpeq_epi8(c, byte),
                _mm_cmpeq_epi8(d, byte),
            )
        }
    }

    /// A byte is in the range if its distance from `first`, as an unsigned number, is at most that of `last`.
    #[inline(always)]
    fn within(self, first: u8, last: u8) -> Self {
        let Self(a, b, c, d) = self;
        // SAFETY: SSE2 is part of x86-64.
        unsafe {
            let first_byte = _mm_set1_epi8(first as i8);
            let most = _mm_set1_epi8((last - first) as i8);
            let (a, b) = (_mm_sub_epi8(a, first_byte), _mm_sub_epi8(b, first_byte));
            let (c, d) = (_mm_sub_epi8(c, first_byte), _mm_sub_epi8(d, first_byte));
            Self(
                _mm_cmpeq_epi8(_mm_min_epu8(a, most), a),
                _mm_cmpeq_epi8(_mm_min_epu8(b, most), b),
                _mm_cmpeq_epi8(_mm_min_epu8(c, most), c),
                _mm_cmpeq_epi8(_mm_min_epu8(d, most), d),
            )
        }
    }

    #[inline(always)]
    fn or(self, other: Self) -> Self {
        // SAFETY: SSE2 is part of x86-64.
        unsafe {
            Self(
                _mm_or_si128(self.0, other.0),
                _mm_or_si128(self.1, other.1),
                _mm_or_si128(self.2, other.2),
                _mm_or_si128(self.3, other.3),
            )
        }
    }

    #[inline(always)]
    fn bits(self) -> u64 {
        // SAFETY: SSE2 is part of x86-64.
        let [a, b, c, d] = unsafe {
            [
                _mm_movemask_epi8(self.0),
                _mm_movemask_epi8(self.1),
                _mm_movemask_epi8(self.2),
                _mm_movemask_epi8(self.3),
            ]
        };
        a as u64 | (b as u64) << 16 | (c as u64) << 32 | (d as u64) << 48
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
        let bytes = window.as_ptr().cast::<__m256i>();
        // SAFETY: the loads read the 64 bytes, and need no alignment. The processor has AVX2, or there would be no `self`.
        Masks::of(unsafe {
            Registers256(_mm256_loadu_si256(bytes), _mm256_loadu_si256(bytes.add(1)))
        })
    }
}

/// Only made of an [`Avx2`].
///
/// No closures and no calls that are not always inlined, here and above: they are compiled without AVX2, and would then call each
/// instruction as a function. Measured: a quarter of the speed.
#[derive(Clone, Copy)]
struct Registers256(__m256i, __m256i);

impl Vectors for Registers256 {
    #[inline(always)]
    fn equal(self, byte: u8) -> Self {
        // SAFETY: the processor has AVX2, or there would be no `self`.
        unsafe {
            let byte = _mm256_set1_epi8(byte as i8);
            Self(
                _mm256_cmpeq_epi8(self.0, byte),
                _mm256_cmpeq_epi8(self.1, byte),
            )
        }
    }

    #[inline(always)]
    fn within(self, first: u8, last: u8) -> Self {
        // SAFETY: the processor has AVX2, or there would be no `self`.
        unsafe {
            let first_byte = _mm256_set1_epi8(first as i8);
            let most = _mm256_set1_epi8((last - first) as i8);
            let a = _mm256_sub_epi8(self.0, first_byte);
            let b = _mm256_sub_epi8(self.1, first_byte);
            Self(
                _mm256_cmpeq_epi8(_mm256_min_epu8(a, most), a),
                _mm256_cmpeq_epi8(_mm256_min_epu8(b, most), b),
            )
        }
    }

    #[inline(always)]
    fn or(self, other: Self) -> Self {
        // SAFETY: the processor has AVX2, or there would be no `self`.
        unsafe {
            Self(
                _mm256_or_si256(self.0, other.0),
                _mm256_or_si256(self.1, other.1),
            )
        }
    }

    #[inline(always)]
    fn bits(self) -> u64 {
        // SAFETY: the processor has AVX2, or there would be no `self`.
        let (a, b) = unsafe {
            (
                _mm256_movemask_epi8(self.0) as u32,
                _mm256_movemask_epi8(self.1) as u32,
            )
        };
        u64::from(a) | u64::from(b) << 32
    }
}

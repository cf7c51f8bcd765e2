//! The classes of the bytes of a window, as one bit mask a class.

use super::WINDOW;

/// The bytes of a window by class, first byte in the lowest bit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Masks {
    pub upper: u64,
    pub lower: u64,
    pub digit: u64,
    pub space: u64,
    /// Any ASCII white space.
    pub white: u64,
    /// CR and LF.
    pub newline: u64,
    pub slash: u64,
    pub apostrophe: u64,
    /// No ASCII.
    pub high: u64,
}

/// A way to tell the classes of 64 bytes.
pub trait Classify: Copy {
    /// The masks of a window; `None` if telling them would take longer than the exact path takes for the pieces.
    fn masks(self, window: &[u8; WINDOW]) -> Option<Masks>;
}

/// What every processor of the target has.
#[derive(Clone, Copy)]
pub struct Baseline;

#[cfg(not(target_arch = "x86_64"))]
impl Classify for Baseline {
    fn masks(self, _: &[u8; WINDOW]) -> Option<Masks> {
        None
    }
}

#[cfg(target_arch = "x86_64")]
pub use x86::Avx2;

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    use super::{Baseline, Classify, Masks, WINDOW};

    /// 16 bytes at a time with SSE2.
    impl Classify for Baseline {
        #[inline(always)]
        fn masks(self, window: &[u8; WINDOW]) -> Option<Masks> {
            let mut masks = Masks::default();
            for (index, bytes) in window.chunks_exact(16).enumerate() {
                debug_assert_eq!(bytes.len(), 16);
                // SAFETY: SSE2 is part of x86-64, and `bytes` has the 16 bytes that are loaded, which need no alignment.
                unsafe { masks.add_sse2(_mm_loadu_si128(bytes.as_ptr().cast()), 16 * index) };
            }
            Some(masks)
        }
    }

    /// Shows that the processor has AVX2 and the bit manipulation instructions, by being there.
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

    /// 32 bytes at a time.
    impl Classify for Avx2 {
        #[inline(always)]
        fn masks(self, window: &[u8; WINDOW]) -> Option<Masks> {
            let mut masks = Masks::default();
            debug_assert!(Self::detected().is_some());
            for (index, bytes) in window.chunks_exact(32).enumerate() {
                debug_assert_eq!(bytes.len(), 32);
                // SAFETY: the processor has AVX2, or there would be no `self`; `bytes` has the 32 bytes that are loaded, which need no
                // alignment.
                unsafe { masks.add_avx2(_mm256_loadu_si256(bytes.as_ptr().cast()), 32 * index) };
            }
            Some(masks)
        }
    }

    impl Masks {
        #[inline]
        #[target_feature(enable = "sse2")]
        fn add_sse2(&mut self, bytes: __m128i, shift: usize) {
            let bits = |mask| u64::from(_mm_movemask_epi8(mask) as u32) << shift;
            let equal = |byte: u8| _mm_cmpeq_epi8(bytes, _mm_set1_epi8(byte as i8));
            // Bytes from `first` to `last`: what is further from `first` is more than their distance, as unsigned numbers.
            let range = |first: u8, last: u8| {
                let moved = _mm_sub_epi8(bytes, _mm_set1_epi8(first as i8));
                _mm_cmpeq_epi8(
                    _mm_min_epu8(moved, _mm_set1_epi8((last - first) as i8)),
                    moved,
                )
            };
            let space = equal(b' ');
            self.upper |= bits(range(b'A', b'Z'));
            self.lower |= bits(range(b'a', b'z'));
            self.digit |= bits(range(b'0', b'9'));
            self.space |= bits(space);
            self.white |= bits(_mm_or_si128(space, range(b'\t', b'\r')));
            self.newline |= bits(_mm_or_si128(equal(b'\n'), equal(b'\r')));
            self.slash |= bits(equal(b'/'));
            self.apostrophe |= bits(equal(b'\''));
            self.high |= bits(bytes);
        }

        /// The same, twice as wide.
        #[inline]
        #[target_feature(enable = "avx2")]
        fn add_avx2(&mut self, bytes: __m256i, shift: usize) {
            let bits = |mask| u64::from(_mm256_movemask_epi8(mask) as u32) << shift;
            let equal = |byte: u8| _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(byte as i8));
            let range = |first: u8, last: u8| {
                let moved = _mm256_sub_epi8(bytes, _mm256_set1_epi8(first as i8));
                _mm256_cmpeq_epi8(
                    _mm256_min_epu8(moved, _mm256_set1_epi8((last - first) as i8)),
                    moved,
                )
            };
            let space = equal(b' ');
            self.upper |= bits(range(b'A', b'Z'));
            self.lower |= bits(range(b'a', b'z'));
            self.digit |= bits(range(b'0', b'9'));
            self.space |= bits(space);
            self.white |= bits(_mm256_or_si256(space, range(b'\t', b'\r')));
            self.newline |= bits(_mm256_or_si256(equal(b'\n'), equal(b'\r')));
            self.slash |= bits(equal(b'/'));
            self.apostrophe |= bits(equal(b'\''));
            self.high |= bits(bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The definition.
    fn one_by_one(window: &[u8; WINDOW]) -> Masks {
        let mask = |class: fn(u8) -> bool| {
            (0..)
                .zip(window)
                .fold(0, |mask, (at, &byte)| mask | u64::from(class(byte)) << at)
        };
        Masks {
            upper: mask(|byte| byte.is_ascii_uppercase()),
            lower: mask(|byte| byte.is_ascii_lowercase()),
            digit: mask(|byte| byte.is_ascii_digit()),
            space: mask(|byte| byte == b' '),
            white: mask(|byte| matches!(byte, b'\t'..=b'\r' | b' ')),
            newline: mask(|byte| matches!(byte, b'\n' | b'\r')),
            slash: mask(|byte| byte == b'/'),
            apostrophe: mask(|byte| byte == b'\''),
            high: mask(|byte| byte >= 0x80),
        }
    }

    fn check(window: &[u8; WINDOW], classify: impl Classify) -> Result<(), TestCaseError> {
        if let Some(masks) = classify.masks(window) {
            prop_assert_eq!(masks, one_by_one(window));
        }
        Ok(())
    }

    proptest! {
        #[test]
        fn vectors_tell_the_classes(bytes in proptest::array::uniform32(any::<u8>()), more in proptest::array::uniform32(any::<u8>())) {
            let mut window = [0; WINDOW];
            window[..32].copy_from_slice(&bytes);
            window[32..].copy_from_slice(&more);
            check(&window, Baseline)?;
            #[cfg(target_arch = "x86_64")]
            if let Some(avx2) = Avx2::detected() {
                check(&window, avx2)?;
            }
        }
    }
}

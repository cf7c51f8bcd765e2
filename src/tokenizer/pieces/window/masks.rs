//! The classes of the bytes of a window, as one bit mask per class.

mod vectors;
// Its tests run on every processor.
#[cfg_attr(
    any(
        target_arch = "aarch64",
        all(target_arch = "wasm32", target_feature = "simd128"),
        target_arch = "x86_64"
    ),
    allow(dead_code)
)]
mod words;

use super::WINDOW;
use vectors::Vectors;

#[cfg(target_arch = "x86_64")]
pub use vectors::Avx2;
pub use vectors::Baseline;

/// The bytes of a window by class, first byte in the lowest bit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Masks {
    pub upper: u64,
    pub lower: u64,
    pub digit: u64,
    pub space: u64,
    /// Any ASCII whitespace.
    pub white: u64,
    /// CR and LF.
    pub newline: u64,
    pub slash: u64,
    pub apostrophe: u64,
    /// Not ASCII.
    pub high: u64,
}

impl Masks {
    #[inline(always)]
    fn of(window: impl Vectors) -> Self {
        let space = window.equal(b' ');
        let newline = window.equal(b'\n').or(window.equal(b'\r'));
        Self {
            upper: window.within(b'A', b'Z').bits(),
            lower: window.within(b'a', b'z').bits(),
            digit: window.within(b'0', b'9').bits(),
            space: space.bits(),
            white: space.or(window.within(b'\t', b'\r')).bits(),
            newline: newline.bits(),
            slash: window.equal(b'/').bits(),
            apostrophe: window.equal(b'\'').bits(),
            high: window.bits(),
        }
    }
}

/// A set of instructions that finds the classes of 64 bytes.
pub trait Classify: Copy {
    /// The masks of a window.
    fn masks(self, window: &[u8; WINDOW]) -> Masks;
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

    fn check(window: &[u8; WINDOW]) {
        let wanted = one_by_one(window);
        assert_eq!(Baseline.masks(window), wanted, "baseline, {window:?}");
        assert_eq!(words::Words.masks(window), wanted, "words, {window:?}");
        #[cfg(target_arch = "x86_64")]
        if let Some(avx2) = Avx2::detected() {
            assert_eq!(avx2.masks(window), wanted, "AVX2, {window:?}");
        }
    }

    #[test]
    fn every_byte_has_its_classes_at_every_position() {
        for byte in 0..=u8::MAX {
            check(&[byte; WINDOW]);
            for at in 0..WINDOW {
                let mut window = [b'~'; WINDOW];
                window[at] = byte;
                check(&window);
            }
        }
    }

    proptest! {
        /// Words carry from byte to byte if they are wrong, so neighbours matter.
        #[test]
        fn windows_of_any_bytes_have_their_classes(bytes in proptest::collection::vec(any::<u8>(), WINDOW)) {
            check(bytes[..].first_chunk().expect("the length of a window"));
        }
    }
}

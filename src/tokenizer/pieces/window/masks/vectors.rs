//! The instructions that compare many bytes at once: one file per processor, each tested against the definition.

use super::{Classify, Masks, WINDOW};

/// A window in vector registers. What compares it returns 0xFF in each byte that matches, and 0 in all others.
pub trait Vectors: Copy {
    /// Bytes that equal `byte`.
    fn equal(self, byte: u8) -> Self;

    /// Bytes from `first` to `last`.
    fn within(self, first: u8, last: u8) -> Self;

    /// Bytes that match either of two.
    fn or(self, other: Self) -> Self;

    /// The highest bit of each byte, of the first byte in the lowest bit.
    fn bits(self) -> u64;
}

#[cfg(target_arch = "aarch64")]
mod neon;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod simd128;
#[cfg(target_arch = "x86_64")]
mod x86;

#[cfg(target_arch = "x86_64")]
pub use x86::Avx2;

// What every processor of the target has.
#[cfg(not(any(
    target_arch = "aarch64",
    all(target_arch = "wasm32", target_feature = "simd128"),
    target_arch = "x86_64"
)))]
pub use super::words::Words as Baseline;
#[cfg(target_arch = "aarch64")]
pub use neon::Neon as Baseline;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
pub use simd128::Simd128 as Baseline;
#[cfg(target_arch = "x86_64")]
pub use x86::Sse2 as Baseline;

//! The tables of the vocabulary, as the build script names them.
//!
//! They are part of the program's read-only data, so that loading them costs nothing. With the feature `compact-tables` they are
//! computed from a seed when the tokenizer is first asked for, or when they are first needed: 1.5 MB of program instead of 10.6.

use super::layout::PieceLine;

#[cfg(not(feature = "compact-tables"))]
macro_rules! table {
    ($name:ident: [$item:ty; $len:literal] = $file:literal) => {
        // SAFETY: the file has exactly the size of the array, or this would not compile; the items are plain integers (or structs of
        // them without padding), for which any bytes are valid; the build script writes them in the byte order of the target.
        #[allow(clippy::useless_transmute)] // some tables are bytes
        pub static $name: [$item; $len] =
            unsafe { std::mem::transmute(*include_bytes!(concat!(env!("OUT_DIR"), "/", $file))) };
    };
}

#[cfg(feature = "compact-tables")]
macro_rules! table {
    ($name:ident: [$item:ty; $len:literal] = $file:literal) => {
        // SAFETY: the items are plain integers, or structs of them, for which zero is valid.
        pub static $name: late::Late<[$item; $len]> =
            late::Late::new(unsafe { std::mem::zeroed() });
    };
}

include!(concat!(env!("OUT_DIR"), "/tables.rs"));

#[cfg(feature = "compact-tables")]
mod late;
#[cfg(feature = "compact-tables")]
mod load;
#[cfg(feature = "compact-tables")]
mod seed;

#[cfg(feature = "external-tables")]
pub use load::from_seed;
#[cfg(feature = "compact-tables")]
pub use load::{ensure, ensure_pieces, ensure_tokens};
#[cfg(feature = "external-tables")]
pub use seed::SeedError;

/// Whether pieces are looked up among the tokens before they are merged from their bytes, with the same result.
///
/// Not where the tables of pieces would have to be computed, which takes longer than merging what texts of megabytes have. Measured in
/// WebAssembly: a mebibyte is encoded 1.2 times as fast for the first time, and 15 MB of five kinds of text again and again at the same speed.
pub const HAS_PIECES: bool = cfg!(not(feature = "compact-tables"));

/// Sees to it that the tables can be read; those of the functions below, once these were called.
#[cfg(not(feature = "compact-tables"))]
#[inline(always)]
pub fn ensure() {}

/// Sees to it that the bytes of all tokens can be read.
#[cfg(not(feature = "compact-tables"))]
#[inline(always)]
pub fn ensure_tokens() {}

/// Sees to it that all pieces can be looked up.
#[cfg(not(feature = "compact-tables"))]
#[inline(always)]
pub fn ensure_pieces() {}

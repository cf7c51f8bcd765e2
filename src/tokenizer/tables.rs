//! The tables of the vocabulary, as the build script names them.
//!
//! They are part of the program's read-only data, so that loading them costs nothing. With the feature `compact-tables` they are
//! computed from a seed when the tokenizer is first asked for, or in parts when they are needed: 1.5 MB of program instead of 10.6.

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
pub use load::{ensure, ensure_pieces, ensure_tokens, merged};
#[cfg(feature = "external-tables")]
pub use seed::SeedError;

/// Sees to it that the tables can be read; those of the functions below, that they can be added to.
#[cfg(not(feature = "compact-tables"))]
#[inline(always)]
pub fn ensure() {}

/// Sees to it that the bytes of all tokens can be read.
#[cfg(not(feature = "compact-tables"))]
#[inline(always)]
pub fn ensure_tokens() {}

/// Sees to it that all pieces can be looked up. Before, some that are tokens may not be found, and are merged from their bytes.
#[cfg(not(feature = "compact-tables"))]
#[inline(always)]
pub fn ensure_pieces() {}

/// Takes note that so many pieces were merged, and adds tokens to the tables from time to time.
#[cfg(not(feature = "compact-tables"))]
#[inline(always)]
pub fn merged(_count: usize) {}

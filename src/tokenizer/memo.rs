//! What pieces were encoded to.

mod table;

pub use table::{Cache, INLINE};

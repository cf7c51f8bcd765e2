//! Text to pieces, each with the key under which it is looked up.

mod batch;
mod cut;
mod key;
pub(super) mod split;
mod window;

pub use batch::{Batch, Homes, Piece, BATCH};
#[cfg(feature = "compact-tables")]
pub use key::key_of_short;
#[cfg(any(test, feature = "compact-tables"))]
pub use key::words_at;
pub use key::{Seed, LONGEST};

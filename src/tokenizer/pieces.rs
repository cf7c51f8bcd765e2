//! Text to pieces, each with the key under which it is looked up.

mod batch;
mod cut;
pub(super) mod split;
mod window;

pub use batch::{Batch, Piece, BATCH, LONGEST};

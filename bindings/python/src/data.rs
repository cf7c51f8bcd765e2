//! Data sets: the native half of `openai_harmony.data`.
//!
//! Columns are filled by Rust once, and seen by Python through memoryviews and the Arrow C data interface.

mod arrow;
mod buffer;
mod column;
mod interrupt;
mod rows;
mod table;

pub use column::PyColumn;
pub use table::{prepare, PyTable};

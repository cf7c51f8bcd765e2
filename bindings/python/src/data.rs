//! Data sets: the native half of `openai_harmony.data`.
//!
//! Columns are filled by Rust once, and seen by Python through memoryviews and the Arrow C data interface.

mod arrow;
mod batch;
mod buffer;
mod column;
mod interrupt;
mod rows;
mod table;

pub use batch::{decode, encode, merge_rollouts, pack_plan, parse_batch};
pub use column::PyColumn;
pub use table::{detect_form, prepare, PyTable};

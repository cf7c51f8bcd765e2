//! The Chat Completions API.

mod job;

pub use job::ChatJob;

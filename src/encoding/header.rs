//! The header of a message, in both directions.

pub(crate) mod write;

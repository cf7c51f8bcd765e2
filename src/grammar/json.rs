//! Reads JSON character by character and refuses at once what does not fit the schema.

mod frames;
mod program;
mod reader;
mod utf8;

pub(super) use program::Program;
pub(super) use reader::Reader;

//! JSON into a buffer.

use std::io::Write;

use serde::Serialize;

/// Appends a value as JSON, as short as possible.
pub(super) fn write_json<T: Serialize + ?Sized>(into: &mut Vec<u8>, value: &T) {
    // OK to ignore: writing to a vector does not fail, and what the API writes has string keys only.
    let _ = serde_json::to_writer(into, value);
}

/// Appends a number.
pub(super) fn write_number(into: &mut Vec<u8>, number: u64) {
    // OK to ignore: writing to a vector does not fail.
    let _ = write!(into, "{number}");
}

//! The buffers into which JavaScript writes its arguments.
//!
//! A call takes the buffer, so that a function that the call asks of JavaScript may make calls of its own.

use std::cell::RefCell;

use serde::de::DeserializeOwned;

use crate::failure::Failure;

thread_local! {
    static BYTES: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    static IDS: RefCell<Vec<u32>> = const { RefCell::new(Vec::new()) };
}

/// Larger buffers are dropped after the call.
const KEPT: usize = 1 << 20;

/// The address of room for `length` bytes. What is there already stays, so that JavaScript may ask for more.
#[no_mangle]
pub extern "C" fn bytes_room(length: usize) -> *mut u8 {
    BYTES.with_borrow_mut(|bytes| {
        if bytes.len() < length {
            // Zeroed all at once: `resize` would write each byte, 3 ms for the vocabulary.
            let mut larger = vec![0; length.max(2 * bytes.len())];
            larger[..bytes.len()].copy_from_slice(bytes);
            *bytes = larger;
        }
        bytes.as_mut_ptr()
    })
}

/// The address of room for `length` token ids.
#[no_mangle]
pub extern "C" fn ids_room(length: usize) -> *mut u32 {
    IDS.with_borrow_mut(|ids| {
        if ids.len() < length {
            ids.resize(length, 0);
        }
        ids.as_mut_ptr()
    })
}

/// The first `length` bytes of the buffer, to be kept.
#[cfg(feature = "tokens")]
pub fn take_bytes(length: usize) -> Vec<u8> {
    let mut bytes = BYTES.take();
    bytes.truncate(length);
    bytes
}

/// Runs `work` on the first `length` bytes of the buffer.
pub fn with_bytes<T>(length: usize, work: impl FnOnce(&[u8]) -> T) -> T {
    let bytes = BYTES.take();
    let result = work(bytes.get(..length).unwrap_or_default());
    if bytes.len() <= KEPT {
        BYTES.set(bytes);
    }
    result
}

/// Runs `work` on the first `length` bytes of the buffer, which are text.
pub fn with_text<T>(
    length: usize,
    work: impl FnOnce(&str) -> Result<T, Failure>,
) -> Result<T, Failure> {
    with_bytes(length, |bytes| {
        work(std::str::from_utf8(bytes).map_err(Failure::invalid_input)?)
    })
}

/// Runs `work` on the first `length` token ids of the buffer.
pub fn with_ids<T>(length: usize, work: impl FnOnce(&[u32]) -> T) -> T {
    let ids = IDS.take();
    let result = work(ids.get(..length).unwrap_or_default());
    if ids.len() <= KEPT / size_of::<u32>() {
        IDS.set(ids);
    }
    result
}

/// The value that the first `length` bytes of the buffer are as JSON.
pub fn read<T: DeserializeOwned>(length: usize) -> Result<T, Failure> {
    with_bytes(length, |bytes| {
        serde_json::from_slice(bytes).map_err(Failure::invalid_input)
    })
}

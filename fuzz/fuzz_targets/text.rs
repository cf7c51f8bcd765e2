//! Any text in any chunks, parsed leniently.

#![no_main]

#[path = "../../tests/rust/promises/mod.rs"]
mod promises;

libfuzzer_sys::fuzz_target!(|data: &[u8]| promises::text(data));

//! The names of the special tokens.
//!
//! This file is compiled into the build script and into the library, so that the names are listed once.

use std::borrow::Cow;
use std::ops::Range;

/// The ids of all special tokens. Ordinary ones are below.
pub const IDS: Range<u32> = 199_998..201_089;

/// Special tokens with a name of their own; all others are called `<|reserved_ID|>`.
pub const NAMED: [(&str, u32); 9] = [
    ("<|startoftext|>", 199_998),
    ("<|endoftext|>", 199_999),
    ("<|return|>", 200_002),
    ("<|constrain|>", 200_003),
    ("<|channel|>", 200_005),
    ("<|start|>", 200_006),
    ("<|end|>", 200_007),
    ("<|message|>", 200_008),
    ("<|call|>", 200_012),
];

/// The name of the special token with this id.
#[allow(dead_code)] // the library reads names from the tables, where it does not compute them
pub fn name(id: u32) -> Cow<'static, str> {
    match NAMED.iter().find(|(_, named)| *named == id) {
        Some((name, _)) => (*name).into(),
        None => format!("<|reserved_{id}|>").into(),
    }
}

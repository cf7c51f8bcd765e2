//! The special tokens of the vocabulary: the one list of their names and ids.
//!
//! This file is compiled into the build script as well, which writes the names beside the bytes of the other tokens.

use std::borrow::Cow;

/// A special token with a name of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Named {
    pub id: u32,
    pub text: &'static str,
}

const fn named(id: u32, text: &'static str) -> Named {
    Named { id, text }
}

pub const START_OF_TEXT: Named = named(199_998, "<|startoftext|>");
pub const END_OF_TEXT: Named = named(199_999, "<|endoftext|>");
pub const RETURN: Named = named(200_002, "<|return|>");
pub const CONSTRAIN: Named = named(200_003, "<|constrain|>");
pub const CHANNEL: Named = named(200_005, "<|channel|>");
pub const START: Named = named(200_006, "<|start|>");
pub const END: Named = named(200_007, "<|end|>");
pub const MESSAGE: Named = named(200_008, "<|message|>");
pub const CALL: Named = named(200_012, "<|call|>");

/// All that have a name of their own. The others are called `<|reserved_ID|>`.
pub const NAMED: [Named; 9] = [
    START_OF_TEXT,
    END_OF_TEXT,
    RETURN,
    CONSTRAIN,
    CHANNEL,
    START,
    END,
    MESSAGE,
    CALL,
];

/// What the names of all others begin with.
pub const RESERVED: &str = "<|reserved_";

/// The ids of all special tokens; ordinary ones are below.
pub const IDS: std::ops::Range<u32> = 199_998..201_089;

/// Decimal digits of each of these ids.
pub const DIGITS: usize = 6;

/// Bytes of the longest name, `<|reserved_199998|>` and its like.
pub const LONGEST: usize = RESERVED.len() + DIGITS + "|>".len();

/// The name of the special token with this id.
#[allow(dead_code)] // the library reads names from the tables, where it does not compute them
pub fn name(id: u32) -> Cow<'static, str> {
    match NAMED.iter().find(|named| named.id == id) {
        Some(named) => named.text.into(),
        None => format!("{RESERVED}{id}|>").into(),
    }
}

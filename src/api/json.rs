//! JSON into a buffer.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

/// Appends a value as JSON, as short as possible, in which no character is a line break to anyone.
///
/// Readers of server-sent events that split text as Unicode does, as Python's `str.splitlines`, would break an event at
/// U+0085, U+2028 and U+2029; so these are escaped. The ASCII ones are escaped in any JSON.
pub(super) fn write_json<T: Serialize + ?Sized>(into: &mut Vec<u8>, value: &T) {
    // OK to ignore: writing to a vector does not fail, and what the API writes has string keys only.
    let _ = value.serialize(&mut Serializer::with_formatter(into, OneLine));
}

struct OneLine;

impl Formatter for OneLine {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        if fragment.is_ascii() {
            return writer.write_all(fragment.as_bytes());
        }
        let mut rest = fragment;
        while let Some(at) = rest.find(['\u{85}', '\u{2028}', '\u{2029}']) {
            let (before, from) = rest.split_at(at);
            writer.write_all(before.as_bytes())?;
            let mut characters = from.chars();
            // OK because `find` has found one there.
            let found = characters.next().map_or(0, u32::from);
            write!(writer, "\\u{found:04x}")?;
            rest = characters.as_str();
        }
        writer.write_all(rest.as_bytes())
    }
}

/// Appends a number.
pub(super) fn write_number(into: &mut Vec<u8>, number: u64) {
    // OK to ignore: writing to a vector does not fail.
    let _ = write!(into, "{number}");
}

#[cfg(test)]
mod tests {
    use super::write_json;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_text_stays_on_one_line_and_is_read_back(text in "[a\\n\\u{85}é\\u{2028}\\u{2029}\"]{0,20}") {
            let mut json = Vec::new();
            write_json(&mut json, &text);
            let json = String::from_utf8(json).unwrap();
            let breaks = ['\n', '\u{85}', '\u{2028}', '\u{2029}'];
            prop_assert!(!json.contains(breaks));
            prop_assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
        }
    }
}

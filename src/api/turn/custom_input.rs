//! The input of a custom tool, taken out of the JSON in which the model writes it.

use serde::{Deserialize, Serialize};

/// Takes the string out of `{"input": string}` while it is being written.
///
/// Anything that begins otherwise passes as it is. The text of the string is never taken back: if something else than
/// the closing brace follows it, that passes as it is, too.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
pub(super) struct CustomInput {
    state: State,
    /// What was read and not passed on: the beginning, an escape, or the end.
    held: String,
    /// The first half of a surrogate pair.
    high: Option<u16>,
}

#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Before the string: how many characters of [`OPENING`] came.
    Opening(usize),
    Text,
    Escape,
    /// After the string.
    Closing {
        brace: bool,
    },
    /// It is something else.
    Verbatim,
}

/// What precedes the string. Whitespace is allowed between its parts, but not in the key.
const OPENING: &[u8] = br#"{"input":""#;
const KEY: std::ops::Range<usize> = 2..8;

impl CustomInput {
    pub fn new() -> Self {
        Self {
            state: State::Opening(0),
            held: String::new(),
            high: None,
        }
    }

    pub fn push(&mut self, text: &str, out: &mut String) {
        for (at, character) in text.char_indices() {
            if self.state == State::Verbatim {
                return out.push_str(&text[at..]);
            }
            self.step(character, out);
        }
    }

    /// No more text comes. Returns whether it was a whole `{"input": string}`.
    pub fn finish(&mut self, out: &mut String) -> bool {
        match self.state {
            State::Opening(_) if self.held.trim().is_empty() => {}
            State::Opening(_) => out.push_str(&self.held),
            // Half an escape is not text.
            State::Text | State::Escape => self.drop_half_pair(out),
            State::Closing { .. } | State::Verbatim => {}
        }
        self.held.clear();
        self.state == State::Closing { brace: true }
    }

    fn step(&mut self, character: char, out: &mut String) {
        match self.state {
            State::Opening(done) => self.open(done, character, out),
            State::Text => self.read(character, out),
            State::Escape => {
                self.held.push(character);
                self.unescape(out);
            }
            State::Closing { brace } => {
                self.held.push(character);
                match character {
                    '}' if !brace => self.state = State::Closing { brace: true },
                    _ if is_whitespace(character) => {}
                    _ => self.pass_verbatim(out),
                }
            }
            State::Verbatim => out.push(character),
        }
    }

    fn open(&mut self, done: usize, character: char, out: &mut String) {
        self.held.push(character);
        if OPENING
            .get(done)
            .is_some_and(|byte| char::from(*byte) == character)
        {
            self.state = State::Opening(done + 1);
            if done + 1 == OPENING.len() {
                self.state = State::Text;
                self.held.clear();
            }
        } else if !is_whitespace(character) || KEY.contains(&done) {
            self.pass_verbatim(out);
        }
    }

    fn read(&mut self, character: char, out: &mut String) {
        match character {
            '\\' => {
                self.state = State::Escape;
                self.held.push(character);
            }
            '"' => {
                self.drop_half_pair(out);
                self.state = State::Closing { brace: false };
                self.held.push(character);
            }
            _ => {
                self.drop_half_pair(out);
                out.push(character);
            }
        }
    }

    /// Reads the escape in `held`, if it is complete.
    fn unescape(&mut self, out: &mut String) {
        let escape = self.held.as_str();
        let character = match escape.as_bytes() {
            [_, b'u', digits @ ..] => match unit(digits) {
                Digits::Missing => return,
                Digits::Unit(unit) => return self.take_unit(unit, out),
                Digits::Wrong => return self.keep_escape(out),
            },
            [_, b'n'] => '\n',
            [_, b't'] => '\t',
            [_, b'r'] => '\r',
            [_, b'b'] => '\u{8}',
            [_, b'f'] => '\u{c}',
            [_, other @ (b'"' | b'\\' | b'/')] => char::from(*other),
            _ => return self.keep_escape(out),
        };
        self.drop_half_pair(out);
        out.push(character);
        self.end_escape();
    }

    fn take_unit(&mut self, unit: u16, out: &mut String) {
        let units: Vec<u16> = self.high.take().into_iter().chain([unit]).collect();
        if (0xD800..0xDC00).contains(&unit) {
            out.extend(
                units[..units.len() - 1]
                    .iter()
                    .map(|_| char::REPLACEMENT_CHARACTER),
            );
            self.high = Some(unit);
        } else {
            out.push_str(&String::from_utf16_lossy(&units));
        }
        self.end_escape();
    }

    /// JSON has no such escape: it passes as it is.
    fn keep_escape(&mut self, out: &mut String) {
        self.drop_half_pair(out);
        out.push_str(&self.held);
        self.end_escape();
    }

    fn end_escape(&mut self) {
        self.held.clear();
        self.state = State::Text;
    }

    fn drop_half_pair(&mut self, out: &mut String) {
        if self.high.take().is_some() {
            out.push(char::REPLACEMENT_CHARACTER);
        }
    }

    fn pass_verbatim(&mut self, out: &mut String) {
        out.push_str(&self.held);
        self.held.clear();
        self.state = State::Verbatim;
    }
}

enum Digits {
    Missing,
    Unit(u16),
    Wrong,
}

fn unit(digits: &[u8]) -> Digits {
    if !digits.iter().all(u8::is_ascii_hexdigit) {
        return Digits::Wrong;
    }
    if digits.len() < 4 {
        return Digits::Missing;
    }
    let value = digits.iter().fold(0, |value, digit| {
        // OK because every digit is a hexadecimal one.
        value << 4 | char::from(*digit).to_digit(16).unwrap_or(0)
    });
    u16::try_from(value).map_or(Digits::Wrong, Digits::Unit)
}

/// Whitespace as JSON has it.
fn is_whitespace(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n' | '\r')
}

#[cfg(test)]
mod tests {
    use super::CustomInput;
    use proptest::prelude::*;

    fn unwrapped(text: &str, size: usize) -> (String, bool) {
        let (mut input, mut out) = (CustomInput::new(), String::new());
        let characters: Vec<char> = text.chars().collect();
        for piece in characters.chunks(size) {
            input.push(&piece.iter().collect::<String>(), &mut out);
        }
        let whole = input.finish(&mut out);
        (out, whole)
    }

    proptest! {
        /// What serde_json writes and reads is the oracle.
        #[test]
        fn any_string_is_unwrapped_however_it_is_cut(input in any::<String>(), size in 1usize..6, pretty: bool) {
            let object = serde_json::json!({ "input": &input });
            let text = if pretty { serde_json::to_string_pretty(&object) } else { serde_json::to_string(&object) };
            prop_assert_eq!(unwrapped(&text.unwrap(), size), (input, true));
        }

        /// Escapes of every kind, the pairs of Unicode's upper planes among them.
        #[test]
        fn escapes_are_read_as_json_reads_them(
            parts in prop::collection::vec(prop_oneof![
                any::<char>().prop_map(|c| {
                    let mut units = [0; 2];
                    c.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")).collect()
                }),
                prop::sample::select(vec!["\\n", "\\\"", "\\\\", "\\/", "\\b", "\\f", "\\r", "\\t", "x"]).prop_map(str::to_owned),
            ], 0..12),
            size in 1usize..6,
        ) {
            let text = format!("{{\"input\": \"{}\"}}", parts.concat());
            let object: serde_json::Value = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(unwrapped(&text, size), (object["input"].as_str().unwrap().to_owned(), true));
        }
    }

    #[test]
    fn anything_else_passes_as_it_is() {
        for text in [
            "print(1)",
            "{\"input\": 3}",
            "{\"inputs\": \"a\"}",
            "{\"in put\": \"a\"}",
            "[]",
            "{\"input\"",
        ] {
            for size in [1, 3, 100] {
                assert_eq!(unwrapped(text, size), (text.to_owned(), false), "{text}");
            }
        }
        // The string is not taken back.
        assert_eq!(
            unwrapped("{\"input\": \"a\", \"b\": 1}", 2),
            ("a\", \"b\": 1}".to_owned(), false)
        );
        assert_eq!(
            unwrapped("{\"input\": \"a\\qb\"}", 2),
            ("a\\qb".to_owned(), true)
        );
        assert_eq!(
            unwrapped("{\"input\": \"\\ud83dx\"}", 1),
            ("\u{FFFD}x".to_owned(), true)
        );
    }

    #[test]
    fn what_is_cut_off_keeps_its_text() {
        assert_eq!(unwrapped("{\"input\": \"a\\", 1), ("a".to_owned(), false));
        assert_eq!(unwrapped("  ", 1), (String::new(), false));
    }
}

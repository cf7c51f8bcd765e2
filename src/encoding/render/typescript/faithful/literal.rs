//! Text of a schema as TypeScript tokens, from which it cannot break out.

use std::borrow::Cow;

use serde_json::Value;

use super::super::json::compact_json;
use super::MAX_DEPTH;

/// What ends a line, and with it a comment: TypeScript's four, and three more for good measure.
const LINE_BREAKS: [char; 7] = [
    '\n', '\r', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}',
];

/// `value` as JSON on one line: a TypeScript literal type as well.
pub(super) fn literal(value: &Value) -> String {
    let json = compact_json(value, MAX_DEPTH);
    if !json.contains(LINE_BREAKS) {
        return json;
    }
    // JSON has escaped the ASCII ones; the others can only be inside a string.
    json.chars()
        .fold(String::with_capacity(json.len()), |mut safe, letter| {
            if LINE_BREAKS.contains(&letter) {
                safe.push_str(&format!("\\u{:04x}", u32::from(letter)));
            } else {
                safe.push(letter);
            }
            safe
        })
}

/// `name` as the key of an object type, in quotes where it needs them.
pub(super) fn property_name(name: &str) -> Cow<'_, str> {
    if is_identifier(name) {
        Cow::Borrowed(name)
    } else {
        Cow::Owned(literal(&Value::String(name.to_owned())))
    }
}

/// `pattern` between slashes.
pub(super) fn regular_expression(pattern: &str) -> String {
    let mut out = String::from("/");
    let mut escaped = false;
    for letter in pattern.chars() {
        match letter {
            '/' if !escaped => out.push_str("\\/"),
            letter if LINE_BREAKS.contains(&letter) => {
                // An escaped one already has a backslash in front.
                let lead = if escaped { "" } else { "\\" };
                out.push_str(&format!("{lead}u{:04x}", u32::from(letter)));
            }
            letter => out.push(letter),
        }
        escaped = letter == '\\' && !escaped;
    }
    out.push('/');
    out
}

/// The lines of `text`, the last of them without a line break.
pub(crate) fn lines(text: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(LINE_BREAKS).unwrap_or(rest.len());
        let (line, after) = rest.split_at(end);
        lines.push(line);
        let mut letters = after.chars();
        match letters.next() {
            Some('\r') => rest = after.strip_prefix("\r\n").unwrap_or(letters.as_str()),
            _ => rest = letters.as_str(),
        }
    }
    lines
}

/// Whether `text` can be in a comment without quotes.
pub(super) fn is_plain_line(text: &str) -> bool {
    !text.is_empty()
        && text.trim() == text
        && !text.chars().any(|letter| letter.is_control())
        && !text.contains(LINE_BREAKS)
}

fn is_identifier(name: &str) -> bool {
    let mut letters = name.chars();
    letters.next().is_some_and(is_letter)
        && letters.all(|letter| is_letter(letter) || letter.is_ascii_digit())
}

/// Letters that every TypeScript takes in a name. A few alphabets, not all: quotes are never wrong.
fn is_letter(letter: char) -> bool {
    matches!(letter,
        'a'..='z' | 'A'..='Z' | '_' | '$'
        | '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}' | '\u{f8}'..='\u{24f}' // Latin
        | '\u{410}'..='\u{44f}' // Cyrillic
        | '\u{4e00}'..='\u{9fa5}' // Chinese
        | '\u{ac00}'..='\u{d7a3}' // Korean
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{lines, literal, property_name, regular_expression};

    #[test]
    fn a_literal_has_no_line_break() {
        let cases = [
            (json!("say \"hi\" \\"), r#""say \"hi\" \\""#),
            (json!("a\nb\r\u{2028}c\u{85}"), r#""a\nb\r\u2028c\u0085""#),
            (json!(-2.5), "-2.5"),
            (json!({"k": [null, true]}), r#"{"k":[null,true]}"#),
        ];
        for (value, text) in cases {
            assert_eq!(literal(&value), text);
        }
    }

    #[test]
    fn a_name_has_quotes_where_it_needs_them() {
        let cases = [
            ("plain", "plain"),
            ("$_1", "$_1"),
            ("été", "été"),
            ("1st", "\"1st\""),
            ("with-dash", "\"with-dash\""),
            ("", "\"\""),
            ("a: string, }) => any; //", "\"a: string, }) => any; //\""),
            ("a\u{2029}b", "\"a\\u2029b\""),
        ];
        for (name, text) in cases {
            assert_eq!(property_name(name), text);
        }
    }

    #[test]
    fn a_pattern_ends_at_its_slash() {
        let cases = [
            (r"^\d+$", r"/^\d+$/"),
            ("a/b", r"/a\/b/"),
            (r"a\/b", r"/a\/b/"),
            (r"\\/", r"/\\\//"),
            ("a\nb", r"/a\u000ab/"),
            ("a\\\nb", r"/a\u000ab/"),
        ];
        for (pattern, text) in cases {
            assert_eq!(regular_expression(pattern), text);
        }
    }

    #[test]
    fn every_kind_of_line_break_ends_a_line() {
        assert_eq!(
            lines("a\nb\r\nc\rd\u{2028}e\u{b}f"),
            ["a", "b", "c", "d", "e", "f"]
        );
        assert_eq!(lines("a\n\nb\n"), ["a", "", "b"]);
        assert_eq!(lines(""), [""; 0]);
    }
}

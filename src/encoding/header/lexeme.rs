//! The header text cut into words and special tokens.

use std::ops::Range;

/// A special token in a text: its id and its range in bytes.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct SpecialSpan {
    pub id: u32,
    pub range: Range<usize>,
}

/// A word or a special token of a header, and its place, in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lexeme {
    pub kind: LexemeKind,
    pub range: Range<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LexemeKind {
    /// A run of characters without whitespace.
    Word,
    /// A special token, by its id.
    Special(u32),
}

/// Cuts `text` at whitespace and around its special tokens, which are given: the same text may have been typed.
pub fn lexemes(text: &str, specials: &[SpecialSpan]) -> Vec<Lexeme> {
    let mut found = Vec::new();
    let mut from = 0;
    for special in specials {
        push_words(text, from..special.range.start, &mut found);
        found.push(Lexeme {
            kind: LexemeKind::Special(special.id),
            range: special.range.clone(),
        });
        from = special.range.end;
    }
    push_words(text, from..text.len(), &mut found);
    found
}

fn push_words(text: &str, range: Range<usize>, found: &mut Vec<Lexeme>) {
    let base = text.as_ptr() as usize;
    for word in text[range].split_whitespace() {
        let start = word.as_ptr() as usize - base;
        found.push(Lexeme {
            kind: LexemeKind::Word,
            range: start..start + word.len(),
        });
    }
}

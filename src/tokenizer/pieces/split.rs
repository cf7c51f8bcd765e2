//! Splits text into pieces: the exact, one-character-at-a-time path.
//!
//! The pattern of o200k, whose first matching alternative makes the piece (U = Lu Lt Lm Lo M, L = Ll Lm Lo M):
//!
//! ```text
//! [^\r\n\p{L}\p{N}]? U* L+ (?i:'s|'t|'re|'ve|'m|'ll|'d)?
//! [^\r\n\p{L}\p{N}]? U+ L* (?i:'s|'t|'re|'ve|'m|'ll|'d)?
//! \p{N}{1,3}
//! ␣?[^\s\p{L}\p{N}]+[\r\n/]*
//! \s*[\r\n]+
//! \s+(?!\S)
//! \s+
//! ```

use crate::tokenizer::{
    layout::class::{BOTH, LOWER, MARK, NEWLINE, NUMBER, OTHER, SPACE, UPPER},
    vocab::class_of,
};

/// Where the piece that begins at `start` ends. `start` is a piece boundary below `text.len()`.
///
/// The pattern never looks back, so a piece depends on nothing before it.
pub fn piece_end(text: &[u8], start: usize) -> usize {
    let (first, next) = class_at(text, start);
    if first & BOTH != 0 {
        // A mark may also precede the word as its "other" character, which gives the same piece.
        return word_end(text, start);
    }
    if first & NUMBER != 0 {
        return number_end(text, next);
    }
    let second = if next < text.len() {
        class_at(text, next).0
    } else {
        0
    };
    if first & (SPACE | OTHER) != 0 && second & BOTH != 0 {
        return word_end(text, next);
    }
    if first & OTHER != 0 || text[start] == b' ' && second & OTHER != 0 {
        return punctuation_end(text, next);
    }
    white_space_end(text, start)
}

/// The class of the character at `at`, and where the next one begins.
#[inline(always)]
fn class_at(text: &[u8], at: usize) -> (u8, usize) {
    let first = text[at];
    if first < 0x80 {
        return (ASCII[first as usize], at + 1);
    }
    let (code_point, len) = decode(&text[at..]);
    (class_of(code_point), at + len)
}

/// The non-ASCII character that valid UTF-8 begins with, and its length in bytes.
#[inline(always)]
pub fn decode(text: &[u8]) -> (u32, usize) {
    let continuation = |at: usize| u32::from(text[at] & 0x3F);
    let lead = u32::from(text[0]);
    match lead {
        0..=0xDF => ((lead & 0x1F) << 6 | continuation(1), 2),
        0xE0..=0xEF => (
            (lead & 0x0F) << 12 | continuation(1) << 6 | continuation(2),
            3,
        ),
        _ => (
            (lead & 0x07) << 18 | continuation(1) << 12 | continuation(2) << 6 | continuation(3),
            4,
        ),
    }
}

static ASCII: [u8; 128] = {
    let mut classes = [OTHER; 128];
    let mut byte = 0;
    while byte < 128 {
        classes[byte] = match byte as u8 {
            b'A'..=b'Z' => UPPER,
            b'a'..=b'z' => LOWER,
            b'0'..=b'9' => NUMBER,
            b'\r' | b'\n' => NEWLINE,
            b'\t' | 0x0B | 0x0C | b' ' => SPACE,
            _ => OTHER,
        };
        byte += 1;
    }
    classes
};

/// `U* L+` or, failing that, `U+ L*`, and the contraction after it. `at` is at a letter or mark.
///
/// `U*` takes all it can. If a lower-case letter follows, `L+` continues there. If not, `U*` gives back until `L+` can have
/// one, so the piece ends after the last character that is of both kinds; and only if there is none is it all upper case.
fn word_end(text: &[u8], start: usize) -> usize {
    let mut at = start;
    let mut after_both = None;
    let mut end = loop {
        if at == text.len() {
            break after_both.unwrap_or(at);
        }
        let (class, next) = class_at(text, at);
        if class & UPPER == 0 {
            if class & LOWER != 0 {
                break run_end(text, next, LOWER);
            }
            break after_both.unwrap_or(at);
        }
        at = next;
        if class & LOWER != 0 {
            after_both = Some(at);
        }
    };
    end += contraction_len(&text[end..]);
    end
}

/// How many bytes of `text` are one of `'s 't 're 've 'm 'll 'd`, in either case. `ſ` counts as an s.
pub fn contraction_len(text: &[u8]) -> usize {
    let [b'\'', first, rest @ ..] = text else {
        return 0;
    };
    let second = rest.first();
    match (first | 0x20, second.map(|byte| byte | 0x20)) {
        (b's' | b't' | b'm' | b'd', _) => 2,
        (b'r' | b'v', Some(b'e')) | (b'l', Some(b'l')) => 3,
        _ if [Some(first), second] == [Some(&0xC5), Some(&0xBF)] => 3,
        _ => 0,
    }
}

/// `\p{N}{1,3}`, of which `at` is after the first.
fn number_end(text: &[u8], mut at: usize) -> usize {
    for _ in 0..2 {
        match text.get(at).map(|_| class_at(text, at)) {
            Some((class, next)) if class & NUMBER != 0 => at = next,
            _ => break,
        }
    }
    at
}

/// `[^\s\p{L}\p{N}]+[\r\n/]*`, of which `at` is inside or in front of the first part.
fn punctuation_end(text: &[u8], at: usize) -> usize {
    let at = run_end(text, at, OTHER | MARK);
    at + text[at..]
        .iter()
        .take_while(|byte| matches!(byte, b'\r' | b'\n' | b'/'))
        .count()
}

/// `\s*[\r\n]+`, `\s+(?!\S)` or `\s+`: up to the last line break if there is one; else all to the end of the text, or all but the
/// last character, which goes to what follows; else that one character.
fn white_space_end(text: &[u8], start: usize) -> usize {
    let mut at = start;
    let mut last = start;
    let mut after_newline = None;
    while at < text.len() {
        let (class, next) = class_at(text, at);
        if class & (SPACE | NEWLINE) == 0 {
            let all_but_last = if last == start { at } else { last };
            return after_newline.unwrap_or(all_but_last);
        }
        if class & NEWLINE != 0 {
            after_newline = Some(next);
        }
        (last, at) = (at, next);
    }
    after_newline.unwrap_or(at)
}

/// The end of the characters from `at` on that are of one of the classes.
fn run_end(text: &[u8], mut at: usize, classes: u8) -> usize {
    while at < text.len() {
        let (class, next) = class_at(text, at);
        if class & classes == 0 {
            break;
        }
        at = next;
    }
    at
}

//! Literals and classes of characters.

use crate::grammar::schema::Class;

/// Appends a text in quotes.
pub(super) fn quoted(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            character if character.is_control() => push_code(character, out),
            character => out.push(character),
        }
    }
    out.push('"');
}

/// Appends a class. Of those that leave characters out, `<` is left out as well.
pub(super) fn class(class: &Class, out: &mut String) {
    out.push('[');
    if class.negated {
        out.push_str("^<");
    }
    for (first, last) in &class.ranges {
        push_member(*first, out);
        if last > first {
            out.push('-');
            push_member(*last, out);
        }
    }
    out.push(']');
}

fn push_member(character: char, out: &mut String) {
    if character.is_ascii_alphanumeric() || !character.is_ascii() && !character.is_control() {
        out.push(character);
    } else {
        push_code(character, out);
    }
}

fn push_code(character: char, out: &mut String) {
    let code = u32::from(character);
    let (letter, digits) = if code < 0x100 { ('x', 2) } else { ('U', 8) };
    out.extend(['\\', letter]);
    for place in (0..digits).rev() {
        out.push(char::from(
            b"0123456789ABCDEF"[(code >> (4 * place) & 0xF) as usize],
        ));
    }
}

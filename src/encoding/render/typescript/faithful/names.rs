//! Names for types.

use std::collections::HashSet;

use super::references::Target;

/// A name for `target` that nothing else has: that of its definition, numbered if need be.
pub(super) fn free_name(target: &Target<'_>, taken: &mut HashSet<String>) -> String {
    let stem = stem(target);
    let mut name = stem.clone();
    let mut number = 2;
    while RESERVED.contains(&name.as_str()) || taken.contains(&name) {
        name = format!("{stem}{number}");
        number += 1;
    }
    taken.insert(name.clone());
    name
}

fn stem(target: &Target<'_>) -> String {
    let own_name = match target.pointer.rsplit_once('/') {
        Some((_, last)) => last.replace("~1", "/").replace("~0", "~"),
        None => target.node.remarks.title.unwrap_or("Parameters").to_owned(),
    };
    let keep = |letter: char| {
        if letter.is_ascii_alphanumeric() {
            letter
        } else {
            '_'
        }
    };
    let word: String = own_name.chars().map(keep).collect();
    let word = word.trim_matches('_');
    match word.chars().next() {
        None => "Definition".to_owned(),
        Some(first) if first.is_ascii_digit() => format!("_{word}"),
        Some(_) => word.to_owned(),
    }
}

/// Words that TypeScript takes in the place of a type's name, or that the output uses itself.
const RESERVED: [&str; 65] = [
    "Array",
    "Record",
    "any",
    "as",
    "asserts",
    "async",
    "await",
    "bigint",
    "boolean",
    "break",
    "case",
    "catch",
    "class",
    "const",
    "continue",
    "debugger",
    "declare",
    "default",
    "delete",
    "do",
    "else",
    "enum",
    "export",
    "extends",
    "false",
    "finally",
    "for",
    "function",
    "if",
    "implements",
    "import",
    "in",
    "infer",
    "instanceof",
    "interface",
    "intrinsic",
    "is",
    "keyof",
    "let",
    "namespace",
    "never",
    "new",
    "null",
    "number",
    "object",
    "package",
    "private",
    "protected",
    "public",
    "readonly",
    "return",
    "static",
    "string",
    "super",
    "switch",
    "symbol",
    "this",
    "throw",
    "true",
    "type",
    "typeof",
    "undefined",
    "unique",
    "unknown",
    "void",
];

//! Names for types.

use std::collections::{HashMap, HashSet};

use super::references::Target;

/// The names in use in one namespace: those of its tools and of the types that their schemas name.
#[derive(Debug, Default)]
pub(crate) struct Names {
    taken: HashSet<String>,
    /// The number to try next for each stem. Names are never given back, so no number below it is free; counting from
    /// 2 each time would be quadratic in the number of definitions with one stem.
    next: HashMap<String, usize>,
    /// How many names were looked up.
    #[cfg(test)]
    pub(crate) lookups: usize,
}

impl Names {
    pub(crate) fn contains(&self, name: &str) -> bool {
        self.taken.contains(name)
    }

    /// Takes a name for `target` that nothing else has: that of its definition, numbered if need be.
    pub(super) fn take(&mut self, target: &Target<'_>) -> String {
        let stem = stem(target);
        if self.is_free(&stem) {
            self.taken.insert(stem.clone());
            return stem;
        }
        let mut number = self.next.get(&stem).copied().unwrap_or(2);
        let mut name = format!("{stem}{number}");
        while !self.is_free(&name) {
            number += 1;
            name = format!("{stem}{number}");
        }
        self.next.insert(stem, number + 1);
        self.taken.insert(name.clone());
        name
    }

    fn is_free(&mut self, name: &str) -> bool {
        #[cfg(test)]
        {
            self.lookups += 1;
        }
        !RESERVED.contains(&name) && !self.contains(name)
    }
}

impl FromIterator<String> for Names {
    fn from_iter<I: IntoIterator<Item = String>>(names: I) -> Self {
        Self {
            taken: names.into_iter().collect(),
            ..Self::default()
        }
    }
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

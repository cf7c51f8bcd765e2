//! Names of properties that are not declared.

use std::collections::BTreeMap;

use serde_json::Value;

use super::string::plain;
use super::{Compiler, Rule};

/// The beginnings of names, the empty one first, each with the characters that lead on to longer ones.
struct Beginnings(Vec<Beginning>);

#[derive(Default)]
struct Beginning {
    next: BTreeMap<char, usize>,
    is_name: bool,
}

impl Beginnings {
    fn new(names: Vec<&str>) -> Self {
        let mut beginnings = vec![Beginning::default()];
        for name in names {
            let mut at = 0;
            for character in name.chars() {
                let longer = beginnings.len();
                at = *beginnings[at].next.entry(character).or_insert(longer);
                if at == longer {
                    beginnings.push(Beginning::default());
                }
            }
            beginnings[at].is_name = true;
        }
        Self(beginnings)
    }
}

impl Compiler<'_> {
    /// The inside of a string that is none of the names, however it is escaped.
    ///
    /// While the string is the beginning of a name, only such escapes are allowed as cannot spell the name's next character.
    pub(super) fn string_except(&mut self, names: Vec<&str>) -> Rule {
        let Beginnings(beginnings) = Beginnings::new(names);
        let rest = self.characters();
        let mut rules: Vec<Rule> = vec![];
        // Longer ones were added later: so what a rule needs is there already.
        for beginning in beginnings.iter().rev() {
            let index = |longer: &usize| beginnings.len() - 1 - longer;
            let mut choices = vec![];
            if !beginning.is_name {
                choices.push(Rule::EMPTY);
            }
            for (character, longer) in &beginning.next {
                choices.push(Rule::sequence([
                    Rule::text(escaped(*character)),
                    rules[index(longer)].clone(),
                ]));
            }
            let known: Vec<char> = beginning.next.keys().copied().collect();
            let other = Rule::choice([plain(&known), letter_escape(&known)]);
            choices.push(Rule::sequence([other, rest.clone()]));
            let rule = self.add("name", Rule::choice(choices));
            rules.push(rule);
        }
        // There is at least the empty beginning.
        rules.pop().unwrap_or(rest)
    }
}

/// A character as JSON writes it in a string.
fn escaped(character: char) -> String {
    let quoted = Value::from(character.to_string()).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

/// An escape of one letter for any character that is not known.
fn letter_escape(known: &[char]) -> Rule {
    const LETTERS: [(char, &str); 8] = [
        ('"', "\\\""),
        ('\\', "\\\\"),
        ('/', "\\/"),
        ('\u{8}', "\\b"),
        ('\u{c}', "\\f"),
        ('\n', "\\n"),
        ('\r', "\\r"),
        ('\t', "\\t"),
    ];
    let unknown = LETTERS
        .iter()
        .filter(|(character, _)| !known.contains(character));
    Rule::choice(unknown.map(|(_, escape)| Rule::text(*escape)))
}

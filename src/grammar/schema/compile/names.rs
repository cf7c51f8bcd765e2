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
        let mut rules: Vec<Rule> = Vec::with_capacity(beginnings.len());
        // Longer ones were added later: so what a rule needs is there already.
        for Beginning { next, is_name } in beginnings.iter().rev() {
            let after = |longer: &usize| rules[beginnings.len() - 1 - longer].clone();
            let known: Vec<char> = next.keys().copied().collect();
            let mut choices = Vec::with_capacity(3 + next.len());
            if !is_name {
                choices.push(Rule::EMPTY);
            }
            for (character, longer) in next {
                let character = Rule::text(escaped(*character));
                choices.push(Rule::Sequence(vec![character, after(longer)]));
            }
            choices.push(Rule::Sequence(vec![plain(&known), rest.clone()]));
            choices.push(self.letter_escape(&known, &rest));
            let rule = self.add("name", Rule::Choice(choices));
            rules.push(rule);
        }
        // There is at least the empty beginning.
        rules.pop().unwrap_or(rest)
    }

    /// An escape of one letter for any character that is not known, and the rest of the string.
    fn letter_escape(&mut self, known: &[char], rest: &Rule) -> Rule {
        let is_known = |(character, _): &(char, &str)| known.contains(character);
        let escape = |escapes: Vec<Rule>| Rule::sequence([Rule::choice(escapes), rest.clone()]);
        if LETTER_ESCAPES.iter().any(is_known) {
            let unknown = LETTER_ESCAPES.iter().filter(|escape| !is_known(escape));
            return escape(unknown.map(|(_, escape)| Rule::text(*escape)).collect());
        }
        self.common("letter-escape", |_| {
            escape(LETTER_ESCAPES.map(|(_, escape)| Rule::text(escape)).into())
        })
    }
}

const LETTER_ESCAPES: [(char, &str); 8] = [
    ('"', "\\\""),
    ('\\', "\\\\"),
    ('/', "\\/"),
    ('\u{8}', "\\b"),
    ('\u{c}', "\\f"),
    ('\n', "\\n"),
    ('\r', "\\r"),
    ('\t', "\\t"),
];

/// A character as JSON writes it in a string.
fn escaped(character: char) -> String {
    let text = character.to_string();
    if !matches!(character, '"' | '\\' | '\0'..='\x1F') {
        return text;
    }
    let quoted = Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

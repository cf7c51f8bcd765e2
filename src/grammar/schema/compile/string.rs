//! Strings.

use super::{character, Class, Compiler, Json, Keywords, Result, Rule, RuleId};

impl<'s> Compiler<'s> {
    pub(super) fn string(&mut self, keywords: &Keywords<'s>) -> Result<Rule> {
        let min = keywords.count("minLength").unwrap_or(0);
        let max = keywords.count("maxLength");
        if max.is_some_and(|max| max < min) {
            return Ok(Rule::Choice(vec![]));
        }
        if min == 0 && max.is_none() {
            return Ok(self.any_string());
        }
        let characters = Rule::repeat(self.string_character(), min, max);
        Ok(quoted(characters))
    }

    pub(super) fn any_string(&mut self) -> Rule {
        self.common("string", |compiler| quoted(compiler.characters()))
    }

    /// Any number of characters of a string.
    pub(super) fn characters(&mut self) -> Rule {
        let escape = self.escape();
        Rule::Leaf(Json::Characters { escape })
    }

    /// One character of a string, as JSON Schema counts them: code points.
    fn string_character(&mut self) -> Rule {
        let escaped = Rule::sequence([Rule::text("\\"), Rule::Rule(self.escape())]);
        Rule::choice([plain(&[]), escaped])
    }

    /// What follows the backslash of an escaped character. Halves of surrogate pairs are not characters.
    fn escape(&mut self) -> RuleId {
        self.common_id("escape", |_| {
            let letters = ['"', '\\', '/', 'b', 'f', 'n', 'r', 't'];
            let letter = character(Class::of(letters.map(|letter| (letter, letter))));
            let hexadecimal =
                |ranges: &[(char, char)]| character(Class::of(ranges.iter().copied()));
            let any = || hexadecimal(&[('0', '9'), ('a', 'f'), ('A', 'F')]);
            let d = || hexadecimal(&[('d', 'd'), ('D', 'D')]);
            let not_d = hexadecimal(&[('0', '9'), ('a', 'c'), ('e', 'f'), ('A', 'C'), ('E', 'F')]);
            let high = hexadecimal(&[('8', '9'), ('a', 'b'), ('A', 'B')]);
            let low = hexadecimal(&[('c', 'f'), ('C', 'F')]);
            let digits = Rule::choice([
                Rule::sequence([not_d, any(), any(), any()]),
                Rule::sequence([d(), hexadecimal(&[('0', '7')]), any(), any()]),
                Rule::sequence([
                    Rule::sequence([d(), high, any(), any(), Rule::text("\\u")]),
                    Rule::sequence([d(), low, any(), any()]),
                ]),
            ]);
            let code = Rule::sequence([Rule::text("u"), digits]);
            Rule::choice([letter, code])
        })
    }
}

pub(super) fn quoted(characters: Rule) -> Rule {
    Rule::sequence([Rule::text("\""), characters, Rule::text("\"")])
}

/// A character that needs no escape, and is none of `excluded`.
pub(super) fn plain(excluded: &[char]) -> Rule {
    character(Class::unescaped_except(excluded))
}

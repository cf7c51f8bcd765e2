//! JSON bodies.

use std::collections::HashSet;

use super::super::notation::{write as write_expression, Notation, Place};
use super::{text, too_many};
use crate::error::{GrammarError, SchemaFault};
use crate::grammar::expression::RuleId;
use crate::grammar::language::Language;
use crate::grammar::schema::{Json, JsonRules};

/// A string's characters, and whitespace: with limits, so that no model writes whitespace for ever.
const CHARACTERS: &str = r#"
json-characters ::= [^"\\<\x00-\x1F] json-characters | "\\" json-escape json-characters | "<" json-angle | ""
json-angle ::= [^"\\<|\x00-\x1F] json-characters | "\\" json-escape json-characters | "<" json-angle | "|" json-bar | ""
json-bar ::= [^"\\<a-z\x00-\x1F] json-characters | "\\" json-escape json-characters | "<" json-angle | """#;
const SPACE: &str = r#"
json-space ::= (" " | "\n" [ \t]{0,20})?"#;

/// Appends the rules of the bodies.
///
/// # Errors
/// [`GrammarError::Schema`] for more repetitions than llama.cpp reads.
pub(super) fn write(
    used: &[usize],
    language: &Language,
    bodies: &[JsonRules],
    out: &mut String,
) -> Result<(), GrammarError> {
    let mut common = HashSet::new();
    let mut has_characters = false;
    for &body in used {
        let rules = &bodies[body];
        let mut notation = Body::new(rules, body);
        for rule in rules.rules.ids() {
            let is_common = rules.common.contains(&rule);
            if is_common && !common.insert(rules.rules.name(rule)) {
                continue;
            }
            let expression = rules.rules.body(rule);
            if let Some(count) = too_many(expression) {
                return Err(GrammarError::Schema {
                    of: language.bodies[body].of.clone(),
                    pointer: String::new(),
                    problem: SchemaFault::Repetitions(count),
                });
            }
            out.push('\n');
            notation.rule(rule, out);
            out.push_str(" ::= ");
            write_expression(&mut notation, expression, Place::Rule, out);
        }
        has_characters |= notation.has_characters;
    }
    if has_characters {
        out.push_str(CHARACTERS);
    }
    if !used.is_empty() {
        out.push_str(SPACE);
    }
    Ok(())
}

/// Appends the name of the rule with which a body begins.
pub(super) fn push_start(body: usize, out: &mut String) {
    *out += &format!("body-{body}-root");
}

struct Body<'r> {
    rules: &'r JsonRules,
    number: usize,
    /// What the names of its own rules begin with.
    prefix: String,
    has_characters: bool,
}

impl<'r> Body<'r> {
    fn new(rules: &'r JsonRules, number: usize) -> Self {
        Self {
            rules,
            number,
            prefix: format!("body-{number}-"),
            has_characters: false,
        }
    }
}

impl Notation<Json> for Body<'_> {
    fn text(&mut self, text: &str, out: &mut String) {
        text::quoted(text, out);
    }

    fn leaf(&mut self, leaf: &Json, out: &mut String) {
        match leaf {
            Json::Character(class) => text::class(class, out),
            Json::Space => out.push_str("json-space"),
            Json::Characters { .. } => {
                self.has_characters = true;
                out.push_str("json-characters");
            }
        }
    }

    fn rule(&mut self, rule: RuleId, out: &mut String) {
        if rule == self.rules.start {
            return push_start(self.number, out);
        }
        out.push_str(if self.rules.common.contains(&rule) {
            "json-"
        } else {
            &self.prefix
        });
        out.push_str(self.rules.rules.name(rule));
    }
}

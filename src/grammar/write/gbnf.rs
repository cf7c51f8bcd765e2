//! GBNF, the grammars of llama.cpp.
//!
//! A character in a grammar also matches a special token whose text has it. So neither text nor JSON strings may have `<|` before a small
//! letter: rules with a memory of one or two characters see to that.

mod json;
mod text;

use super::notation::{needed, write as write_expression, Notation, Place};
use super::stops::Stops;
use crate::error::GrammarError;
use crate::grammar::expression::{Expression, RuleId};
use crate::grammar::language::{Language, Leaf};
use crate::grammar::schema::JsonRules;

/// Any text without the text of special tokens.
const FREE_TEXT: &str = r#"
text ::= [^<] text | "<" text-angle | ""
text-angle ::= [^<|] text | "<" text-angle | "|" text-bar | ""
text-bar ::= [^<a-z] text | "<" text-angle | """#;

pub(super) fn write(
    language: &Language,
    bodies: &[JsonRules],
    stops: &Stops,
) -> Result<String, GrammarError> {
    let mut out = "root ::= ".to_owned();
    let mut gbnf = Gbnf {
        language,
        stops,
        has_free_text: false,
        used: vec![],
    };
    write_expression(&mut gbnf, &language.start, Place::Rule, &mut out);
    for rule in needed(&language.start, &language.rules) {
        out.push('\n');
        gbnf.rule(rule, &mut out);
        out.push_str(" ::= ");
        let body = language.rules.body(rule);
        write_expression(&mut gbnf, body, Place::Rule, &mut out);
    }
    if gbnf.has_free_text {
        out.push_str(FREE_TEXT);
    }
    json::write(&gbnf.used, language, bodies, &mut out)?;
    out.push('\n');
    Ok(out)
}

struct Gbnf<'l> {
    language: &'l Language,
    stops: &'l Stops,
    has_free_text: bool,
    /// The JSON bodies that rules refer to.
    used: Vec<usize>,
}

impl Notation<Leaf> for Gbnf<'_> {
    fn text(&mut self, text: &str, out: &mut String) {
        text::quoted(text, out);
    }

    fn leaf(&mut self, leaf: &Leaf, out: &mut String) {
        match leaf {
            Leaf::Special(token) if self.stops.has(*token) => out.push_str("\"\""),
            Leaf::Special(token) => *out += &format!("<[{}]>", token.id()),
            Leaf::FreeText => {
                self.has_free_text = true;
                out.push_str("text");
            }
            Leaf::Json(body) => {
                self.used.push(*body);
                json::push_start(*body, out);
            }
        }
    }

    fn rule(&mut self, rule: RuleId, out: &mut String) {
        *out += &self.language.rules.name(rule).replace('_', "-");
    }
}

/// Repetitions that llama.cpp reads.
const MOST_REPETITIONS: u32 = 2000;

/// The number of a repetition that llama.cpp does not read.
fn too_many<L>(expression: &Expression<L>) -> Option<u32> {
    match expression {
        Expression::Text(_) | Expression::Leaf(_) | Expression::Rule(_) => None,
        Expression::Sequence(parts) | Expression::Choice(parts) => parts.iter().find_map(too_many),
        Expression::Repeat { item, min, max } => {
            let most = max.unwrap_or(*min);
            Some(most)
                .filter(|most| *most > MOST_REPETITIONS)
                .or_else(|| too_many(item))
        }
    }
}

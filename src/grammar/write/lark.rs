//! Lark, as llguidance reads it.

use serde_json::Value;

use super::notation::{needed, write as write_expression, Notation, Place};
use crate::grammar::expression::RuleId;
use crate::grammar::language::{Language, Leaf};
use crate::grammar::schema::guarded;

pub(super) fn write(language: &Language, guard_strings: bool) -> String {
    let mut out = "%llguidance {}\n\nstart: ".to_owned();
    let mut lark = Lark {
        language,
        guard_strings,
    };
    write_expression(&mut lark, &language.start, Place::Rule, &mut out);
    for rule in needed(&language.start, &language.rules) {
        out.push('\n');
        lark.rule(rule, &mut out);
        out.push_str(": ");
        write_expression(&mut lark, language.rules.body(rule), Place::Rule, &mut out);
    }
    out.push('\n');
    out
}

struct Lark<'l> {
    language: &'l Language,
    guard_strings: bool,
}

impl Notation<Leaf> for Lark<'_> {
    fn text(&mut self, text: &str, out: &mut String) {
        // Its strings are those of JSON.
        *out += &Value::from(text).to_string();
    }

    fn leaf(&mut self, leaf: &Leaf, out: &mut String) {
        match leaf {
            Leaf::Special(token) => *out += &format!("<[{}]>", token.id()),
            // All ids of ordinary tokens.
            Leaf::FreeText => out.push_str("<[0-199997]>*"),
            Leaf::Json(body) => {
                let schema = &self.language.bodies[*body].schema;
                if self.guard_strings {
                    *out += &format!("%json {}", guarded(schema));
                } else {
                    *out += &format!("%json {schema}");
                }
            }
        }
    }

    fn rule(&mut self, rule: RuleId, out: &mut String) {
        out.push_str(self.language.rules.name(rule));
    }
}

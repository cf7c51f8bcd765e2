//! Structural tags, as xgrammar reads them.

use serde_json::{json, Value};

use super::stops::Stops;
use crate::encoding::special::FormattingToken;
use crate::grammar::expression::Expression;
use crate::grammar::language::{Language, Leaf};

/// How a structural tag is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct XgrammarOptions {
    /// The ids at which the engine stops; without them, those of the model: `<|return|>`, `<|call|>`, `<|endoftext|>`.
    ///
    /// xgrammar allows all of them exactly where the output is complete.
    pub stop_tokens: Option<Vec<u32>>,
    /// How special tokens are written.
    pub level: XgrammarLevel,
    /// Whether JSON strings may not have `<|`, so that no special token gets into them. xgrammar then ignores `minLength` and `maxLength`.
    pub guard_strings: bool,
}

impl Default for XgrammarOptions {
    fn default() -> Self {
        Self {
            stop_tokens: None,
            level: XgrammarLevel::Text,
            guard_strings: true,
        }
    }
}

/// How special tokens are written in a structural tag.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum XgrammarLevel {
    /// As their text. Ordinary tokens may spell it as well.
    #[default]
    Text,
    /// As ids. Version 0.2.8 of xgrammar gives wrong masks for them if its cache across grammars is on, which is the default.
    Token,
}

/// The special tokens that the models' tokenizer files have.
const SPECIAL: std::ops::RangeInclusive<u32> = 199_998..=200_018;

pub(super) fn write(language: &Language, stops: &Stops, options: &XgrammarOptions) -> Value {
    let tag = Tag {
        language,
        stops,
        options,
    };
    json!({"type": "structural_tag", "format": tag.format(&language.start)})
}

struct Tag<'l> {
    language: &'l Language,
    stops: &'l Stops,
    options: &'l XgrammarOptions,
}

impl Tag<'_> {
    fn format(&self, expression: &Expression<Leaf>) -> Value {
        match expression {
            Expression::Text(text) => constant(text),
            Expression::Leaf(leaf) => self.leaf(*leaf),
            Expression::Rule(rule) => self.format(self.language.rules.body(*rule)),
            Expression::Sequence(parts) => self.sequence(parts),
            Expression::Choice(parts) => {
                let (empty, parts): (Vec<_>, Vec<_>) = parts.iter().partition(
                    |part| matches!(part, Expression::Sequence(parts) if parts.is_empty()),
                );
                let formats = parts.into_iter().map(|part| self.format(part));
                let choice = json!({"type": "or", "elements": formats.collect::<Vec<_>>()});
                if empty.is_empty() {
                    choice
                } else {
                    json!({"type": "optional", "content": choice})
                }
            }
            Expression::Repeat { item, min, max } => {
                let content = self.format(item);
                match (min, max) {
                    (0, Some(1)) => json!({"type": "optional", "content": content}),
                    (0, None) => json!({"type": "star", "content": content}),
                    (1, None) => json!({"type": "plus", "content": content}),
                    (min, max) => {
                        let max = max.map_or(-1, i64::from);
                        json!({"type": "repeat", "min": min, "max": max, "content": content})
                    }
                }
            }
        }
    }

    fn leaf(&self, leaf: Leaf) -> Value {
        match (leaf, self.options.level) {
            (Leaf::Special(token), _) if self.stops.has(token) => constant(""),
            (Leaf::Special(token), XgrammarLevel::Text) => constant(token.text()),
            (Leaf::Special(token), XgrammarLevel::Token) => {
                json!({"type": "token", "token": token.id()})
            }
            (Leaf::FreeText, XgrammarLevel::Text) => {
                let names = FormattingToken::ALL.iter().map(|token| token.text());
                let others = ["<|startoftext|>", "<|endofprompt|>", "<|reserved_"];
                let excludes: Vec<&str> = names.chain(others).collect();
                json!({"type": "any_text", "excludes": excludes})
            }
            (Leaf::FreeText, XgrammarLevel::Token) => {
                let special: Vec<u32> = SPECIAL.collect();
                json!({"type": "any_tokens", "exclude_tokens": special})
            }
            (Leaf::Json(body), _) => {
                let schema = &*self.language.bodies[body].schema;
                if self.options.guard_strings {
                    json!({"type": "json_schema", "json_schema": schema, "excludes": ["<|"]})
                } else {
                    json!({"type": "json_schema", "json_schema": schema})
                }
            }
        }
    }

    /// Neighbouring texts become one.
    fn sequence(&self, parts: &[Expression<Leaf>]) -> Value {
        let mut elements: Vec<Value> = vec![];
        for part in parts {
            let mut element = self.format(part);
            let before = elements.last_mut().and_then(constant_of);
            match (before, constant_of(&mut element)) {
                (_, Some(text)) if text.is_empty() => {}
                (Some(before), Some(text)) => before.push_str(text),
                _ => elements.push(element),
            }
        }
        match elements.len() {
            0 => constant(""),
            1 => elements.swap_remove(0),
            _ => json!({"type": "sequence", "elements": elements}),
        }
    }
}

fn constant(text: &str) -> Value {
    json!({"type": "const_string", "value": text})
}

/// The text of a `const_string`.
fn constant_of(format: &mut Value) -> Option<&mut String> {
    if format["type"] != "const_string" {
        return None;
    }
    match &mut format["value"] {
        Value::String(text) => Some(text),
        _ => None,
    }
}

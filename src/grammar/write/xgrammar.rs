//! Structural tags, as xgrammar reads them.

use serde_json::{Map, Value};

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
    let format = tag.format(&language.start);
    typed("structural_tag", [("format", format)])
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
                let formats = parts.into_iter().map(|part| self.format(part)).collect();
                let choice = typed("or", [("elements", formats)]);
                if empty.is_empty() {
                    choice
                } else {
                    typed("optional", [("content", choice)])
                }
            }
            Expression::Repeat { item, min, max } => {
                let content = ("content", self.format(item));
                match (min, max) {
                    (0, Some(1)) => typed("optional", [content]),
                    (0, None) => typed("star", [content]),
                    (1, None) => typed("plus", [content]),
                    (min, max) => {
                        let max = max.map_or(-1, i64::from);
                        let (min, max) = (("min", (*min).into()), ("max", max.into()));
                        typed("repeat", [min, max, content])
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
                typed("token", [("token", token.id().into())])
            }
            (Leaf::FreeText, XgrammarLevel::Text) => {
                let names = FormattingToken::ALL.iter().map(|token| token.text());
                let others = ["<|startoftext|>", "<|endofprompt|>", "<|reserved_"];
                let excludes = names.chain(others).collect();
                typed("any_text", [("excludes", excludes)])
            }
            (Leaf::FreeText, XgrammarLevel::Token) => {
                typed("any_tokens", [("exclude_tokens", SPECIAL.collect())])
            }
            (Leaf::Json(body), _) => {
                let schema = Value::clone(&self.language.bodies[body].schema);
                let schema = ("json_schema", schema);
                if self.options.guard_strings {
                    let excludes = ("excludes", Value::from_iter(["<|"]));
                    typed("json_schema", [schema, excludes])
                } else {
                    typed("json_schema", [schema])
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
            _ => typed("sequence", [("elements", elements.into())]),
        }
    }
}

fn constant(text: &str) -> Value {
    typed("const_string", [("value", text.into())])
}

/// An object of a type. It takes its parts as they are, where `json!` would copy them at every level.
fn typed<const N: usize>(name: &str, parts: [(&str, Value); N]) -> Value {
    let mut object = Map::with_capacity(N + 1);
    object.insert("type".to_owned(), name.into());
    for (key, value) in parts {
        object.insert(key.to_owned(), value);
    }
    Value::Object(object)
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

//! What a schema says beside its type: title, description, examples, limits, default.

use serde_json::Value;

use super::keywords::{as_count, Keywords};
use super::literal::{is_plain_line, literal, regular_expression};
use crate::error::SchemaError;

#[derive(Clone, Debug, Default)]
pub(super) struct Remarks<'s> {
    pub(super) title: Option<&'s str>,
    pub(super) description: Option<&'s str>,
    pub(super) examples: &'s [Value],
    /// `minimum: 1`, `format: date`, …, in the order of the schema.
    pub(super) limits: Vec<String>,
    pub(super) default: Option<&'s Value>,
}

impl<'s> Remarks<'s> {
    pub(super) fn read(keywords: Keywords<'s, '_>) -> Result<Self, SchemaError> {
        let mut limits = Vec::new();
        for (key, value) in keywords.members {
            let expected = match limit(key, value) {
                Limit::Text(text) => {
                    limits.push(text);
                    continue;
                }
                Limit::Nothing => continue,
                Limit::Wrong(expected) => expected,
            };
            return Err(keywords.path.key(key).expected(expected, value));
        }
        Ok(Remarks {
            title: keywords.text("title")?,
            description: keywords.text("description")?,
            examples: keywords.list("examples")?.unwrap_or_default(),
            limits,
            default: keywords.members.get("default"),
        })
    }

    /// These remarks, and those of `inner` where these are silent. Limits hold together.
    pub(super) fn over(mut self, inner: &Remarks<'s>) -> Self {
        self.title = self.title.or(inner.title);
        self.description = self.description.or(inner.description);
        self.default = self.default.or(inner.default);
        if self.examples.is_empty() {
            self.examples = inner.examples;
        }
        self.limits.extend_from_slice(&inner.limits);
        self
    }

    pub(super) fn is_empty(&self) -> bool {
        self.title.is_none()
            && self.description.is_none()
            && self.examples.is_empty()
            && self.limits.is_empty()
            && self.default.is_none()
    }
}

enum Limit {
    Text(String),
    /// No limit, or one that says what holds anyway: `uniqueItems: false`.
    Nothing,
    /// What the value should have been.
    Wrong(&'static str),
}

fn limit(key: &str, value: &Value) -> Limit {
    let (fits, expected) = match key {
        "minimum" | "maximum" | "multipleOf" => (value.is_number(), "a number"),
        // Up to draft 4 these were flags that changed what minimum and maximum mean.
        "exclusiveMinimum" | "exclusiveMaximum" => {
            (value.is_number() || value.is_boolean(), "a number")
        }
        "minLength" | "maxLength" | "minItems" | "maxItems" | "minProperties" | "maxProperties"
        | "minContains" | "maxContains" => (
            as_count(value).is_some(),
            "a whole number that is not negative",
        ),
        "uniqueItems" | "readOnly" | "writeOnly" | "deprecated" => {
            (value.is_boolean(), "true or false")
        }
        "format" | "pattern" | "contentEncoding" | "contentMediaType" => {
            (value.is_string(), "a text")
        }
        "patternProperties" | "dependentRequired" | "dependentSchemas" | "dependencies" => {
            (value.is_object(), "an object")
        }
        "not" | "if" | "then" | "else" | "contains" | "propertyNames" => (
            value.is_object() || value.is_boolean(),
            "a schema: an object, true or false",
        ),
        _ => return Limit::Nothing,
    };
    let is_flag = expected == "true or false" || key.starts_with("exclusive");
    match (fits, value) {
        (false, _) => Limit::Wrong(expected),
        (true, Value::Bool(false)) if is_flag => Limit::Nothing,
        (true, value) => Limit::Text(format!("{key}: {}", limit_value(key, value))),
    }
}

fn limit_value(key: &str, value: &Value) -> String {
    match (key, value) {
        ("pattern", Value::String(pattern)) => regular_expression(pattern),
        ("patternProperties", Value::Object(schemas)) => {
            let patterns: Vec<String> = schemas.keys().map(|key| regular_expression(key)).collect();
            patterns.join(" or ")
        }
        (_, Value::String(word)) if is_plain_line(word) && !word.contains([',', ' ']) => {
            word.clone()
        }
        _ => literal(value),
    }
}

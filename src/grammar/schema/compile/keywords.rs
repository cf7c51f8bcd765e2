//! The keywords of one schema.

use serde_json::{Map, Value};

use super::{Fault, Rule};
use crate::error::SchemaFault;
use crate::grammar::schema::pointer::Place;

pub(super) struct Keywords<'s> {
    keywords: &'s Map<String, Value>,
    at: Place,
}

/// Keywords that only describe. `format` is one of them by default (JSON Schema Validation 2020-12, 7.2.1).
const ANNOTATIONS: [&str; 18] = [
    "$anchor",
    "$comment",
    "$defs",
    "$id",
    "$schema",
    "contentEncoding",
    "contentMediaType",
    "contentSchema",
    "default",
    "definitions",
    "deprecated",
    "description",
    "discriminator",
    "example",
    "examples",
    "format",
    "readOnly",
    "title",
];

/// Keywords that are about values of one type only, and can be enforced.
const ENFORCED: [(&str, &[&str]); 3] = [
    (
        "object",
        &["properties", "required", "additionalProperties"],
    ),
    ("array", &["items", "minItems", "maxItems"]),
    ("string", &["minLength", "maxLength"]),
];

/// Keywords that are about values of one type only, and cannot be enforced.
const UNENFORCED: [(&str, &[&str]); 5] = [
    (
        "object",
        &[
            "patternProperties",
            "propertyNames",
            "minProperties",
            "maxProperties",
            "dependentRequired",
            "dependentSchemas",
        ],
    ),
    (
        "array",
        &[
            "prefixItems",
            "uniqueItems",
            "contains",
            "minContains",
            "maxContains",
        ],
    ),
    ("string", &["pattern"]),
    ("integer", NUMERIC),
    ("number", NUMERIC),
];

const NUMERIC: &[&str] = &[
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
];

impl<'s> Keywords<'s> {
    pub(super) fn new(keywords: &'s Map<String, Value>, at: &Place) -> Self {
        let at = at.clone();
        Self { keywords, at }
    }

    pub(super) fn get(&self, keyword: &str) -> Option<&'s Value> {
        self.keywords.get(keyword)
    }

    /// The place of a keyword.
    pub(super) fn at(&self, keyword: &str) -> Place {
        self.at.key(keyword)
    }

    pub(super) fn count(&self, keyword: &str) -> Option<u32> {
        let count = self.get(keyword)?.as_u64()?;
        // More than a body can have.
        Some(u32::try_from(count).unwrap_or(u32::MAX))
    }

    /// All keywords that say something about the value, except some.
    pub(super) fn besides(&self, allowed: &[&str]) -> Vec<Fault> {
        self.except(|keyword| allowed.contains(&keyword))
    }

    /// The keywords about values of these types that cannot be enforced, and unknown ones.
    pub(super) fn unenforced(&self, types: &[&str]) -> Vec<Fault> {
        let is_about = |tables: &[(&str, &[&str])], keyword: &str| {
            let mut tables = tables.iter().filter(|(name, _)| types.contains(name));
            tables.any(|(_, keywords)| keywords.contains(&keyword))
        };
        self.except(|keyword| {
            let mut tables = ENFORCED.iter().chain(&UNENFORCED);
            let is_known = tables.any(|(_, keywords)| keywords.contains(&keyword));
            keyword == "type" || is_known && !is_about(&UNENFORCED, keyword)
        })
    }

    fn except(&self, is_allowed: impl Fn(&str) -> bool) -> Vec<Fault> {
        let others = self.keywords.iter().filter(|(keyword, value)| {
            let says_nothing = ANNOTATIONS.contains(&keyword.as_str())
                || keyword.starts_with("x-")
                || has_no_effect(keyword, value);
            !says_nothing && !is_allowed(keyword)
        });
        let fault = |(keyword, _): (&String, _)| Fault {
            place: self.at(keyword),
            problem: SchemaFault::Keyword(keyword.clone()),
        };
        others.map(fault).collect()
    }

    /// Whether a keyword is there that takes part in what others mean.
    pub(super) fn has_effective(&self, keyword: &str) -> bool {
        self.get(keyword)
            .is_some_and(|value| !has_no_effect(keyword, value))
    }

    /// A value of `const` or `enum` as JSON text, if it has the type that the schema says.
    pub(super) fn literal(&self, value: &Value) -> Option<Rule> {
        let fits = match self.get("type") {
            Some(Value::String(name)) => is_of_type(value, name),
            Some(Value::Array(names)) => {
                let mut names = names.iter().filter_map(Value::as_str);
                names.any(|name| is_of_type(value, name))
            }
            _ => true,
        };
        fits.then(|| Rule::text(value.to_string()))
    }
}

fn has_no_effect(keyword: &str, value: &Value) -> bool {
    match keyword {
        "uniqueItems" => *value == Value::Bool(false),
        "minProperties" => value.as_u64() == Some(0),
        "patternProperties" => value.as_object().is_some_and(Map::is_empty),
        _ => false,
    }
}

fn is_of_type(value: &Value, name: &str) -> bool {
    match value {
        Value::Null => name == "null",
        Value::Bool(_) => name == "boolean",
        Value::Number(number) => {
            let whole = number.as_f64().is_some_and(|number| number.fract() == 0.0);
            name == "number" || name == "integer" && whole
        }
        Value::String(_) => name == "string",
        Value::Array(_) => name == "array",
        Value::Object(_) => name == "object",
    }
}

//! What JSON Schemas leave open, made explicit, so that all engines read them alike.
//!
//! - `additionalProperties` of an object: `true`, or `false` where the request says `strict`.
//! - A missing `type`, where keywords of one type imply it.
//! - `nullable` (OpenAPI): the type `null`.
//! - An `allOf` of one schema: that schema.
//! - Properties that are required but not declared: declared, after the others.

mod types;

use std::collections::HashSet;

use serde_json::{json, Map, Value};

use super::pointer::{self, Place};
use super::references::{self, Reference};
use crate::error::{GrammarError, SchemaFault};
use types::{allow_null, imply_type, is_object, is_silent, name_types_once, read_as_object, TYPES};

/// What a schema is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::grammar) enum Root {
    /// Arguments are an object, even if the schema does not say so.
    Arguments,
    Answer,
}

/// Levels of schemas in schemas that are read. serde_json reads 128 levels of JSON, two to a level of schemas.
const LEVELS: usize = 64;

/// So many values the copies of `additionalProperties` may have that undeclared but required properties get. They could double at
/// every level.
const MOST_COPIED: usize = 10_000;

/// The explicit form of a schema.
///
/// # Errors
/// [`GrammarError::Schema`] for what is not a JSON Schema, and for references that lead nowhere.
pub(in crate::grammar) fn normalize(
    schema: &Value,
    root: Root,
    strict: bool,
    of: &str,
) -> Result<Value, GrammarError> {
    let mut normalizer = Normalizer {
        of,
        strict,
        roots: HashSet::from([String::new()]),
        references: vec![],
        copied: 0,
    };
    let mut schema = schema.clone();
    if root == Root::Arguments {
        read_as_object(&mut schema);
    }
    normalizer.schema(&mut schema, &Place::at(""), 0)?;
    normalizer.follow_references(&mut schema)?;
    references::check_circles(&schema, of)?;
    Ok(schema)
}

struct Normalizer<'s> {
    of: &'s str,
    strict: bool,
    /// The pointers to schemas that were made explicit with all schemas in them: the whole one, and what references lead to.
    roots: HashSet<String>,
    references: Vec<Reference>,
    /// How many values the copies of schemas have.
    copied: usize,
}

impl Normalizer<'_> {
    fn schema(&mut self, schema: &mut Value, at: &Place, level: usize) -> Result<(), GrammarError> {
        if level > LEVELS {
            return Err(self.error(at, SchemaFault::TooDeep { limit: LEVELS }));
        }
        let keywords = match schema {
            Value::Bool(_) => return Ok(()),
            Value::Object(keywords) => keywords,
            _ => return Err(self.expected(at, "a schema: an object, true or false")),
        };
        self.check_kinds(keywords, at)?;
        name_types_once(keywords);
        unwrap_all_of(keywords);
        if let Some(reference) = keywords.get("$ref") {
            let text = reference.as_str().unwrap_or_default().to_owned();
            let at = at.key("$ref");
            self.references.push(Reference { at, text });
        }
        if is_silent(keywords) {
            imply_type(keywords);
        }
        allow_null(keywords);
        if is_object(keywords) {
            self.make_object_explicit(keywords, at)?;
        }
        self.children(keywords, at, level + 1)
    }

    /// Keywords that are used here, or would break an engine, must be of the right kind.
    fn check_kinds(&self, keywords: &Map<String, Value>, at: &Place) -> Result<(), GrammarError> {
        let is_type = |value: &Value| value.as_str().is_some_and(|name| TYPES.contains(&name));
        let is_types = |value: &Value| {
            value
                .as_array()
                .is_some_and(|types| types.iter().all(is_type))
        };
        let is_names = |value: &Value| {
            value
                .as_array()
                .is_some_and(|names| names.iter().all(Value::is_string))
        };
        let is_schemas =
            |value: &Value| value.as_array().is_some_and(|schemas| !schemas.is_empty());
        for (keyword, value) in keywords {
            let (fits, expected) = match keyword.as_str() {
                "type" => (
                    is_type(value) || is_types(value),
                    "the name of a type, or a list of such names",
                ),
                "properties" | "patternProperties" | "$defs" | "definitions" => {
                    (value.is_object(), "an object of schemas")
                }
                "required" => (is_names(value), "a list of names"),
                "anyOf" | "oneOf" | "allOf" => (is_schemas(value), "a list of schemas, not empty"),
                "enum" => (
                    value.as_array().is_some_and(|values| !values.is_empty()),
                    "a list of values, not empty",
                ),
                "$ref" => (value.is_string(), "a reference: a string"),
                "nullable" => (value.is_boolean(), "true or false"),
                "minItems" | "maxItems" | "minLength" | "maxLength" | "minProperties"
                | "maxProperties" => (value.is_u64(), "a number of 0 or more, without a fraction"),
                _ => (true, ""),
            };
            if !fits {
                return Err(self.expected(&at.key(keyword), expected));
            }
        }
        Ok(())
    }

    fn make_object_explicit(
        &mut self,
        keywords: &mut Map<String, Value>,
        at: &Place,
    ) -> Result<(), GrammarError> {
        let open = keywords.contains_key("patternProperties") || !self.strict;
        keywords
            .entry("additionalProperties")
            .or_insert(Value::Bool(open));
        let Some(Value::Array(required)) = keywords.get("required").cloned() else {
            return Ok(());
        };
        if keywords.contains_key("patternProperties") {
            return Ok(());
        }
        let additional = keywords["additionalProperties"].clone();
        let size = match &additional {
            Value::Bool(_) => 0,
            schema => values_in(schema),
        };
        let properties = keywords.entry("properties").or_insert_with(|| json!({}));
        let Value::Object(properties) = properties else {
            return Ok(());
        };
        for name in required.iter().filter_map(Value::as_str) {
            if properties.contains_key(name) {
                continue;
            }
            self.copied = self.copied.saturating_add(size);
            if self.copied > MOST_COPIED {
                return Err(self.error(at, SchemaFault::TooLarge { limit: MOST_COPIED }));
            }
            properties.insert(name.to_owned(), additional.clone());
        }
        Ok(())
    }

    /// Makes the schemas inside explicit. Those of `allOf`, `not` and `if` are left as they are: each is about a part of the value.
    fn children(
        &mut self,
        keywords: &mut Map<String, Value>,
        at: &Place,
        level: usize,
    ) -> Result<(), GrammarError> {
        for (keyword, value) in keywords.iter_mut() {
            let at = || at.key(keyword);
            match (keyword.as_str(), value) {
                ("properties" | "patternProperties", Value::Object(schemas)) => {
                    for (name, schema) in schemas {
                        self.schema(schema, &at().key(name), level)?;
                    }
                }
                ("anyOf" | "oneOf" | "prefixItems", Value::Array(schemas)) => {
                    for (index, schema) in schemas.iter_mut().enumerate() {
                        self.schema(schema, &at().index(index), level)?;
                    }
                }
                ("items" | "additionalProperties", schema) => {
                    self.schema(schema, &at(), level)?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Makes what references lead to explicit, wherever it is in the document.
    fn follow_references(&mut self, root: &mut Value) -> Result<(), GrammarError> {
        let mut followed = 0;
        while let Some(reference) = self.references.get(followed).cloned() {
            followed += 1;
            let unresolved = || {
                self.error(
                    &reference.at,
                    SchemaFault::Reference(reference.text.clone()),
                )
            };
            let pointer = pointer::of_reference(&reference.text).ok_or_else(unresolved)?;
            let target = root.pointer_mut(&pointer).ok_or_else(unresolved)?;
            if !self.is_explicit(&pointer) {
                self.schema(target, &Place::at(&pointer), 0)?;
                self.roots.insert(pointer);
            }
        }
        Ok(())
    }

    /// Whether the schema that a pointer leads to was made explicit: it is in one that was, and [`Self::children`] goes there.
    fn is_explicit(&self, pointer: &str) -> bool {
        let ends = pointer.match_indices('/').map(|(end, _)| end);
        ends.chain([pointer.len()]).any(|end| {
            let (root, steps) = pointer.split_at(end);
            self.roots.contains(root) && leads_to_schema(steps)
        })
    }

    fn expected(&self, at: &Place, expected: &'static str) -> GrammarError {
        self.error(at, SchemaFault::Expected { expected })
    }

    fn error(&self, at: &Place, problem: SchemaFault) -> GrammarError {
        GrammarError::Schema {
            of: self.of.to_owned(),
            pointer: at.to_string(),
            problem,
        }
    }
}

/// Whether the steps of a pointer go from a schema to one in it, and through schemas only.
fn leads_to_schema(steps: &str) -> bool {
    let mut steps = steps.split('/').skip(1);
    while let Some(keyword) = steps.next() {
        let goes_on = match keyword {
            "properties" | "patternProperties" | "anyOf" | "oneOf" | "prefixItems" => {
                steps.next().is_some()
            }
            "items" | "additionalProperties" => true,
            _ => false,
        };
        if !goes_on {
            return false;
        }
    }
    true
}

/// How many values there are in a value, itself included.
fn values_in(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(values_in).sum(),
        Value::Object(members) => members.values().map(values_in).sum(),
        _ => 0_usize,
    }
}

/// pydantic writes a reference with a description as an `allOf` of one schema.
fn unwrap_all_of(keywords: &mut Map<String, Value>) {
    let Some([Value::Object(only)]) = keywords
        .get("allOf")
        .and_then(|all| all.as_array())
        .map(Vec::as_slice)
    else {
        return;
    };
    let only = only.clone();
    let conflicts = only
        .keys()
        .any(|keyword| keyword != "allOf" && keywords.contains_key(keyword));
    if conflicts || only.contains_key("allOf") {
        return;
    }
    keywords.shift_remove("allOf");
    keywords.extend(only);
}

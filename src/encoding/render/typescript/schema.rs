//! Lenient access to the keywords of a schema: a value of the wrong type counts as absent.

use std::collections::HashSet;

use serde_json::Value;

pub(super) fn list<'s>(schema: &'s Value, key: &str) -> Option<&'s [Value]> {
    schema.get(key)?.as_array().map(Vec::as_slice)
}

pub(super) fn text<'s>(schema: &'s Value, key: &str) -> Option<&'s str> {
    schema.get(key)?.as_str()
}

/// The names in `required`. A set, because every property asks for its own.
pub(super) fn required_names(schema: &Value) -> HashSet<&str> {
    list(schema, "required")
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

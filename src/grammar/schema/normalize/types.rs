//! The types of a schema, made explicit: those that other keywords imply, and `null` for `nullable`.

use serde_json::{json, Map, Value};

pub(super) const TYPES: [&str; 7] = [
    "null", "boolean", "object", "array", "number", "string", "integer",
];

/// The keywords that say, if there is no `type`, which type is meant.
const IMPLYING: [(&str, &[&str]); 4] = [
    (
        "object",
        &[
            "properties",
            "required",
            "additionalProperties",
            "patternProperties",
            "propertyNames",
            "minProperties",
            "maxProperties",
        ],
    ),
    (
        "array",
        &[
            "items",
            "prefixItems",
            "minItems",
            "maxItems",
            "uniqueItems",
        ],
    ),
    ("string", &["minLength", "maxLength", "pattern"]),
    (
        "number",
        &[
            "minimum",
            "maximum",
            "exclusiveMinimum",
            "exclusiveMaximum",
            "multipleOf",
        ],
    ),
];

/// Keywords besides `type` that say what a value is.
const APPLICATORS: [&str; 9] = [
    "$ref",
    "anyOf",
    "oneOf",
    "allOf",
    "enum",
    "const",
    "not",
    "if",
    "$dynamicRef",
];

pub(super) fn read_as_object(schema: &mut Value) {
    match schema {
        Value::Bool(true) => *schema = json!({"type": "object"}),
        Value::Object(keywords) if is_silent(keywords) => {
            keywords.insert("type".to_owned(), json!("object"));
        }
        _ => {}
    }
}

/// Whether the schema does not say what its values are.
pub(super) fn is_silent(keywords: &Map<String, Value>) -> bool {
    !keywords.contains_key("type") && !APPLICATORS.iter().any(|name| keywords.contains_key(*name))
}

/// A type that is named twice would be compiled twice, and the schemas in it four times, and so on.
pub(super) fn name_types_once(keywords: &mut Map<String, Value>) {
    if let Some(Value::Array(types)) = keywords.get_mut("type") {
        // There are seven names at most.
        let mut seen: Vec<Value> = vec![];
        types.retain(|name| {
            let is_new = !seen.contains(name);
            if is_new {
                seen.push(name.clone());
            }
            is_new
        });
    }
}

pub(super) fn imply_type(keywords: &mut Map<String, Value>) {
    let implied = IMPLYING.iter().find(|(_, implying)| {
        implying
            .iter()
            .any(|keyword| keywords.contains_key(*keyword))
    });
    if let Some((name, _)) = implied {
        keywords.insert("type".to_owned(), json!(name));
    }
}

pub(super) fn allow_null(keywords: &mut Map<String, Value>) {
    if keywords.shift_remove("nullable") != Some(Value::Bool(true)) {
        return;
    }
    if let Some(Value::Array(values)) = keywords.get_mut("enum") {
        if !values.contains(&Value::Null) {
            values.push(Value::Null);
        }
    }
    let has_enum = keywords.contains_key("enum");
    match keywords.get_mut("type") {
        Some(Value::Array(types)) if !types.contains(&json!("null")) => types.push(json!("null")),
        Some(Value::String(name)) => {
            let types = json!([name, "null"]);
            keywords.insert("type".to_owned(), types);
        }
        Some(_) => {}
        None if has_enum => {}
        None => {
            let inner = Value::Object(std::mem::take(keywords));
            keywords.insert("anyOf".to_owned(), json!([inner, {"type": "null"}]));
        }
    }
}

pub(super) fn is_object(keywords: &Map<String, Value>) -> bool {
    match keywords.get("type") {
        Some(Value::String(name)) => name == "object",
        Some(Value::Array(names)) => names.contains(&json!("object")),
        _ => false,
    }
}

//! Schemas whose strings never have `<|`, for engines that take special tokens for their text.

use serde_json::{json, Map, Value};

/// Text without `<|`, as a regular expression.
const PATTERN: &str = "^([^<]|<+[^<|])*<*$";

/// Where the schema of any JSON value without `<|` is put.
const ANY: &str = "json_without_special_tokens";

/// The schema with guarded strings.
///
/// A pattern for the names of undeclared properties would also be about declared ones. So objects that declare properties have no others.
pub(in crate::grammar) fn guarded(schema: &Value) -> Value {
    let mut schema = schema.clone();
    guard(&mut schema);
    // Only what is a whole schema of its own, `true`, has no place for definitions, and is a reference by now.
    if let Value::Object(keywords) = &mut schema {
        let definitions = keywords.entry("$defs").or_insert_with(|| json!({}));
        if let Value::Object(definitions) = definitions {
            definitions.values_mut().for_each(guard);
            definitions.insert(ANY.to_owned(), any_value());
        }
        if let Some(Value::Object(definitions)) = keywords.get_mut("definitions") {
            definitions.values_mut().for_each(guard);
        }
    }
    schema
}

fn any_value() -> Value {
    let any = reference();
    json!({"anyOf": [
        {"type": ["null", "boolean", "number"]},
        {"type": "string", "pattern": PATTERN},
        {"type": "array", "items": any},
        {"type": "object", "patternProperties": {PATTERN: any}, "additionalProperties": false},
    ]})
}

fn reference() -> Value {
    json!({"$ref": format!("#/$defs/{ANY}")})
}

fn guard(schema: &mut Value) {
    let keywords = match schema {
        Value::Object(keywords) => keywords,
        Value::Bool(true) => return *schema = reference(),
        _ => return,
    };
    if says_nothing(keywords) {
        keywords.insert("$ref".to_owned(), reference()["$ref"].take());
        return;
    }
    let has_type = |name: &str| match keywords.get("type") {
        Some(Value::String(one)) => one == name,
        Some(Value::Array(names)) => names.iter().any(|one| one == name),
        _ => false,
    };
    let (string, array, object) = (has_type("string"), has_type("array"), has_type("object"));
    let is_literal = keywords.contains_key("enum") || keywords.contains_key("const");
    if string && !is_literal && !keywords.contains_key("format") {
        keywords.entry("pattern").or_insert_with(|| PATTERN.into());
    }
    if array {
        keywords.entry("items").or_insert(Value::Bool(true));
    }
    if object {
        guard_names(keywords);
    }
    for (keyword, value) in keywords.iter_mut() {
        match (keyword.as_str(), value) {
            ("properties" | "patternProperties", Value::Object(schemas)) => {
                schemas.values_mut().for_each(guard);
            }
            ("anyOf" | "oneOf" | "prefixItems", Value::Array(schemas)) => {
                schemas.iter_mut().for_each(guard);
            }
            ("items", schema) => guard(schema),
            _ => {}
        }
    }
}

fn guard_names(keywords: &mut Map<String, Value>) {
    if keywords.contains_key("patternProperties") {
        return;
    }
    let declares = keywords.get("properties").and_then(Value::as_object);
    let declares = declares.is_some_and(|properties| !properties.is_empty());
    let others = keywords.insert("additionalProperties".to_owned(), Value::Bool(false));
    match others {
        Some(others) if !declares && others != Value::Bool(false) => {
            keywords.insert("patternProperties".to_owned(), json!({PATTERN: others}));
        }
        _ => {}
    }
}

/// Whether any value fits: there are only definitions and descriptions.
fn says_nothing(keywords: &Map<String, Value>) -> bool {
    const SAYING: [&str; 9] = [
        "type", "$ref", "anyOf", "oneOf", "allOf", "enum", "const", "not", "if",
    ];
    !SAYING.iter().any(|keyword| keywords.contains_key(*keyword))
}

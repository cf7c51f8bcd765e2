//! The values that a schema admits by itself: `type`, `enum`.

use serde_json::Value;

use super::keywords::{Keywords, Path, Read};
use super::literal::literal;
use super::shape::{Shape, NEVER};

const NAMES: [&str; 7] = [
    "string", "number", "integer", "boolean", "object", "array", "null",
];
const EXPECTED: &str =
    "a type (string, number, integer, boolean, object, array, null) or a list of types";

/// The names of `type`, one or several, each of them once.
pub(super) fn own_types<'s>(keywords: Keywords<'s, '_>) -> Read<Option<Vec<&'s str>>> {
    let path = keywords.path.key("type");
    match keywords.members.get("type") {
        None => Ok(None),
        Some(Value::Array(names)) if !names.is_empty() => {
            let mut types = Vec::new();
            for (index, name) in names.iter().enumerate() {
                let name = type_name(name, &path.index(index))?;
                // A second "object" would read the properties a second time, at each level.
                if !types.contains(&name) {
                    types.push(name);
                }
            }
            Ok(Some(types))
        }
        Some(name) => Ok(Some(vec![type_name(name, &path)?])),
    }
}

fn type_name<'s>(value: &'s Value, path: &Path<'_>) -> Read<&'s str> {
    let known = value.as_str().filter(|name| NAMES.contains(name));
    known.ok_or_else(|| path.expected(EXPECTED, value))
}

/// The values of an `enum` that `types` admit.
pub(super) fn literals<'s>(values: &[Value], types: Option<&[&str]>) -> Shape<'s> {
    let admitted =
        |value: &&Value| types.is_none_or(|types| types.iter().any(|name| has_type(value, name)));
    let literals: Vec<String> = values.iter().filter(admitted).map(literal).collect();
    if literals.is_empty() {
        NEVER
    } else {
        Shape::Literals(literals)
    }
}

fn has_type(value: &Value, name: &str) -> bool {
    match value {
        Value::Null => name == "null",
        Value::Bool(_) => name == "boolean",
        Value::Number(number) => {
            let is_whole = number.as_f64().is_some_and(|number| number.fract() == 0.0);
            name == "number" || (name == "integer" && is_whole)
        }
        Value::String(_) => name == "string",
        Value::Array(_) => name == "array",
        Value::Object(_) => name == "object",
    }
}

//! The values that a schema admits by itself: `type`, `enum`.

use serde_json::Value;

use super::keywords::Keywords;
use super::literal::literal;
use super::reader::Read;
use super::shape::{Shape, NEVER};

/// The names of `type`, one or several.
pub(super) fn own_types<'s>(keywords: Keywords<'s, '_>) -> Read<Option<Vec<&'s str>>> {
    const EXPECTED: &str =
        "a type (string, number, integer, boolean, object, array, null) or a list of types";
    const NAMES: [&str; 7] = [
        "string", "number", "integer", "boolean", "object", "array", "null",
    ];
    let Some(value) = keywords.members.get("type") else {
        return Ok(None);
    };
    let path = keywords.path.key("type");
    let known = |value: &'s Value| value.as_str().filter(|name| NAMES.contains(name));
    let names = match value {
        Value::Array(names) if !names.is_empty() => names
            .iter()
            .enumerate()
            .map(|(index, name)| {
                known(name).ok_or_else(|| path.index(index).expected(EXPECTED, name))
            })
            .collect::<Read<Vec<_>>>()?,
        name => vec![known(name).ok_or_else(|| path.expected(EXPECTED, name))?],
    };
    Ok(Some(names))
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

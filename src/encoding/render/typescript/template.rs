//! Functions as the chat template of the gpt-oss models writes them.
//!
//! The template knows fewer schemas than harmony and lays them out by its own rules: a default is followed by the
//! comma that ends the line, properties of nested objects start on a line of their own after 16 spaces, item types
//! of more than 50 characters are `any`. All of that reaches the models, so all of it is kept.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::json::{spaced_json, MAX_DEPTH};
use super::schema::{list, required_names, text};

/// The spaces that the template's own indentation leaves before a nested property's type.
const PROPERTY_INDENT: &str = "\n                ";

/// The spaces that the template's own indentation leaves before a variant's default.
const DEFAULT_INDENT: &str = "                    ";

/// Item types with more characters than this are written as `any`.
const LONGEST_ITEM_TYPE: usize = 50;

/// Writes the parameters of a function, in parentheses.
pub(crate) fn write_template(parameters: Option<&Value>, out: &mut String) {
    let Some((schema, properties)) = parameters.and_then(filled_properties) else {
        out.push_str("()");
        return;
    };
    let required = required_names(schema);
    out.push_str("(_: {\n");
    for (name, property) in properties {
        if let Some(text) = description(property) {
            out.extend(["// ", text, "\n"]);
        }
        out.extend([name, optional_mark(name, &required), ": "]);
        write_type(property, MAX_DEPTH, out);
        write_default(property, out);
        out.push_str(",\n");
    }
    out.push_str("})");
}

fn write_default(schema: &Value, out: &mut String) {
    let Some(default) = schema.get("default") else {
        return;
    };
    if filled_list(schema, "enum").is_some() {
        out.extend([", // default: ", &text_of(default)]);
    } else if filled_list(schema, "oneOf").is_some() {
        out.extend(["// default: ", &text_of(default)]);
    } else {
        out.extend([", // default: ", &spaced_json(default)]);
    }
}

fn write_type(schema: &Value, levels: usize, out: &mut String) {
    let Some(levels) = levels.checked_sub(1) else {
        out.push_str("any");
        return;
    };
    let kind = schema.get("type").unwrap_or(&Value::Null);
    if kind == "array" {
        write_array(schema, levels, out);
    } else if let Some(kinds) = filled_list(schema, "type") {
        write_joined(kinds, " | ", out);
    } else if let Some(variants) = filled_list(schema, "oneOf") {
        write_variants(variants, levels, out);
    } else {
        match kind.as_str() {
            Some("string") => write_string(schema, out),
            Some("number" | "integer") => out.push_str("number"),
            Some("boolean") => out.push_str("boolean"),
            Some("object") => write_object(schema, levels, out),
            _ => out.push_str("any"),
        }
    }
}

fn write_array(schema: &Value, levels: usize, out: &mut String) {
    let items = schema.get("items").filter(|items| is_filled(items));
    out.push_str(&items.map_or_else(|| "any".to_owned(), |items| item_type(items, levels)));
    out.push_str("[]");
    write_null(schema, out);
}

fn item_type(items: &Value, levels: usize) -> String {
    match items.get("type").and_then(Value::as_str) {
        Some("string") => "string".to_owned(),
        Some("number" | "integer") => "number".to_owned(),
        Some("boolean") => "boolean".to_owned(),
        _ => {
            let mut text = String::new();
            write_type(items, levels, &mut text);
            if text == "object | object" || text.chars().count() > LONGEST_ITEM_TYPE {
                text = "any".to_owned();
            }
            text
        }
    }
}

fn write_variants(variants: &[Value], levels: usize, out: &mut String) {
    for (index, variant) in variants.iter().enumerate() {
        if index > 0 {
            out.push_str(" | \n");
        }
        write_type(variant, levels, out);
        if let Some(text) = description(variant) {
            out.extend(["// ", text]);
        }
        if let Some(default) = variant.get("default") {
            out.extend([DEFAULT_INDENT, "// default: ", &spaced_json(default)]);
        }
    }
}

fn write_string(schema: &Value, out: &mut String) {
    match filled_list(schema, "enum") {
        Some(values) => {
            out.push('"');
            write_joined(values, "\" | \"", out);
            out.push('"');
        }
        None => {
            out.push_str("string");
            write_null(schema, out);
        }
    }
}

fn write_object(schema: &Value, levels: usize, out: &mut String) {
    let Some((schema, properties)) = filled_properties(schema) else {
        out.push_str("object");
        return;
    };
    let required = required_names(schema);
    out.push_str("{\n");
    for (index, (name, property)) in properties.iter().enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        let mark = optional_mark(name, &required);
        out.extend([name, mark, ": ", PROPERTY_INDENT]);
        write_type(property, levels, out);
    }
    out.push('}');
}

fn write_null(schema: &Value, out: &mut String) {
    if schema.get("nullable").is_some_and(is_filled) {
        out.push_str(" | null");
    }
}

fn write_joined(values: &[Value], separator: &str, out: &mut String) {
    for (index, value) in values.iter().enumerate() {
        if index > 0 {
            out.push_str(separator);
        }
        out.push_str(&text_of(value));
    }
}

fn optional_mark(name: &str, required: &HashSet<&str>) -> &'static str {
    if required.contains(name) {
        ""
    } else {
        "?"
    }
}

/// The schema and its properties, if it has any.
fn filled_properties(schema: &Value) -> Option<(&Value, &Map<String, Value>)> {
    let properties = schema.get("properties")?.as_object()?;
    (!properties.is_empty()).then_some((schema, properties))
}

fn description(schema: &Value) -> Option<&str> {
    text(schema, "description").filter(|text| !text.is_empty())
}

fn filled_list<'s>(schema: &'s Value, key: &str) -> Option<&'s [Value]> {
    list(schema, key).filter(|values| !values.is_empty())
}

/// Whether the template takes the value for true.
fn is_filled(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(flag) => *flag,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(members) => !members.is_empty(),
    }
}

/// A value as the template writes it into text: a string without quotes.
fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        value => spaced_json(value),
    }
}

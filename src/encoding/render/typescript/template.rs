//! Functions as the chat template of the gpt-oss models writes them.
//!
//! The template knows fewer schemas than harmony and lays them out by its own rules: a default is followed by the
//! comma that ends the line, properties of nested objects start on a line of their own behind 16 blanks, item types
//! of more than 50 characters are `any`. All of that reaches the models, so all of it is kept.

use std::io;

use serde::Serialize;
use serde_json::ser::Formatter;
use serde_json::{Map, Serializer, Value};

use super::push_all;
use crate::chat::ToolDescription;

/// Levels of schemas in schemas that are written; serde_json itself reads at most 128.
const MAX_DEPTH: usize = 256;

/// The blanks that the template's own indentation leaves before a nested property's type.
const PROPERTY_INDENT: &str = "\n                ";

/// The blanks that the template's own indentation leaves before a variant's default.
const DEFAULT_INDENT: &str = "                    ";

/// Item types with more characters than this are written as `any`.
const LONGEST_ITEM_TYPE: usize = 50;

/// Writes the comment and the type of one function.
pub(super) fn write_tool(tool: &ToolDescription, out: &mut String) {
    push_all(
        out,
        ["// ", &tool.description, "\ntype ", &tool.name, " = "],
    );
    let parameters = tool.parameters.as_ref().unwrap_or(&Value::Null);
    let Some(properties) = properties(parameters) else {
        out.push_str("() => any;\n");
        return;
    };
    out.push_str("(_: {\n");
    for (name, schema) in properties {
        if let Some(text) = description(schema) {
            push_all(out, ["// ", text, "\n"]);
        }
        push_all(out, [name, optional_mark(name, parameters), ": "]);
        write_type(schema, MAX_DEPTH, out);
        write_default(schema, out);
        out.push_str(",\n");
    }
    out.push_str("}) => any;\n");
}

fn write_default(schema: &Value, out: &mut String) {
    let Some(default) = schema.get("default") else {
        return;
    };
    if filled_list(schema, "enum").is_some() {
        push_all(out, [", // default: ", &text_of(default)]);
    } else if filled_list(schema, "oneOf").is_some() {
        push_all(out, ["// default: ", &text_of(default)]);
    } else {
        push_all(out, [", // default: ", &spaced_json(default)]);
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
            push_all(out, ["// ", text]);
        }
        if let Some(default) = variant.get("default") {
            push_all(out, [DEFAULT_INDENT, "// default: ", &spaced_json(default)]);
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
    let Some(properties) = properties(schema) else {
        out.push_str("object");
        return;
    };
    out.push_str("{\n");
    for (index, (name, property)) in properties.iter().enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        let mark = optional_mark(name, schema);
        push_all(out, [name, mark, ": ", PROPERTY_INDENT]);
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

fn optional_mark(name: &str, object: &Value) -> &'static str {
    let required = filled_list(object, "required").unwrap_or_default();
    if required.iter().any(|required| required == name) {
        ""
    } else {
        "?"
    }
}

fn properties(schema: &Value) -> Option<&Map<String, Value>> {
    let properties = schema.get("properties")?.as_object()?;
    (!properties.is_empty()).then_some(properties)
}

fn description(schema: &Value) -> Option<&str> {
    let text = schema.get("description")?.as_str()?;
    (!text.is_empty()).then_some(text)
}

fn filled_list<'v>(schema: &'v Value, key: &str) -> Option<&'v [Value]> {
    let list = schema.get(key)?.as_array()?;
    (!list.is_empty()).then_some(list)
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

/// A value as JSON with a blank behind each comma and colon, which is how the template's filter writes it.
fn spaced_json(value: &Value) -> String {
    let mut bytes = Vec::new();
    let written = value.serialize(&mut Serializer::with_formatter(&mut bytes, Spaced));
    debug_assert!(written.is_ok(), "a Vec takes every byte");
    String::from_utf8(bytes).unwrap_or_default()
}

struct Spaced;

impl Formatter for Spaced {
    fn begin_array_value<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        writer.write_all(if first { b"" } else { b", " })
    }

    fn begin_object_key<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        writer.write_all(if first { b"" } else { b", " })
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b": ")
    }
}

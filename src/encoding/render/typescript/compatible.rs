//! JSON Schema to TypeScript exactly as openai-harmony 0.0.8 writes it.
//!
//! Every quirk here is part of the format that the models were trained on and that callers compare
//! token for token: text of a schema is copied verbatim, the description of an object appears
//! a second time in front of its brace, a closing brace is indented as far as the properties, and what
//! the form does not know becomes `any`. [`faithful`](super::faithful) is the form without them.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::json::{compact_json, MAX_DEPTH};
use super::schema::{list, required_names, text};

/// Appends the type that `schema` describes to `out`. Total: whatever is not a schema is `any`.
pub(crate) fn write_compatible(schema: &Value, out: &mut String) {
    let written = out.len();
    let mut writer = Writer {
        out,
        depth: 0,
        scanned: written,
        last_null: None,
    };
    writer.write_type(schema, 0);
}

struct Writer<'out> {
    out: &'out mut String,
    depth: usize,
    /// Up to here `out` has been searched for `null`.
    scanned: usize,
    /// Where the last `null` of the searched part begins.
    last_null: Option<usize>,
}

impl Writer<'_> {
    /// `indent` counts the spaces before the lines that this type begins.
    fn write_type(&mut self, schema: &Value, indent: usize) {
        if self.depth == MAX_DEPTH {
            return self.push("any");
        }
        self.depth += 1;
        if let Some(variants) = list(schema, "oneOf") {
            self.write_variants(variants, indent);
        } else if let Some(names) = type_list(schema) {
            self.push(&names.join(" | "));
        } else {
            self.write_single_type(schema, indent);
        }
        self.depth -= 1;
    }

    fn write_single_type(&mut self, schema: &Value, indent: usize) {
        match text(schema, "type") {
            Some("object") => self.write_object(schema, indent),
            Some("array") => self.write_array(schema, indent),
            Some("string") => self.write_string(schema),
            Some("number" | "integer") => self.push("number"),
            Some("boolean") => self.push("boolean"),
            _ => self.push("any"),
        }
    }

    fn write_string(&mut self, schema: &Value) {
        let values = list(schema, "enum").unwrap_or_default();
        let quoted: Vec<String> = values
            .iter()
            .filter_map(Value::as_str)
            .map(|value| format!("\"{value}\""))
            .collect();
        if quoted.is_empty() {
            self.push("string");
        } else {
            self.push(&quoted.join(" | "));
        }
    }

    fn write_array(&mut self, schema: &Value, indent: usize) {
        let Some(items) = schema.get("items") else {
            return self.push("Array<any>");
        };
        self.write_type(items, indent);
        self.push("[]");
    }

    /// A `oneOf` that is not a property: a tool's parameters, the items of an array, a variant.
    fn write_variants(&mut self, variants: &[Value], indent: usize) {
        for variant in variants {
            self.push("\n");
            self.write_indent(indent);
            self.push(" | ");
            self.write_nullable_type(variant, indent + 3);
            let remarks = [
                text(variant, "description").map(str::to_owned),
                // Unlike everywhere else, the default of an enum keeps its quotes here.
                variant.get("default").map(|value| match value {
                    Value::String(raw) if !has_enum(variant) => format!("default: \"{raw}\""),
                    other => format!("default: {}", compact_json(other, MAX_DEPTH)),
                }),
            ];
            self.write_trailing_comment(remarks);
        }
    }

    fn write_object(&mut self, schema: &Value, indent: usize) {
        if let Some(description) = text(schema, "description") {
            self.write_comment(description, indent);
        }
        self.push("{\n");
        if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
            self.write_properties(properties, &required_names(schema), indent);
        }
        self.write_indent(indent);
        self.push("}");
    }

    fn write_properties(
        &mut self,
        properties: &Map<String, Value>,
        required: &HashSet<&str>,
        indent: usize,
    ) {
        for (name, schema) in properties {
            let marker = if required.contains(name.as_str()) {
                ":"
            } else {
                "?:"
            };
            self.write_remarks(schema, indent);
            if let Some(variants) = list(schema, "oneOf") {
                self.write_property_of_variants(schema, variants, &[name, marker], indent);
            } else {
                self.write_property(schema, &[name, marker], indent);
            }
        }
    }

    /// The comments above a property: title, description, examples.
    fn write_remarks(&mut self, schema: &Value, indent: usize) {
        if let Some(title) = text(schema, "title") {
            self.write_comment(title, indent);
            self.write_indent(indent);
            self.push("//\n");
        }
        if schema.get("oneOf").is_none() {
            if let Some(description) = text(schema, "description") {
                self.write_comment(description, indent);
            }
        }
        let Some(examples) = list(schema, "examples").filter(|examples| !examples.is_empty())
        else {
            return;
        };
        self.write_comment("Examples:", indent);
        for example in examples.iter().filter_map(Value::as_str) {
            self.write_comment(&format!("- \"{example}\""), indent);
        }
    }

    fn write_property(&mut self, schema: &Value, name_and_marker: &[&str], indent: usize) {
        self.write_indent(indent);
        name_and_marker.iter().for_each(|part| self.push(part));
        self.push(" ");
        self.write_nullable_type(schema, indent + 4);
        self.push(",");
        if schema.get("oneOf").is_none() {
            self.write_trailing_comment([default_remark(schema)]);
        }
        self.push("\n");
    }

    /// A property that is a `oneOf`: its variants one below the other, then a line with the comma.
    fn write_property_of_variants(
        &mut self,
        schema: &Value,
        variants: &[Value],
        name_and_marker: &[&str],
        indent: usize,
    ) {
        let description = text(schema, "description");
        let first = variants
            .first()
            .and_then(|variant| text(variant, "description"));
        let described_above = description.is_some() && description != first;
        if let Some(description) = description.filter(|_| described_above) {
            self.write_comment(description, indent);
        }
        if let Some(remark) = default_remark(schema) {
            self.write_comment(&remark, indent);
        }
        self.write_indent(indent);
        name_and_marker.iter().for_each(|part| self.push(part));
        self.push("\n");
        for (index, variant) in variants.iter().enumerate() {
            self.write_indent(indent);
            self.push(" | ");
            self.write_nullable_type(variant, indent + 3);
            // The first variant stays silent when the property has just been described.
            let own_description = text(variant, "description")
                .filter(|own| Some(*own) != description && !(index == 0 && described_above));
            self.write_trailing_comment([
                own_description.map(str::to_owned),
                default_remark(variant),
            ]);
            self.push("\n");
        }
        self.write_indent(indent);
        self.push(",\n");
    }

    fn write_nullable_type(&mut self, schema: &Value, indent: usize) {
        let start = self.out.len();
        self.write_type(schema, indent);
        let nullable = schema.get("nullable").and_then(Value::as_bool) == Some(true);
        if nullable && !self.says_null_since(start) {
            self.push(" | null");
        }
    }

    /// Whether the text from `start` on has the letters `null` anywhere, even inside a comment.
    ///
    /// Each byte is searched once, however deeply nullable types nest: the last hit answers for
    /// every `start` before it.
    fn says_null_since(&mut self, start: usize) -> bool {
        const NULL: &[u8] = b"null";
        let from = self.scanned.saturating_sub(NULL.len() - 1);
        let fresh = &self.out.as_bytes()[from..];
        if let Some(offset) = fresh.windows(NULL.len()).rposition(|window| window == NULL) {
            self.last_null = Some(from + offset);
        }
        self.scanned = self.out.len();
        self.last_null.is_some_and(|at| at >= start)
    }

    fn write_comment(&mut self, comment: &str, indent: usize) {
        self.write_indent(indent);
        self.push("// ");
        self.push(comment);
        self.push("\n");
    }

    fn write_trailing_comment<const N: usize>(&mut self, remarks: [Option<String>; N]) {
        let mut lead = " // ";
        for remark in remarks.into_iter().flatten() {
            self.push(lead);
            self.push(&remark);
            lead = " ";
        }
    }

    fn write_indent(&mut self, indent: usize) {
        self.out.extend(std::iter::repeat_n(' ', indent));
    }

    fn push(&mut self, text: &str) {
        self.out.push_str(text);
    }
}

/// `default: …`; a string is quoted unless the schema is an enum, and never escaped.
fn default_remark(schema: &Value) -> Option<String> {
    Some(match schema.get("default")? {
        Value::String(raw) if has_enum(schema) => format!("default: {raw}"),
        Value::String(raw) => format!("default: \"{raw}\""),
        other => format!("default: {}", compact_json(other, MAX_DEPTH)),
    })
}

/// The names of a `type` that is a list, if it names any.
fn type_list(schema: &Value) -> Option<Vec<&str>> {
    let names: Vec<&str> = list(schema, "type")?
        .iter()
        .filter_map(Value::as_str)
        .map(|name| if name == "integer" { "number" } else { name })
        .collect();
    (!names.is_empty()).then_some(names)
}

fn has_enum(schema: &Value) -> bool {
    list(schema, "enum").is_some_and(|values| !values.is_empty())
}

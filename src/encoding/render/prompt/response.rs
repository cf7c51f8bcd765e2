//! The section `# Response Formats`.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::push_all;

/// A form that the model's answer shall have, told to the model; a sampler must enforce it by other means.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct ResponseFormat {
    /// The name, for example `shopping_list`.
    pub name: String,
    /// What it is for; each line becomes a comment above the schema.
    #[serde(default)]
    pub description: Option<String>,
    /// The JSON Schema of the answer, written as one line of JSON.
    pub schema: Value,
}

impl ResponseFormat {
    /// A format with the given name and JSON Schema.
    pub fn new(name: impl Into<String>, schema: Value) -> Self {
        Self {
            name: name.into(),
            description: None,
            schema,
        }
    }

    /// Sets the comment above the schema.
    pub fn with_description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }
}

/// Writes the section.
pub(super) fn write_response_formats(formats: &[ResponseFormat], out: &mut String) {
    out.push_str("# Response Formats");
    for format in formats {
        push_all(out, ["\n\n## ", &format.name, "\n\n"]);
        for line in format.description.iter().flat_map(|text| text.lines()) {
            push_all(out, ["// ", line, "\n"]);
        }
        out.push_str(&format.schema.to_string());
    }
}

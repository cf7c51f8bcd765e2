//! The section `# Response Formats`.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::encoding::render::typescript::{plain_json, MAX_DEPTH};
use crate::error::{RenderErrorKind, SchemaError, SchemaProblem};

/// The form that the prompt asks the model's answer to have; a sampler must enforce it by other means.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
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
    #[must_use]
    pub fn with_description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }
}

/// Writes the section.
///
/// # Errors
/// A schema that is nested too deeply.
pub(super) fn write_response_formats(
    formats: &[ResponseFormat],
    out: &mut String,
) -> Result<(), RenderErrorKind> {
    out.push_str("# Response Formats");
    for format in formats {
        out.extend(["\n\n## ", &format.name, "\n\n"]);
        for line in format.description.iter().flat_map(|text| text.lines()) {
            out.extend(["// ", line, "\n"]);
        }
        let schema = plain_json(&format.schema).ok_or_else(|| too_deep(format))?;
        out.push_str(&schema);
    }
    Ok(())
}

fn too_deep(format: &ResponseFormat) -> RenderErrorKind {
    RenderErrorKind::InvalidResponseFormat {
        name: format.name.clone(),
        error: SchemaError {
            path: String::new(),
            problem: SchemaProblem::TooDeep { limit: MAX_DEPTH },
        },
    }
}

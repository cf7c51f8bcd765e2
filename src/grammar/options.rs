//! What a request says about its output.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The form of the answer on the final channel, as `response_format` (Chat Completions) or `text.format` (Responses) give it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResponseFormat {
    /// Any text.
    #[default]
    Text,
    /// Any JSON object.
    JsonObject,
    /// JSON that fits a schema.
    JsonSchema {
        /// The JSON Schema.
        schema: Value,
        /// With `true`, a missing `additionalProperties` is read as `false`.
        #[serde(default)]
        strict: bool,
    },
}

impl ResponseFormat {
    /// JSON that fits this schema.
    pub fn json_schema(schema: Value) -> Self {
        Self::JsonSchema {
            schema,
            strict: false,
        }
    }
}

/// Whether the model may think, on the analysis channel, before it answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reasoning {
    /// Any number of thoughts, also none.
    #[default]
    Auto,
    /// No thoughts.
    Off,
    /// At least one thought, before everything else.
    Required,
}

/// Which tools' arguments must fit their schemas.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Schemas {
    /// All that have one.
    #[default]
    All,
    /// Those of tools with `strict: true`; the arguments of the others may be any JSON object.
    Declared,
}

/// A server for whose parser the language is made wider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Compat {
    /// vLLM: also the header `final json`, and preambles beside JSON answers.
    Vllm,
}

/// What to do with a JSON Schema keyword that a target cannot enforce.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unsupported {
    /// Report it.
    #[default]
    Error,
    /// Leave it out, so that more is allowed, and list it in `relaxed`.
    Relax,
}

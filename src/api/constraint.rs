//! What may be sampled, for engines that can be told.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What the model may write after `<|start|>assistant`.
///
/// A request has one if it demands something that the model might not do on its own: a call, no call, one call at
/// most, arguments or an answer in a certain form.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
pub struct Constraint {
    /// Whether there may or must be calls.
    pub calls: CallRule,
    /// The functions that may be called, each with the JSON Schema of its arguments; `null` for any arguments.
    pub functions: Map<String, Value>,
    /// The other tools that may be called, by recipient: `browser.search`, `python`, `label.tool`.
    pub others: Vec<String>,
    /// Whether there may be more than one call.
    pub parallel: bool,
    /// The form of the final message; `None` for text.
    #[serde(rename = "final")]
    pub final_form: Option<FinalForm>,
    /// Whether the schemas are to be followed strictly.
    pub strict: bool,
}

/// Whether an answer may or must hold calls.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum CallRule {
    /// There is no call.
    None,
    /// There may be calls.
    Auto,
    /// There is at least one call.
    Required,
}

/// The form of a final message that is not free text.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum FinalForm {
    /// Any JSON object.
    Json,
    /// JSON that fits this schema.
    Schema(Value),
}

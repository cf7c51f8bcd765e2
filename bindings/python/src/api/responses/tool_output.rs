//! What a tool returned.

use openai_harmony::api::{ToolContent, ToolOutput};
use pyo3::prelude::*;
use serde_json::Value;

use crate::read::{json, message};

/// What a tool returned: text or a message for the model, and lists of dicts for the client.
pub fn read_output(
    content: &Bound<'_, PyAny>,
    outputs: Option<&Bound<'_, PyAny>>,
    sources: Option<&Bound<'_, PyAny>>,
    failed: bool,
) -> PyResult<ToolOutput> {
    let content = match content.extract() {
        Ok(text) => ToolContent::Text(text),
        Err(_) => ToolContent::Message(message(content)?),
    };
    Ok(ToolOutput {
        content,
        outputs: outputs.map(read_list).transpose()?,
        sources: sources.map(read_list).transpose()?,
        failed,
    })
}

/// A list of dicts.
fn read_list(list: &Bound<'_, PyAny>) -> PyResult<Vec<Value>> {
    list.try_iter()?
        .map(|entry| json(&entry?, "tool output"))
        .collect()
}

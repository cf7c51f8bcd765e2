//! What a tool returned.

use openai_harmony::api::{ToolContent, ToolOutput};
use pyo3::prelude::*;
use pyo3::types::PyString;
use serde_json::Value;

use crate::arguments::{items, wrong_type};
use crate::read::{json, message};
use crate::text::text_of;

/// What a tool returned: text or a message for the model, and lists of dicts for the client.
pub fn read_output(
    content: &Bound<'_, PyAny>,
    outputs: Option<&Bound<'_, PyAny>>,
    sources: Option<&Bound<'_, PyAny>>,
    failed: bool,
) -> PyResult<ToolOutput> {
    let content = match content.cast::<PyString>() {
        Ok(text) => ToolContent::Text(text_of(text)?.into_owned()),
        Err(_) if content.hasattr("author")? => ToolContent::Message(message(content)?),
        Err(_) => {
            return Err(wrong_type(
                "text_or_message must be a string or a Message",
                content,
            ))
        }
    };
    Ok(ToolOutput {
        content,
        outputs: outputs.map(|list| read_list("outputs", list)).transpose()?,
        sources: sources.map(|list| read_list("sources", list)).transpose()?,
        failed,
    })
}

/// The dicts of an argument.
fn read_list(name: &str, list: &Bound<'_, PyAny>) -> PyResult<Vec<Value>> {
    items(list, &format!("{name} must be a sequence of dicts or None"))?
        .map(|entry| json(&entry?, name))
        .collect()
}

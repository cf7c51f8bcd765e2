//! The contents of messages: text, and the structured parts of system and developer messages.

use std::collections::BTreeMap;

use openai_harmony::chat::{
    ChannelConfig, Content, DeveloperContent, ReasoningEffort, SystemContent, TextContent,
    ToolDescription, ToolNamespaceConfig,
};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use super::each;
use super::error::{Read, ReadError};
use super::fields::{flag, string, Fields};
use super::json;
use super::models::models;

/// A message's contents; a string is a single text content.
pub fn contents(value: &Bound<'_, PyAny>) -> Read<Vec<Content>> {
    if value.is_instance_of::<PyString>() {
        return Ok(vec![Content::from(string(value)?)]);
    }
    each(value, "contents", content)
}

fn content(value: &Bound<'_, PyAny>) -> Read<Content> {
    let py = value.py();
    let models = models(py)?;
    if models.text.reads(value)? {
        return text(&Fields::of(value, &models.text)?);
    }
    // Subclasses of these two are asked for their dict form: theirs is what pydantic's serialisers make of them.
    if models.system.is_class_of(value) {
        return system(&Fields::of(value, &models.system)?);
    }
    if models.developer.is_class_of(value) {
        return developer(&Fields::of(value, &models.developer)?);
    }
    let fields =
        Fields::of_dict_form(value).ok_or_else(|| ReadError::expected("a Content", value))??;
    match fields.required(intern!(py, "type"), string)?.as_str() {
        "text" => text(&fields),
        "system_content" => system(&fields),
        "developer_content" => developer(&fields),
        other => Err(ReadError::invalid(format!(
            "unknown kind of content {other:?}; known are text, system_content, developer_content"
        ))
        .within("type")),
    }
}

fn text(fields: &Fields<'_>) -> Read<Content> {
    let text = fields.required(intern!(fields.py(), "text"), string)?;
    Ok(Content::Text(TextContent { text }))
}

fn system(fields: &Fields<'_>) -> Read<Content> {
    let py = fields.py();
    Ok(Content::SystemContent(SystemContent {
        model_identity: fields.optional(intern!(py, "model_identity"), string)?,
        reasoning_effort: fields.optional(intern!(py, "reasoning_effort"), reasoning_effort)?,
        tools: fields.optional(intern!(py, "tools"), namespaces)?,
        conversation_start_date: fields.optional(intern!(py, "conversation_start_date"), string)?,
        knowledge_cutoff: fields.optional(intern!(py, "knowledge_cutoff"), string)?,
        channel_config: fields.optional(intern!(py, "channel_config"), channel_config)?,
    }))
}

fn developer(fields: &Fields<'_>) -> Read<Content> {
    let py = fields.py();
    Ok(Content::DeveloperContent(DeveloperContent {
        instructions: fields.optional(intern!(py, "instructions"), string)?,
        tools: fields.optional(intern!(py, "tools"), namespaces)?,
    }))
}

fn reasoning_effort(value: &Bound<'_, PyAny>) -> Read<ReasoningEffort> {
    let word = string(value)?;
    match word.to_ascii_lowercase().as_str() {
        "low" => Ok(ReasoningEffort::Low),
        "medium" => Ok(ReasoningEffort::Medium),
        "high" => Ok(ReasoningEffort::High),
        _ => Err(ReadError::invalid(format!(
            "unknown reasoning effort {word:?}; known are Low, Medium, High"
        ))),
    }
}

fn channel_config(value: &Bound<'_, PyAny>) -> Read<ChannelConfig> {
    let py = value.py();
    let fields = Fields::of(value, &models(py)?.channel_config)?;
    Ok(ChannelConfig {
        valid_channels: fields.required(intern!(py, "valid_channels"), |list| {
            each(list, "strings", string)
        })?,
        channel_required: fields.required(intern!(py, "channel_required"), flag)?,
    })
}

fn namespaces(value: &Bound<'_, PyAny>) -> Read<BTreeMap<String, ToolNamespaceConfig>> {
    let dict = value
        .cast::<PyDict>()
        .map_err(|_| ReadError::expected("a dict of tool namespaces", value))?;
    dict.iter()
        .map(|(name, value)| {
            let name = string(&name)?;
            match namespace(&value) {
                Ok(namespace) => Ok((name, namespace)),
                Err(error) => Err(error.within(name.as_str())),
            }
        })
        .collect()
}

fn namespace(value: &Bound<'_, PyAny>) -> Read<ToolNamespaceConfig> {
    let py = value.py();
    let fields = Fields::of(value, &models(py)?.namespace)?;
    Ok(ToolNamespaceConfig {
        name: fields.required(intern!(py, "name"), string)?,
        description: fields.optional(intern!(py, "description"), string)?,
        tools: fields.required(intern!(py, "tools"), |list| {
            each(list, "tool descriptions", tool)
        })?,
    })
}

fn tool(value: &Bound<'_, PyAny>) -> Read<ToolDescription> {
    let py = value.py();
    let fields = Fields::of(value, &models(py)?.tool)?;
    let name = fields.required(intern!(py, "name"), string)?;
    let described = || -> Read<_> {
        let description = fields.optional(intern!(py, "description"), string)?;
        let parameters = fields.optional(intern!(py, "parameters"), json::value)?;
        Ok((description.unwrap_or_default(), parameters))
    };
    let (description, parameters) = described().map_err(|error| error.in_tool(&name))?;
    Ok(ToolDescription {
        name,
        description,
        parameters,
    })
}

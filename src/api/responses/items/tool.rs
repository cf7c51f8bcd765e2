//! Calls of tools and what they answered.

use crate::api::error::{BadRequest, BadRequestCode};
use crate::api::request::calls::{self, arguments_of, custom_arguments};
use crate::api::request::history::History;
use crate::api::request::node::Node;
use crate::api::request::parameters::text;
use crate::api::request::text::text_of;
use crate::chat::{Message, Role};

const OUTPUT_PARTS: [&str; 1] = ["input_text"];

pub(super) fn read_function_call<'v>(
    item: &Node<'v, '_>,
    history: &mut History<'v>,
) -> Result<(), BadRequest> {
    let id = item.require("call_id")?.string()?;
    let name = item.require("name")?.string()?;
    history.call(Some(id), name, arguments_of(item)?);
    Ok(())
}

pub(super) fn read_custom_call<'v>(
    item: &Node<'v, '_>,
    history: &mut History<'v>,
) -> Result<(), BadRequest> {
    let id = item.require("call_id")?.string()?;
    let name = item.require("name")?.string()?;
    let input = item.require("input")?.string()?;
    history.call(Some(id), name, custom_arguments(input));
    Ok(())
}

/// The output of a function or a custom tool.
pub(super) fn read_output(
    item: &Node<'_, '_>,
    history: &mut History<'_>,
) -> Result<(), BadRequest> {
    let id = item.require("call_id")?.string()?;
    let output = text_of(&item.require("output")?, &OUTPUT_PARTS)?;
    if !history.knows(id) {
        return Err(BadRequest {
            message: format!("No tool call found for function call output with call_id {id}."),
            param: Some("input".to_owned()),
            code: Some(BadRequestCode::InvalidValue),
        });
    }
    history.answer(id, output);
    Ok(())
}

/// Code that the model ran in its chain of thought, and what it printed.
pub(super) fn read_code_interpreter<'v>(
    item: &Node<'v, '_>,
    history: &mut History<'v>,
) -> Result<(), BadRequest> {
    let code = text(item, "code")?.unwrap_or_default();
    let call = Message::from_role_and_content(Role::Assistant, code)
        .with_channel("analysis")
        .with_recipient("python")
        .with_content_type("code");
    let logs = logs(item)?;
    history.push_call(None, call);
    if let Some(logs) = logs {
        history.answer_last(logs);
    }
    Ok(())
}

/// The text outputs of a code interpreter; `None` if it did not run.
fn logs(item: &Node<'_, '_>) -> Result<Option<String>, BadRequest> {
    let Some(outputs) = item.get("outputs") else {
        return Ok(None);
    };
    let mut texts = Vec::new();
    for output in outputs.elements()? {
        let kind = output.require("type")?;
        match kind.string()? {
            "logs" => texts.push(output.require("logs")?.string()?),
            // The model reads text only.
            "image" => {}
            _ => return Err(kind.none_of(["logs", "image"])),
        }
    }
    Ok(Some(texts.join("\n")))
}

/// A call of an `mcp` server's tool, with its output or its error.
pub(super) fn read_mcp<'v>(
    item: &Node<'v, '_>,
    history: &mut History<'v>,
) -> Result<(), BadRequest> {
    let label = item.require("server_label")?.string()?;
    let name = item.require("name")?.string()?;
    let call = calls::call(&format!("{label}.{name}"), arguments_of(item)?);
    let output = match text(item, "output")? {
        Some(output) => Some(output.to_owned()),
        None => error(item),
    };
    history.push_call(None, call);
    if let Some(output) = output {
        history.answer_last(output);
    }
    Ok(())
}

/// An error is a text, or an object that the server describes.
fn error(item: &Node<'_, '_>) -> Option<String> {
    let error = item.get("error")?;
    let text = error.value().as_str().map(str::to_owned);
    Some(text.unwrap_or_else(|| error.value().to_string()))
}

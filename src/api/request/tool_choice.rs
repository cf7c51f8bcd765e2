//! Which calls the answer may hold: `tool_choice` and its predecessor `function_call`.

use std::collections::HashSet;

use super::json::Json;
use super::node::Node;
use super::tools::{is_web_search, Tools};
use crate::api::error::BadRequest;
use crate::api::plan::ToolChoice;

const MODES: [&str; 3] = ["none", "auto", "required"];

/// Reads the choice, in the form of either API.
///
/// # Errors
/// A tool that the request does not declare, or a call that must be made without any tool.
pub(in crate::api) fn read(body: &Node<'_, '_>, tools: &Tools) -> Result<ToolChoice, BadRequest> {
    if let Some(choice) = body.get("tool_choice") {
        return read_choice(&choice, tools);
    }
    match body.get("function_call") {
        Some(choice) => read_choice(&choice, tools),
        None => Ok(ToolChoice::Auto),
    }
}

fn read_choice(choice: &Node<'_, '_>, tools: &Tools) -> Result<ToolChoice, BadRequest> {
    match choice.value() {
        Json::String(mode) => match mode {
            "none" => Ok(ToolChoice::None),
            "auto" => Ok(ToolChoice::Auto),
            "required" if tools.is_empty() => Err(needs_tools(choice)),
            "required" => Ok(ToolChoice::Required),
            _ => Err(choice.none_of(MODES)),
        },
        Json::Object(_) if tools.is_empty() => Err(needs_tools(choice)),
        Json::Object(_) => read_object(choice, tools),
        _ => Err(choice.wrong_type("a string or an object")),
    }
}

fn read_object(choice: &Node<'_, '_>, tools: &Tools) -> Result<ToolChoice, BadRequest> {
    if choice.get("type").is_none() && choice.get("name").is_some() {
        // The predecessor `function_call` has only the name.
        return named_function(choice, choice, tools);
    }
    let kind = choice.require("type")?;
    match kind.string()? {
        "allowed_tools" => {
            let nested = choice.get("allowed_tools");
            allowed(choice, nested.as_ref().unwrap_or(choice), tools)
        }
        "function" | "custom" => {
            let nested = nested_function(choice);
            named_function(choice, nested.as_ref().unwrap_or(choice), tools)
        }
        _ => {
            let recipients = recipients_of(choice, choice, tools)?;
            Ok(match <[String; 1]>::try_from(recipients) {
                Ok([only]) => ToolChoice::Named(only),
                Err(recipients) => ToolChoice::Allowed {
                    recipients,
                    required: true,
                },
            })
        }
    }
}

/// The member that holds the name in Chat Completions.
fn nested_function<'v, 'p>(tool: &'p Node<'v, '_>) -> Option<Node<'v, 'p>> {
    tool.get("function").or_else(|| tool.get("custom"))
}

fn named_function(
    choice: &Node<'_, '_>,
    function: &Node<'_, '_>,
    tools: &Tools,
) -> Result<ToolChoice, BadRequest> {
    let name = function.require("name")?.string()?;
    let recipient = tools.function_recipient(name);
    recipient
        .map(ToolChoice::Named)
        .ok_or_else(|| unknown(choice, name))
}

fn allowed(
    choice: &Node<'_, '_>,
    allowed: &Node<'_, '_>,
    tools: &Tools,
) -> Result<ToolChoice, BadRequest> {
    let mode = allowed.require("mode")?;
    let required = match mode.string()? {
        "auto" => false,
        "required" => true,
        _ => return Err(mode.none_of(["auto", "required"])),
    };
    let mut recipients = Vec::new();
    let mut seen = HashSet::new();
    for tool in allowed.require("tools")?.elements()? {
        let mut of_tool = recipients_of(choice, &tool, tools)?;
        of_tool.retain(|recipient| seen.insert(recipient.clone()));
        recipients.append(&mut of_tool);
    }
    if recipients.is_empty() && required {
        return Err(needs_tools(choice));
    }
    Ok(ToolChoice::Allowed {
        recipients,
        required,
    })
}

/// The recipients of calls of one tool.
fn recipients_of(
    choice: &Node<'_, '_>,
    tool: &Node<'_, '_>,
    tools: &Tools,
) -> Result<Vec<String>, BadRequest> {
    let kind = tool.require("type")?;
    let (name, recipients) = match kind.string()? {
        "function" | "custom" => {
            let nested = nested_function(tool);
            let function = nested.as_ref().unwrap_or(tool);
            let name = function.require("name")?.string()?;
            (name, tools.function_recipient(name).into_iter().collect())
        }
        "mcp" => {
            let label = tool.require("server_label")?.string()?;
            let name = match tool.get("name") {
                Some(name) => Some(name.string()?),
                None => None,
            };
            (name.unwrap_or(label), tools.mcp_recipients(label, name))
        }
        "code_interpreter" => ("code_interpreter", tools.code_interpreter_recipients()),
        name if is_web_search(name) => (name, tools.web_search_recipients()),
        _ => {
            let types = [
                "function",
                "custom",
                "allowed_tools",
                "mcp",
                "web_search",
                "code_interpreter",
            ];
            return Err(kind.none_of(types));
        }
    };
    if recipients.is_empty() {
        return Err(unknown(choice, name));
    }
    Ok(recipients)
}

fn unknown(choice: &Node<'_, '_>, name: &str) -> BadRequest {
    let path = choice.path();
    choice.refuse(format!(
        "Invalid value for '{path}': tool '{name}' not found in 'tools' parameter."
    ))
}

fn needs_tools(choice: &Node<'_, '_>) -> BadRequest {
    let path = choice.path();
    choice.refuse(format!(
        "Invalid value for '{path}': '{path}' is only allowed when 'tools' are specified."
    ))
}

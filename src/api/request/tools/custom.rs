//! Custom tools: any text goes in. The model sees a function with one string `input`.

use std::collections::BTreeSet;

use serde_json::json;

use super::{function, Function};
use crate::api::error::BadRequest;
use crate::api::plan::FunctionKind;
use crate::api::request::node::Node;
use crate::chat::ToolDescription;

pub(super) fn read(
    tool: &Node<'_, '_>,
    names: &mut BTreeSet<String>,
) -> Result<Function, BadRequest> {
    let name = function::name(tool, names)?;
    let mut description = function::description(tool)?.to_owned();
    if let Some(form) = form_of_input(tool)? {
        if !description.is_empty() {
            description.push('\n');
        }
        description.push_str(&form);
    }
    let parameters = json!({
        "type": "object",
        "properties": {"input": {"type": "string"}},
        "required": ["input"],
    });
    Ok(Function {
        description: ToolDescription::new(name, description, Some(parameters)),
        kind: FunctionKind::Custom,
        strict: false,
    })
}

/// What the description says about the grammar of the input.
fn form_of_input(tool: &Node<'_, '_>) -> Result<Option<String>, BadRequest> {
    let Some(format) = tool.get("format") else {
        return Ok(None);
    };
    let kind = format.require("type")?;
    match kind.string()? {
        "text" => Ok(None),
        "grammar" => {
            // Chat Completions has one level more than the Responses API.
            let nested = format.get("grammar");
            let grammar = nested.as_ref().unwrap_or(&format);
            let syntax = grammar.require("syntax")?;
            let name = match syntax.string()? {
                "lark" => "Lark grammar",
                "regex" => "regular expression",
                _ => return Err(syntax.none_of(["lark", "regex"])),
            };
            let definition = grammar.require("definition")?.string()?;
            Ok(Some(format!(
                "The input must match this {name}:\n{definition}"
            )))
        }
        _ => Err(kind.none_of(["text", "grammar"])),
    }
}

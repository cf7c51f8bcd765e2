//! The input items of a request to the Responses API, in the words of harmony.

mod message;
mod reasoning;
mod tool;

use std::ops::Range;

use crate::api::error::BadRequest;
use crate::api::host::Host;
use crate::api::request::history::History;
use crate::api::request::json::Json;
use crate::api::request::node::Node;

const TYPES: [&str; 10] = [
    "message",
    "reasoning",
    "function_call",
    "function_call_output",
    "custom_tool_call",
    "custom_tool_call_output",
    "code_interpreter_call",
    "web_search_call",
    "mcp_call",
    "item_reference",
];

/// What an item says, as far as its neighbours need to know.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Message,
    Reasoning,
    Call,
    Other,
}

/// Writes the items of a range into the history.
pub(super) fn read<'v>(
    items: &[Node<'v, '_>],
    range: Range<usize>,
    history: &mut History<'v>,
    host: &impl Host,
) -> Result<(), BadRequest> {
    for index in range {
        let (item, later) = (&items[index], &items[index + 1..]);
        match type_of(item)? {
            "message" => message::read(item, comes_before_call(later), history)?,
            "reasoning" => reasoning::read(item, history, host)?,
            "function_call" => tool::read_function_call(item, history)?,
            "custom_tool_call" => tool::read_custom_call(item, history)?,
            "function_call_output" | "custom_tool_call_output" => {
                tool::read_output(item, history)?;
            }
            "code_interpreter_call" => tool::read_code_interpreter(item, history)?,
            "mcp_call" => tool::read_mcp(item, history)?,
            // Its results are not in the item, so there is nothing to show the model.
            "web_search_call" => {}
            _ => {
                let kind = item.require("type")?;
                return Err(kind.none_of(TYPES));
            }
        }
    }
    Ok(())
}

/// An item without a type is a message.
fn type_of<'v>(item: &Node<'v, '_>) -> Result<&'v str, BadRequest> {
    item.object()?;
    match item.get("type") {
        Some(kind) => kind.string(),
        None => Ok("message"),
    }
}

/// Whether the assistant's next step is a call, perhaps after a thought.
fn comes_before_call(later: &[Node<'_, '_>]) -> bool {
    later
        .iter()
        .map(kind_of)
        .find(|kind| *kind != Kind::Reasoning)
        == Some(Kind::Call)
}

fn kind_of(item: &Node<'_, '_>) -> Kind {
    match item.value().get("type").and_then(Json::as_str) {
        None | Some("message") => Kind::Message,
        Some("reasoning") => Kind::Reasoning,
        Some(
            "function_call"
            | "custom_tool_call"
            | "mcp_call"
            | "code_interpreter_call"
            | "web_search_call",
        ) => Kind::Call,
        Some(_) => Kind::Other,
    }
}

/// The id that an item refers to, if it is a reference: it says so, or has nothing but an id.
pub(super) fn referred_id<'v>(item: &Node<'v, '_>) -> Result<Option<&'v str>, BadRequest> {
    let is_reference = match item.get("type") {
        Some(kind) => kind.value().as_str() == Some("item_reference"),
        None => item.get("role").is_none() && item.get("id").is_some(),
    };
    if !is_reference {
        return Ok(None);
    }
    item.require("id")?.string().map(Some)
}

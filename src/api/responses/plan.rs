//! What a request settles about the answer of the Responses API.

use serde_json::{Map, Value};

use crate::api::error::BadRequest;
use crate::api::plan::{Include, ResponsesPlan};
use crate::api::request::node::Node;
use crate::api::request::parameters::flag;

const INCLUDES: [&str; 4] = [
    "reasoning.encrypted_content",
    "message.output_text.logprobs",
    "code_interpreter_call.outputs",
    "web_search_call.action.sources",
];

pub(super) fn read(
    body: &Node<'_, '_>,
    include: Include,
    echo: Map<String, Value>,
    items: Vec<Value>,
) -> Result<ResponsesPlan, BadRequest> {
    let max_tool_calls = body.get("max_tool_calls");
    Ok(ResponsesPlan {
        stream: flag(body, "stream", false)?,
        max_tool_calls: max_tool_calls.map(|limit| limit.count(1)).transpose()?,
        include,
        echo,
        items,
    })
}

/// Values that OpenAI has and that are without meaning here have no effect.
pub(super) fn include(body: &Node<'_, '_>) -> Result<Include, BadRequest> {
    let mut include = Include::default();
    let Some(list) = body.get("include") else {
        return Ok(include);
    };
    for value in list.elements()? {
        match value.string()? {
            "reasoning.encrypted_content" => include.encrypted_reasoning = true,
            "message.output_text.logprobs" => include.logprobs = true,
            "code_interpreter_call.outputs" => include.code_outputs = true,
            "web_search_call.action.sources" => include.search_sources = true,
            "web_search_call.results"
            | "file_search_call.results"
            | "message.input_image.image_url"
            | "computer_call_output.output.image_url" => {}
            _ => return Err(value.none_of(INCLUDES)),
        }
    }
    Ok(include)
}

/// The alternatives that `include` and `top_logprobs` ask for.
pub(super) fn top_logprobs(
    body: &Node<'_, '_>,
    include: Include,
) -> Result<Option<u8>, BadRequest> {
    let top = match body.get("top_logprobs") {
        Some(top) => u8::try_from(top.integer(0..=20)?).unwrap_or(0),
        None => 0,
    };
    Ok(include.logprobs.then_some(top))
}

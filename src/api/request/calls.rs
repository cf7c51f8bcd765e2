//! Calls and results of a conversation, in the words of harmony.

use std::borrow::Cow;

use serde_json::json;

use super::json::Json;
use super::node::Node;
use crate::api::error::BadRequest;
use crate::chat::{Author, Message, Role};

/// The arguments of a call as text: verbatim, or as JSON where a client sends an object.
pub(in crate::api) fn arguments_of<'v>(call: &Node<'v, '_>) -> Result<Cow<'v, str>, BadRequest> {
    let Some(arguments) = call.get("arguments") else {
        return Ok(Cow::Borrowed(""));
    };
    match arguments.value() {
        Json::String(text) => Ok(Cow::Borrowed(text)),
        Json::Object(object) if object.is_empty() => Ok(Cow::Borrowed("{}")),
        Json::Object(_) => Ok(Cow::Owned(arguments.value().to_string())),
        _ => Err(arguments.wrong_type("a string")),
    }
}

/// The arguments of the function as which a custom tool is offered.
pub(in crate::api) fn custom_arguments(input: &str) -> String {
    json!({"input": input}).to_string()
}

/// A call of a function: on the commentary channel, with JSON arguments.
pub(in crate::api) fn call(recipient: &str, arguments: impl Into<String>) -> Message {
    Message::from_role_and_content(Role::Assistant, arguments.into())
        .with_channel("commentary")
        .with_recipient(recipient)
        .with_content_type("<|constrain|>json")
}

/// What a tool answers, on the channel of its call.
pub(in crate::api) fn result(author: &str, channel: &str, output: impl Into<String>) -> Message {
    Message::from_author_and_content(Author::new(Role::Tool, author), output.into())
        .with_channel(channel)
        .with_recipient(Role::Assistant.as_str())
}

//! Messages of Chat Completions as a conversation, without a request around them.

use std::collections::BTreeMap;

use serde_json::Value;

use super::history;
use crate::api::error::BadRequest;
use crate::api::request::head;
use crate::api::request::history::History;
use crate::api::request::json::Json;
use crate::api::request::node::Node;
use crate::api::request::tools::{Dialect, Tools};
use crate::chat::{Conversation, SystemContent};

/// The conversation that a gpt-oss model sees for the `messages` and `tools` of an object: a request to Chat
/// Completions or a row of a data set. Other members are not read.
///
/// The conversation begins with the given system message. Names of users become names of authors if
/// `participant_names` says so.
///
/// ```
/// use openai_harmony::api::conversation_from_chat;
/// use openai_harmony::chat::SystemContent;
///
/// let row = serde_json::json!({"messages": [
///     {"role": "user", "content": "2 + 2?"},
///     {"role": "assistant", "reasoning_content": "Easy.", "content": "4"},
/// ]});
/// let conversation = conversation_from_chat(&row, &SystemContent::new(), false)?;
/// let channels: Vec<_> = conversation.messages.iter().map(|message| message.channel.as_deref()).collect();
/// assert_eq!(channels, [None, None, Some("analysis"), Some("final")]);
/// # Ok::<(), openai_harmony::api::BadRequest>(())
/// ```
///
/// # Errors
/// The first thing that is wrong with the messages or tools, with its path.
pub fn conversation_from_chat(
    row: &Value,
    system: &SystemContent,
    participant_names: bool,
) -> Result<Conversation, BadRequest> {
    conversation_with_origins(row.into(), system, participant_names)
        .map(|(conversation, _)| conversation)
}

/// As [`conversation_from_chat`], and for each message the index of the one that it comes from; `None` for the system and the
/// developer message at the beginning, which come from several or none.
pub(crate) fn conversation_with_origins(
    row: Json<'_>,
    system: &SystemContent,
    participant_names: bool,
) -> Result<(Conversation, Vec<Option<usize>>), BadRequest> {
    let row = Node::body(row);
    let tools = Tools::read(&row, Dialect::Nested, &BTreeMap::new())?;
    let (history, origins) = history::read(&row.require("messages")?, &tools, participant_names)?;
    let History {
        messages: said,
        instructions,
        ..
    } = history;
    let functions = tools.functions.into_iter();
    let functions = functions.map(|function| function.description).collect();
    let mut messages: Vec<_> =
        head::messages(system.clone(), &instructions, functions, false).collect();
    let origins = std::iter::repeat_n(None, messages.len())
        .chain(origins.into_iter().map(Some))
        .collect();
    messages.extend(said);
    Ok((Conversation { messages }, origins))
}

//! In which words the rows of a data set are written.

use super::failure::Fault;
use crate::api::{Array, Json, Object};
use crate::named::named_enum;

named_enum! {
    "form",
    /// In which words the rows of a data set are written.
    #[derive(Default)]
    #[non_exhaustive]
    pub enum Form {
        /// Found out once from the first rows, see [`detect_form`](super::detect_form).
        #[default]
        Auto = "auto",
        /// Messages of harmony, with channels and recipients.
        Harmony = "harmony",
        /// Messages of Chat Completions, with `reasoning_content` and `tool_calls`, and perhaps `tools` beside them.
        Chat = "chat",
    }
}

/// The keys of messages that only harmony has.
const HARMONY_KEYS: [&str; 4] = ["author", "channel", "recipient", "content_type"];

/// The keys of messages that only Chat Completions has.
const CHAT_KEYS: [&str; 6] = [
    "tool_calls",
    "tool_call_id",
    "function_call",
    "reasoning_content",
    "reasoning",
    "thinking",
];

/// The types of content that only harmony has.
const HARMONY_CONTENTS: [&str; 2] = ["system_content", "developer_content"];

impl Form {
    /// The form that a row says it has; `None` if it could be either.
    pub(super) fn of(row: Json<'_>) -> Option<Self> {
        let messages = match row {
            Json::Array(messages) => messages,
            Json::Object(row) if has(row, "tools") => return Some(Self::Chat),
            Json::Object(row) => row.get("messages")?.as_array()?,
            _ => return None,
        };
        messages.iter().find_map(|message| {
            let message = message.as_object()?;
            if is_harmony(message) {
                return Some(Self::Harmony);
            }
            CHAT_KEYS
                .iter()
                .any(|key| has(message, key))
                .then_some(Self::Chat)
        })
    }
}

/// Refuses messages of Chat Completions one of which says what only harmony has words for: it would be lost.
pub(super) fn check_chat(messages: Json<'_>) -> Result<(), Fault> {
    let messages = messages.as_array().into_iter();
    for (index, message) in messages.flat_map(Array::iter).enumerate() {
        let Some(message) = message.as_object() else {
            continue;
        };
        if let Some(key) = HARMONY_KEYS.iter().find(|key| has(message, key)) {
            return Err(wrong_form(index, key, Form::Harmony, Form::Chat));
        }
    }
    Ok(())
}

pub(super) fn wrong_form(index: usize, key: &str, of: Form, read_as: Form) -> Fault {
    Fault::new(
        "row.wrong_form",
        format_args!("messages[{index}].{key} is of the form {of:?}, but the rows are read in the form {read_as:?}"),
    )
}

fn is_harmony(message: Object<'_>) -> bool {
    let contents = message.get("content").and_then(Json::as_array);
    let typed = contents.into_iter().flat_map(Array::iter).any(|content| {
        let kind = content.get("type").and_then(Json::as_str);
        kind.is_some_and(|kind| HARMONY_CONTENTS.contains(&kind))
    });
    typed || HARMONY_KEYS.iter().any(|key| has(message, key))
}

/// Whether the key says anything: exporters write what is missing as null, an empty text or an empty list.
fn has(object: Object<'_>, key: &str) -> bool {
    match object.get(key) {
        None | Some(Json::Null) => false,
        Some(Json::String(text)) => !text.is_empty(),
        Some(Json::Array(items)) => items.len() > 0,
        Some(_) => true,
    }
}

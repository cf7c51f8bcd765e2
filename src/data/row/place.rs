//! Where the fault of a row is that serde reports without a path. Only looked for in rows that fail.

use std::fmt::Display;
use std::iter;

use serde::de::value::MapDeserializer;
use serde::Deserialize;
use serde_json::Value;

use super::contents::Contents;
use super::messages::MessageRecord;
use crate::data::failure::Fault;

/// The fault of the first message that cannot be read, with its path: `messages[3].role`.
pub(super) fn fault_of_message(row: &Value) -> Option<Fault> {
    let messages = row.get("messages").unwrap_or(row).as_array()?;
    messages.iter().enumerate().find_map(|(index, message)| {
        let error = MessageRecord::deserialize(message).err()?;
        let at = |path: &str, error: &dyn Display| {
            let reason = format_args!("messages[{index}]{path}: {error}");
            Fault::new("row.invalid_conversation", reason)
        };
        Some(match fault_of_field(message) {
            Some((path, error)) => at(&path, &error),
            None => at("", &error),
        })
    })
}

/// The first field of a message that cannot be read by itself.
fn fault_of_field(message: &Value) -> Option<(String, serde_json::Error)> {
    message.as_object()?.iter().find_map(|(name, value)| {
        let alone = iter::once((name.as_str(), value));
        let error = MessageRecord::deserialize(MapDeserializer::new(alone)).err()?;
        let items = value.as_array().into_iter().flatten().enumerate();
        let in_item = |(item, content): (usize, &Value)| {
            let error = Contents::deserialize(Value::from(vec![content.clone()])).err()?;
            Some((format!(".content[{item}]"), error))
        };
        let item = (name == "content").then(|| items.into_iter().find_map(in_item));
        Some(item.flatten().unwrap_or((format!(".{name}"), error)))
    })
}

//! Conversations from Python: models are read field by field, without JSON in between.
//!
//! A model is read from its instance dictionary, whose keys are those of its dict form; so one reader serves both forms. Objects
//! of other classes, such as contents of a caller's own, are asked for their `to_dict`. Every error names the path to the value,
//! which is put together on the way back, so that it costs nothing where all is well.

mod contents;
mod error;
mod fields;
mod json;
mod models;
mod options;

use openai_harmony::chat::{Author, Conversation, Message, Role};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyList;
use serde_json::Value;

use super::arguments::wrong_type;
use super::members::PyEnum;
use error::{Read, ReadError};
use fields::{string, Fields};
use models::models;

pub use options::{open_message, render_format, render_spec, response_formats};

/// A conversation, from an object of the class `Conversation` or one that has its `to_dict`.
///
/// Raises `TypeError` for anything else, and `InvalidConversationError` for a field that holds a value of the wrong kind.
pub fn conversation(value: &Bound<'_, PyAny>) -> PyResult<Conversation> {
    renderable(
        value,
        "conversation must be a Conversation (see Conversation.from_messages, from_chat_completions)",
    )?;
    let read = || {
        let fields = Fields::of(value, &models(value.py())?.conversation)?;
        let messages = fields.required(intern!(value.py(), "messages"), |list| {
            each(list, "messages", message_of)
        })?;
        Ok(Conversation { messages })
    };
    read().map_err(|error: ReadError| error.raise(value.py(), "conversation"))
}

/// A message, from an object of the class `Message` or one that has its `to_dict`; errors as for [`conversation`].
pub fn message(value: &Bound<'_, PyAny>) -> PyResult<Message> {
    renderable(value, "message must be a Message")?;
    message_of(value).map_err(|error| error.raise(value.py(), "message"))
}

/// Any value that JSON has; `what` names it in errors.
pub fn json(value: &Bound<'_, PyAny>, what: &str) -> PyResult<Value> {
    json::value(value).map_err(|error| error.raise(value.py(), what))
}

/// The messages of a list; errors as for [`conversation`], with their index in the list.
pub fn messages(list: &Bound<'_, PyList>) -> PyResult<Vec<Message>> {
    each(list, "messages", message_of)
        .map_err(|error| error.within("messages").raise(list.py(), "conversation"))
}

/// What has no `to_dict` was not meant: the argument itself is wrong, not a value in it.
fn renderable(value: &Bound<'_, PyAny>, wanted: &str) -> PyResult<()> {
    let models = models(value.py())?;
    if models.conversation.is_class_of(value)
        || models.message.is_class_of(value)
        || value.hasattr(intern!(value.py(), "to_dict"))?
    {
        return Ok(());
    }
    Err(wrong_type(wanted, value))
}

fn message_of(value: &Bound<'_, PyAny>) -> Read<Message> {
    let py = value.py();
    let fields = Fields::of(value, &models(py)?.message)?;
    Ok(Message {
        author: author(&fields)?,
        recipient: fields.optional(intern!(py, "recipient"), string)?,
        content: fields.required(intern!(py, "content"), contents::contents)?,
        channel: fields.optional(intern!(py, "channel"), string)?,
        content_type: fields.optional(intern!(py, "content_type"), string)?,
    })
}

/// The author of a message. In the dict form, role and name are fields of the message itself.
fn author(message: &Fields<'_>) -> Read<Author> {
    let py = message.py();
    let of = |fields: &Fields<'_>| -> Read<Author> {
        Ok(Author {
            role: fields.required(intern!(py, "role"), role)?,
            name: fields.optional(intern!(py, "name"), string)?,
        })
    };
    let nested = message.optional(intern!(py, "author"), |author| {
        of(&Fields::of(author, &models(py)?.author)?)
    })?;
    nested.map_or_else(|| of(message), Ok)
}

fn role(value: &Bound<'_, PyAny>) -> Read<Role> {
    if let Some(role) = Role::of_member(value)? {
        return Ok(role);
    }
    let word = string(value)?;
    word.parse::<Role>()
        .map_err(|error| ReadError::invalid(error.to_string()))
}

/// Every item of a list or tuple.
fn each<'py, T>(
    value: &Bound<'py, PyAny>,
    kind: &str,
    read: impl Fn(&Bound<'py, PyAny>) -> Read<T>,
) -> Read<Vec<T>> {
    let list = match value.cast::<PyList>() {
        Ok(list) => list.clone(),
        Err(_) if value.is_instance_of::<pyo3::types::PyTuple>() => {
            PyList::new(value.py(), value.try_iter()?.collect::<PyResult<Vec<_>>>()?)?
        }
        Err(_) => return Err(ReadError::expected(&format!("a list of {kind}"), value)),
    };
    list.iter()
        .enumerate()
        .map(|(index, item)| read(&item).map_err(|error| error.within(index)))
        .collect()
}

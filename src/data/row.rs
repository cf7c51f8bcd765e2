//! A row as a conversation.

mod contents;
mod given;
mod messages;
mod place;

use serde::de::DeserializeSeed;
use serde_json::{json, Number, Value};

use super::failure::Fault;
use super::form::{self, Form};
use super::recipe::{Learn, LearnPolicy, Recipe};
use crate::api::{conversation_with_origins, Json, Tree};
use crate::chat::{Message, SystemContent};
use messages::HarmonyRow;

/// What a row says.
#[derive(Debug, Default)]
pub(super) struct Conversation {
    pub(super) messages: Vec<Message>,
    /// For each message how much its tokens count; empty if nothing says so.
    pub(super) weights: Vec<f32>,
    /// The values of the columns to carry along, in their order.
    pub(super) kept: Vec<Option<String>>,
}

/// Reads rows of one form.
#[derive(Debug)]
pub(super) struct Reader<'r> {
    form: Form,
    keep: &'r [String],
    system: SystemContent,
    has_weights: bool,
}

impl<'r> Reader<'r> {
    /// `form` is what `Auto` turned out to be.
    pub(super) fn new(recipe: &'r Recipe, form: Form) -> Self {
        Self {
            form,
            keep: &recipe.keep,
            system: recipe.system.clone().unwrap_or_default(),
            has_weights: recipe.learn == Learn::Policy(LearnPolicy::Weights),
        }
    }

    /// The conversation of a line of JSON Lines, or of a JSON text.
    pub(super) fn json(&self, line: &[u8]) -> Result<Conversation, Fault> {
        let line = text(line)?;
        if self.form == Form::Chat {
            let row = match serde_json::from_str(line)? {
                messages @ Tree::Array(_) => Tree::Object(vec![("messages".into(), messages)]),
                row => row,
            };
            return self.chat(Json::from(&row));
        }
        let mut json = serde_json::Deserializer::from_str(line);
        let row = HarmonyRow::seed(self.keep).deserialize(&mut json);
        let row = row.and_then(|row| json.end().map(|()| row));
        self.harmony(row.map_err(|error| match serde_json::from_str(line) {
            Ok(row) => placed(error, &row),
            Err(_) => error.into(),
        })?)
    }

    /// The conversation of a value.
    pub(super) fn value(&self, value: Value) -> Result<Conversation, Fault> {
        if self.form == Form::Chat {
            let row = match value {
                messages @ Value::Array(_) => json!({ "messages": messages }),
                row => row,
            };
            return self.chat(Json::from(&row));
        }
        let row = HarmonyRow::seed(self.keep).deserialize(&value);
        self.harmony(row.map_err(|error| placed(error, &value))?)
    }

    /// A conversation that is already read, which has no weights and no other columns.
    pub(super) fn messages(&self, messages: &[Message]) -> Conversation {
        Conversation {
            messages: messages.to_vec(),
            weights: Vec::new(),
            kept: vec![None; self.keep.len()],
        }
    }

    fn harmony(&self, row: HarmonyRow) -> Result<Conversation, Fault> {
        if row.has_tools {
            let reason = "\"tools\" is of the form Chat, but the rows are read in the form Harmony";
            return Err(Fault::new("row.wrong_form", reason));
        }
        let count = row.messages.len();
        let mut conversation = Conversation {
            messages: Vec::with_capacity(count),
            weights: Vec::with_capacity(if self.has_weights { count } else { 0 }),
            kept: row.kept,
        };
        for (index, record) in row.messages.into_iter().enumerate() {
            if self.has_weights {
                conversation.weights.push(record.weight());
            }
            conversation.messages.push(record.into_message(index)?);
        }
        Ok(conversation)
    }

    /// The conversation of an object with `messages`.
    fn chat(&self, row: Json<'_>) -> Result<Conversation, Fault> {
        if let Some(messages) = row.get("messages") {
            form::check_chat(messages)?;
        }
        let (conversation, origins) = conversation_with_origins(row, &self.system, false)?;
        let weights = if self.has_weights {
            chat_weights(row, &origins)?
        } else {
            Vec::new()
        };
        let keep = |name: &String| kept(row.get(name));
        Ok(Conversation {
            messages: conversation.messages,
            weights,
            kept: self.keep.iter().map(keep).collect(),
        })
    }
}

/// An error with the path of the message that it is in, if it is in one.
fn placed(error: serde_json::Error, row: &Value) -> Fault {
    place::fault_of_message(row).unwrap_or_else(|| error.into())
}

/// The text of a line, without the mark that some editors write before UTF-8.
pub(super) fn text(line: &[u8]) -> Result<&str, Fault> {
    // The first says only whether the bytes are UTF-8, at 16 times the speed; the second also where they are not.
    let text = simdutf8::basic::from_utf8(line).or_else(|_| std::str::from_utf8(line));
    match text {
        Ok(text) => Ok(text.strip_prefix('\u{feff}').unwrap_or(text)),
        Err(error) => Err(Fault::new("row.invalid_utf8", error)),
    }
}

/// A value to carry along: a text as it is, anything else as JSON.
fn kept(value: Option<Json<'_>>) -> Option<String> {
    match value? {
        Json::Null => None,
        Json::String(text) => Some(text.to_owned()),
        other => Some(other.to_string()),
    }
}

/// The weight of each message, from the message of Chat Completions that it comes from.
fn chat_weights(row: Json<'_>, origins: &[Option<usize>]) -> Result<Vec<f32>, Fault> {
    let messages = row.get("messages").and_then(Json::as_array);
    let weight = |origin: &Option<usize>| {
        let message = origin.and_then(|index| messages?.get(index));
        let of = |name| message.and_then(|message| message.get(name));
        let number = match of("weight") {
            None | Some(Json::Null) => None,
            Some(value) => {
                let number = value.as_number().and_then(Number::as_f64);
                Some(number.ok_or("\"weight\" must be a number")? as f32)
            }
        };
        let flag = match of("train") {
            None | Some(Json::Null) => None,
            Some(value) => Some(value.as_bool().ok_or("\"train\" must be a bool")?),
        };
        Ok(messages::weight(number, flag))
    };
    let weights: Result<_, &str> = origins.iter().map(weight).collect();
    weights.map_err(|reason| Fault::new("row.invalid_weight", reason))
}

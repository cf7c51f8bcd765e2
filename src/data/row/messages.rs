//! The messages of a row of harmony.

use std::fmt;

use serde::de::{self, DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::contents::Contents;
use super::kept;
use crate::api::{Json, Tree};
use crate::chat::{Author, Message, Role};
use crate::data::failure::Fault;
use crate::data::form::{wrong_form, Form};

/// A row: a list of messages, or an object with `messages`.
pub(super) struct HarmonyRow {
    pub(super) messages: Vec<MessageRecord>,
    pub(super) kept: Vec<Option<String>>,
    /// Whether tools are beside the messages, where harmony does not have them.
    pub(super) has_tools: bool,
}

impl HarmonyRow {
    /// Reads a row and the values of these keys.
    pub(super) fn seed(keep: &[String]) -> RowSeed<'_> {
        RowSeed { keep }
    }
}

pub(super) struct RowSeed<'r> {
    keep: &'r [String],
}

impl<'de> DeserializeSeed<'de> for RowSeed<'_> {
    type Value = HarmonyRow;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<HarmonyRow, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for RowSeed<'_> {
    type Value = HarmonyRow;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a list of messages, or an object with the key \"messages\"")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<HarmonyRow, A::Error> {
        Ok(HarmonyRow {
            messages: Vec::deserialize(de::value::SeqAccessDeserializer::new(items))?,
            kept: vec![None; self.keep.len()],
            has_tools: false,
        })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<HarmonyRow, A::Error> {
        let mut messages = None;
        let mut values = vec![None; self.keep.len()];
        let mut has_tools = false;
        while let Some(key) = fields.next_key::<String>()? {
            match key.as_str() {
                "messages" => messages = Some(fields.next_value()?),
                "tools" => has_tools |= fields.next_value::<Said>()?.0,
                name => match self.keep.iter().position(|kept| kept == name) {
                    Some(index) => {
                        values[index] = kept(Some(Json::from(&fields.next_value::<Tree>()?)))
                    }
                    None => drop(fields.next_value::<IgnoredAny>()?),
                },
            }
        }
        Ok(HarmonyRow {
            messages: messages.ok_or_else(|| de::Error::missing_field("messages"))?,
            kept: values,
            has_tools,
        })
    }
}

/// A message as the Python models read it: the author's fields in an object of their own, or beside the others.
#[derive(Deserialize)]
pub(super) struct MessageRecord {
    author: Option<Author>,
    role: Option<Role>,
    name: Option<String>,
    #[serde(default)]
    content: Contents,
    channel: Option<String>,
    recipient: Option<String>,
    content_type: Option<String>,
    weight: Option<f32>,
    train: Option<bool>,
    // What would be lost: harmony has other places for it.
    #[serde(default)]
    tool_calls: Said,
    #[serde(default)]
    tool_call_id: Said,
    #[serde(default)]
    function_call: Said,
    #[serde(default)]
    reasoning_content: Said,
    #[serde(default)]
    reasoning: Said,
    #[serde(default)]
    thinking: Said,
}

impl MessageRecord {
    pub(super) fn weight(&self) -> f32 {
        weight(self.weight, self.train)
    }

    /// The message, whose index is for errors.
    pub(super) fn into_message(self, index: usize) -> Result<Message, Fault> {
        if let Some(key) = self.key_of_chat() {
            return Err(wrong_form(index, key, Form::Chat, Form::Harmony));
        }
        let author = match (self.author, self.role) {
            (Some(author), _) => author,
            (None, Some(role)) => Author {
                role,
                name: self.name,
            },
            (None, None) => {
                let reason = format_args!("messages[{index}]: missing field `role`");
                return Err(Fault::new("row.invalid_conversation", reason));
            }
        };
        Ok(Message {
            author,
            recipient: self.recipient,
            content: self.content.0,
            channel: self.channel,
            content_type: self.content_type,
        })
    }

    fn key_of_chat(&self) -> Option<&'static str> {
        [
            (self.tool_calls, "tool_calls"),
            (self.tool_call_id, "tool_call_id"),
            (self.function_call, "function_call"),
            (self.reasoning_content, "reasoning_content"),
            (self.reasoning, "reasoning"),
            (self.thinking, "thinking"),
        ]
        .into_iter()
        .find_map(|(said, key)| said.0.then_some(key))
    }
}

/// How much a message counts: its weight, 0 if a flag says that it is not trained on, otherwise 1.
pub(super) fn weight(weight: Option<f32>, train: Option<bool>) -> f32 {
    match (weight, train) {
        (_, Some(false)) => 0.0,
        (Some(weight), _) => weight,
        (None, _) => 1.0,
    }
}

/// Whether a key says anything: exporters write what is missing as null, an empty text or an empty list.
#[derive(Clone, Copy, Default)]
struct Said(bool);

impl<'de> Deserialize<'de> for Said {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SaidVisitor).map(Self)
    }
}

struct SaidVisitor;

impl<'de> Visitor<'de> for SaidVisitor {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_unit<E>(self) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_bool<E>(self, _: bool) -> Result<bool, E> {
        Ok(true)
    }

    fn visit_i64<E>(self, _: i64) -> Result<bool, E> {
        Ok(true)
    }

    fn visit_u64<E>(self, _: u64) -> Result<bool, E> {
        Ok(true)
    }

    fn visit_f64<E>(self, _: f64) -> Result<bool, E> {
        Ok(true)
    }

    fn visit_str<E>(self, text: &str) -> Result<bool, E> {
        Ok(!text.is_empty())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<bool, A::Error> {
        let mut says = false;
        while items.next_element::<IgnoredAny>()?.is_some() {
            says = true;
        }
        Ok(says)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<bool, A::Error> {
        while fields.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(true)
    }
}

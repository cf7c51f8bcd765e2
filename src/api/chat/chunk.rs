//! The chunks of a streamed completion, and who receives them.

use serde::ser::{SerializeMap, Serializer};
use serde::{Deserialize, Serialize};
use serde_json::{json, Value};

use super::usage::ChatUsage;
use crate::api::logprob::ContentLogprob;
use crate::api::turn::CallForm;
use crate::api::ReasoningField;
use crate::named::named_enum;

/// Receives the chunks of a stream.
pub trait ChunkSink {
    /// The next chunk.
    fn chunk(&mut self, chunk: &Chunk<'_>);

    /// The stream has failed; this is its last object: `{"error": {"message", "type", "param", "code"}}`.
    fn error(&mut self, error: &Value);
}

/// Discards the chunks, for callers that only want the whole completion.
impl ChunkSink for () {
    fn chunk(&mut self, _: &Chunk<'_>) {}
    fn error(&mut self, _: &Value) {}
}

/// Collects the chunks as JSON.
impl ChunkSink for Vec<Value> {
    fn chunk(&mut self, chunk: &Chunk<'_>) {
        self.push(json!(chunk));
    }

    fn error(&mut self, error: &Value) {
        self.push(error.clone());
    }
}

/// One chunk. Serialized, it is the object `chat.completion.chunk`.
#[derive(Clone, Debug, PartialEq)]
pub struct Chunk<'a> {
    /// What is the same in all chunks.
    pub envelope: &'a Envelope,
    /// What is new.
    pub body: ChunkBody<'a>,
}

/// What a chunk brings.
#[derive(Clone, Debug, PartialEq)]
pub enum ChunkBody<'a> {
    /// Something new in one choice.
    Choice(ChoiceDelta<'a>),
    /// The usage of the whole request: the last chunk, if the request asks for it.
    Usage(ChatUsage),
}

/// What is new in a choice.
#[derive(Clone, Debug, PartialEq)]
pub struct ChoiceDelta<'a> {
    /// The choice, from 0.
    pub index: usize,
    /// The new text.
    pub delta: Delta<'a>,
    /// The log-probabilities of the content, if the request asks for them.
    pub logprobs: Option<Vec<ContentLogprob>>,
    /// Why the choice has ended, in its last chunk.
    pub finish_reason: Option<ChatFinishReason>,
}

/// The field `delta` of a choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delta<'a> {
    /// The first of a choice: the role, and content `""`.
    Role,
    /// Part of a thought.
    Reasoning {
        /// Where it is reported.
        field: ReasoningField,
        /// The new text, never empty.
        text: &'a str,
    },
    /// Part of the content, never empty.
    Content(&'a str),
    /// A call begins.
    CallOpened {
        /// Counts the calls of the choice from 0.
        index: usize,
        /// The id of the call.
        id: &'a str,
        /// Whether it has arguments or free text.
        form: CallForm,
        /// What is called.
        name: &'a str,
    },
    /// Part of the arguments of a call.
    CallGrown {
        /// Counts the calls of the choice from 0.
        index: usize,
        /// Whether it has arguments or free text.
        form: CallForm,
        /// The new text, never empty.
        text: &'a str,
    },
    /// The last of a choice: nothing new.
    Empty,
}

named_enum! {
    "finish reason",
    /// Why a choice has ended.
    pub enum ChatFinishReason {
        /// The model ended its turn, or a stop string came.
        Stop = "stop",
        /// The limit of tokens was reached.
        Length = "length",
        /// The model waits for the result of a tool.
        ToolCalls = "tool_calls",
        /// A filter ended the answer.
        ContentFilter = "content_filter",
    }
}

/// What all chunks of a completion have in common.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// The id of the completion, `chatcmpl-…`.
    pub id: String,
    /// When it was started, in seconds since the Unix epoch.
    pub created: u64,
    /// The name of the model, as the request gives it.
    pub model: String,
    /// The service tier, if the request names one.
    pub service_tier: Option<String>,
    /// The configuration of the server, if it has a name.
    pub system_fingerprint: Option<String>,
    /// Whether the request asks for a chunk with the usage; the chunks before it then have `usage: null`.
    pub include_usage: bool,
}

impl Envelope {
    /// Writes the fields before `choices`.
    pub(super) fn write_head<M: SerializeMap>(
        &self,
        map: &mut M,
        object: &str,
    ) -> Result<(), M::Error> {
        map.serialize_entry("id", &self.id)?;
        map.serialize_entry("object", object)?;
        map.serialize_entry("created", &self.created)?;
        map.serialize_entry("model", &self.model)?;
        if let Some(tier) = &self.service_tier {
            map.serialize_entry("service_tier", tier)?;
        }
        map.serialize_entry("system_fingerprint", &self.system_fingerprint)
    }
}

impl Serialize for Chunk<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.envelope
            .write_head(&mut map, "chat.completion.chunk")?;
        match &self.body {
            ChunkBody::Choice(choice) => {
                map.serialize_entry("choices", &[choice])?;
                if self.envelope.include_usage {
                    map.serialize_entry("usage", &())?;
                }
            }
            ChunkBody::Usage(usage) => {
                map.serialize_entry("choices", &[(); 0])?;
                map.serialize_entry("usage", usage)?;
            }
        }
        map.end()
    }
}

impl Serialize for ChoiceDelta<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(4))?;
        map.serialize_entry("index", &self.index)?;
        map.serialize_entry("delta", &self.delta)?;
        map.serialize_entry("logprobs", &self.logprobs.as_deref().map(Logprobs))?;
        map.serialize_entry("finish_reason", &self.finish_reason)?;
        map.end()
    }
}

/// The field `logprobs` of a choice.
#[derive(Clone, Copy, Debug)]
pub(super) struct Logprobs<'a>(pub &'a [ContentLogprob]);

impl Serialize for Logprobs<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("content", self.0)?;
        map.serialize_entry("refusal", &())?;
        map.end()
    }
}

impl Serialize for Delta<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match *self {
            Self::Role => {
                map.serialize_entry("role", "assistant")?;
                map.serialize_entry("content", "")?;
                map.serialize_entry("refusal", &())?;
            }
            Self::Reasoning { field, text } => {
                for name in field.names() {
                    map.serialize_entry(name, text)?;
                }
            }
            Self::Content(text) => map.serialize_entry("content", text)?,
            Self::CallOpened {
                index,
                id,
                form,
                name,
            } => {
                let call = json!({
                    "index": index,
                    "id": id,
                    "type": form.as_str(),
                    form.as_str(): {"name": name, form.text_field(): ""},
                });
                map.serialize_entry("tool_calls", &[call])?;
            }
            Self::CallGrown { index, form, text } => {
                let call = json!({"index": index, form.as_str(): {form.text_field(): text}});
                map.serialize_entry("tool_calls", &[call])?;
            }
            Self::Empty => {}
        }
        map.end()
    }
}

impl ReasoningField {
    /// The names of the field, or of both.
    pub const fn names(self) -> &'static [&'static str] {
        match self {
            Self::Reasoning => &["reasoning"],
            Self::ReasoningContent => &["reasoning_content"],
            Self::Both => &["reasoning", "reasoning_content"],
        }
    }
}

impl CallForm {
    /// The field of the call's text: `arguments` or `input`.
    pub const fn text_field(self) -> &'static str {
        match self {
            Self::Function => "arguments",
            Self::Custom => "input",
        }
    }
}

//! The events of a streamed response, and who receives them.

use serde::ser::{SerializeMap, Serializer};
use serde::Serialize;
use serde_json::{json, Map, Value};

use crate::api::logprob::ContentLogprob;

/// Receives the events of a stream.
pub trait ResponseEventSink {
    /// The next event.
    fn event(&mut self, event: &ResponseEvent<'_>);
}

/// Discards the events, for callers that only want the whole response.
impl ResponseEventSink for () {
    fn event(&mut self, _: &ResponseEvent<'_>) {}
}

/// Collects the events as JSON.
impl ResponseEventSink for Vec<Value> {
    fn event(&mut self, event: &ResponseEvent<'_>) {
        self.push(json!(event));
    }
}

/// One event. Serialized, it is the object that the API sends.
#[derive(Clone, Debug, PartialEq)]
pub struct ResponseEvent<'a> {
    /// Counts the events of the response from 0.
    pub sequence_number: u64,
    /// What has happened.
    pub body: EventBody<'a>,
}

/// What an event says.
#[derive(Clone, Debug, PartialEq)]
pub enum EventBody<'a> {
    /// Text was added to an item.
    Delta(TextDelta<'a>),
    /// Anything else.
    Other {
        /// The type of the event, for example `response.output_item.done`.
        name: &'static str,
        /// Its fields, without `type` and `sequence_number`.
        fields: Map<String, Value>,
    },
}

/// Text that was added to an item.
#[derive(Clone, Debug, PartialEq)]
pub struct TextDelta<'a> {
    /// What kind of text it is.
    pub kind: TextKind,
    /// The id of the item.
    pub item_id: &'a str,
    /// The index of the item in the response.
    pub output_index: usize,
    /// The new text, never empty.
    pub delta: &'a str,
    /// The log-probabilities of a message's text, if the request asks for them.
    pub logprobs: Vec<ContentLogprob>,
}

/// The kinds of text that are streamed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextKind {
    /// The text of a message.
    OutputText,
    /// The text of a thought.
    ReasoningText,
    /// The arguments of a function.
    FunctionArguments,
    /// The input of a custom tool.
    CustomInput,
    /// The arguments of a tool of an `mcp` server.
    McpArguments,
    /// The code for the code interpreter.
    Code,
}

impl TextKind {
    /// The type of the event that adds text.
    pub const fn delta_event(self) -> &'static str {
        match self {
            Self::OutputText => "response.output_text.delta",
            Self::ReasoningText => "response.reasoning_text.delta",
            Self::FunctionArguments => "response.function_call_arguments.delta",
            Self::CustomInput => "response.custom_tool_call_input.delta",
            Self::McpArguments => "response.mcp_call_arguments.delta",
            Self::Code => "response.code_interpreter_call_code.delta",
        }
    }

    /// The type of the event that has the whole text.
    pub const fn done_event(self) -> &'static str {
        match self {
            Self::OutputText => "response.output_text.done",
            Self::ReasoningText => "response.reasoning_text.done",
            Self::FunctionArguments => "response.function_call_arguments.done",
            Self::CustomInput => "response.custom_tool_call_input.done",
            Self::McpArguments => "response.mcp_call_arguments.done",
            Self::Code => "response.code_interpreter_call_code.done",
        }
    }

    /// The field of the whole text: `text`, `arguments`, `input` or `code`.
    pub const fn field(self) -> &'static str {
        match self {
            Self::OutputText | Self::ReasoningText => "text",
            Self::FunctionArguments | Self::McpArguments => "arguments",
            Self::CustomInput => "input",
            Self::Code => "code",
        }
    }

    /// Whether the text is a part of the item's content.
    pub const fn is_part(self) -> bool {
        matches!(self, Self::OutputText | Self::ReasoningText)
    }
}

impl ResponseEvent<'_> {
    /// The type of the event.
    pub fn name(&self) -> &'static str {
        match &self.body {
            EventBody::Delta(delta) => delta.kind.delta_event(),
            EventBody::Other { name, .. } => name,
        }
    }
}

impl Serialize for ResponseEvent<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("type", self.name())?;
        map.serialize_entry("sequence_number", &self.sequence_number)?;
        match &self.body {
            EventBody::Delta(delta) => {
                map.serialize_entry("item_id", delta.item_id)?;
                map.serialize_entry("output_index", &delta.output_index)?;
                if delta.kind.is_part() {
                    map.serialize_entry("content_index", &0)?;
                }
                map.serialize_entry("delta", delta.delta)?;
                if delta.kind == TextKind::OutputText {
                    map.serialize_entry("logprobs", &delta.logprobs)?;
                }
            }
            EventBody::Other { fields, .. } => {
                for (name, value) in fields {
                    map.serialize_entry(name, value)?;
                }
            }
        }
        map.end()
    }
}

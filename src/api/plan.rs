//! What a request settles about its answer.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::named::named_enum;
use crate::render::OpenMessage;

/// Everything about a request that its answer depends on, in both APIs.
///
/// It is plain data, so that a stream that holds it can be copied and stored. Requests make it; `Turn` and the
/// writers read it.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
pub struct Plan {
    /// The name of the model, as the request gives it.
    pub model: String,
    /// The tools that the request declares, also if [`tool_choice`](Self::tool_choice) is `none`.
    pub tools: OfferedTools,
    /// Which calls the answer may hold.
    pub tool_choice: ToolChoice,
    /// Whether the answer may hold more than one call.
    pub parallel_tool_calls: bool,
    /// How the prompt begins the answer: `<|start|>assistant`, and as much of the header and of the content as the
    /// model does not choose itself. Content that is given here was not sampled and is not part of the answer.
    pub opening: OpenMessage,
    /// How many tokens the prompt has.
    pub prompt_tokens: usize,
    /// For how many alternatives of each token the log-probabilities are wanted: `Some(0)` for the sampled token alone,
    /// `None` for no log-probabilities at all.
    pub top_logprobs: Option<u8>,
}

/// The tools that a request declares, as far as they decide what a sampled call is.
#[derive(Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
pub struct OfferedTools {
    /// The functions by name, without the namespace `functions`.
    pub functions: BTreeMap<String, FunctionKind>,
    /// Whether `browser` is declared (`web_search` and its variants). Always `false` for Chat Completions.
    pub web_search: bool,
    /// The declared code interpreter, that is `python`. Always `None` for Chat Completions.
    pub code_interpreter: Option<CodeInterpreter>,
    /// The labels of the declared `mcp` servers.
    pub mcp_servers: BTreeSet<String>,
}

impl OfferedTools {
    /// Whether the request declares no tools.
    pub fn is_empty(&self) -> bool {
        self.functions.is_empty()
            && !self.web_search
            && self.code_interpreter.is_none()
            && self.mcp_servers.is_empty()
    }
}

/// As what a function was declared.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum FunctionKind {
    /// A function with a JSON Schema.
    Function,
    /// A custom tool. The model sees a function with one string `input`.
    Custom,
}

/// A declared code interpreter.
#[derive(Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
pub struct CodeInterpreter {
    /// The id of the container, if the request names one.
    pub container_id: Option<String>,
}

/// Which calls an answer may hold.
#[derive(Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum ToolChoice {
    /// No call at all.
    None,
    /// The model decides.
    #[default]
    Auto,
    /// At least one call of any declared tool.
    Required,
    /// One call of this tool, named by its recipient: `functions.get_weather`, `python`.
    Named(String),
    /// Only tools with these recipients; `required` says whether there must be a call.
    Allowed {
        /// The recipients of the allowed tools.
        recipients: Vec<String>,
        /// Whether the answer must hold a call.
        required: bool,
    },
}

impl ToolChoice {
    /// Whether the request forces a single tool. Chat Completions then reports the finish reason `stop`.
    pub fn is_named(&self) -> bool {
        matches!(self, Self::Named(_))
    }
}

named_enum! {
    "field for reasoning",
    /// In which field Chat Completions reports the model's reasoning.
    #[derive(Default)]
    pub enum ReasoningField {
        /// `reasoning`
        #[default]
        Reasoning = "reasoning",
        /// `reasoning_content`
        ReasoningContent = "reasoning_content",
        /// Both fields, with the same text.
        Both = "both",
    }
}

/// What only Chat Completions settles.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
pub struct ChatPlan {
    /// How many choices there are.
    pub n: usize,
    /// Whether the client asked for a stream.
    pub stream: bool,
    /// Whether the stream ends with a chunk that holds the usage (`stream_options.include_usage`).
    pub include_usage: bool,
    /// Whether the reasoning is part of the answer (`include_reasoning`, `reasoning.exclude`).
    pub include_reasoning: bool,
    /// The field of the reasoning.
    pub reasoning_field: ReasoningField,
    /// The texts at which the content ends; none of them is empty.
    pub stop: Vec<String>,
    /// The field `service_tier` of the answer, as the request gives it.
    pub service_tier: Option<String>,
    /// The field `system_fingerprint` of the answer.
    pub system_fingerprint: Option<String>,
}

/// What only the Responses API settles.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
pub struct ResponsesPlan {
    /// Whether the client asked for a stream.
    pub stream: bool,
    /// How many calls of built-in tools the response may hold.
    pub max_tool_calls: Option<usize>,
    /// What the request asks for beyond the usual fields.
    pub include: Include,
    /// The fields of the response object that repeat the request, with OpenAI's defaults, in OpenAI's order: all
    /// but `id`, `object`, `created_at`, `status`, `error`, `incomplete_details`, `output` and `usage`.
    pub echo: Map<String, Value>,
    /// All input items of the conversation, those of earlier responses and their outputs included, each as it came.
    /// The stored response begins with them.
    pub items: Vec<Value>,
}

/// The known values of `include`.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
#[serde(default)]
pub struct Include {
    /// `reasoning.encrypted_content`
    pub encrypted_reasoning: bool,
    /// `message.output_text.logprobs`
    pub logprobs: bool,
    /// `code_interpreter_call.outputs`
    pub code_outputs: bool,
    /// `web_search_call.action.sources`
    pub search_sources: bool,
}

//! The tools that the server runs while a response is in progress.

use serde::{Deserialize, Serialize};
use serde_json::{json, Value};

use super::item::Run;
use crate::api::turn::{HostedTool, Status};
use crate::chat::{Author, Content, Message, Role};

/// A call that the server has to run before the model continues.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct BuiltinCall {
    /// `code_interpreter`, `web_search` or `mcp`.
    pub kind: String,
    /// `python`, `browser`, or the label of the `mcp` server.
    pub tool: String,
    /// The function of the tool, if it has several: `search`.
    pub function: Option<String>,
    /// What the model wrote: code, or arguments that should be JSON.
    pub arguments: String,
    /// The id of the item.
    pub item_id: String,
}

/// What a tool returned.
#[derive(Clone, Debug, PartialEq)]
pub struct ToolOutput {
    /// What the model reads.
    pub content: ToolContent,
    /// What the client sees in `code_interpreter_call.outputs`; without it, `content` as logs.
    pub outputs: Option<Vec<Value>>,
    /// What the client sees in `web_search_call.action.sources`.
    pub sources: Option<Vec<Value>>,
    /// Whether the tool failed; `content` then says how.
    pub failed: bool,
}

/// What a tool returned, for the model.
#[derive(Clone, Debug, PartialEq)]
pub enum ToolContent {
    /// Text, which becomes a message of the tool to the assistant.
    Text(String),
    /// A whole message.
    Message(Message),
}

impl From<String> for ToolOutput {
    fn from(text: String) -> Self {
        Self {
            content: ToolContent::Text(text),
            outputs: None,
            sources: None,
            failed: false,
        }
    }
}

impl From<&str> for ToolOutput {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl ToolOutput {
    /// The message for the model; `call` is the one it answers.
    pub(super) fn message(&self, tool: &HostedTool, call: Option<&Message>) -> Message {
        match &self.content {
            ToolContent::Message(message) => message.clone(),
            ToolContent::Text(text) => {
                let author = Author::new(Role::Tool, tool.recipient());
                let message = Message::from_author_and_content(author, text.as_str());
                let channel = call.and_then(|call| call.channel.clone());
                message
                    .with_recipient(Role::Assistant.as_str())
                    .with_channel(channel.unwrap_or_else(|| "commentary".to_owned()))
            }
        }
    }

    /// What the item shows of it.
    pub(super) fn run(&self, tool: &HostedTool) -> Run {
        let text = self.content.text();
        let details = match tool {
            HostedTool::CodeInterpreter => Some(match &self.outputs {
                Some(outputs) => json!(outputs),
                None => json!([{"type": "logs", "logs": text}]),
            }),
            HostedTool::WebSearch { .. } => self.sources.as_ref().map(|sources| json!(sources)),
            HostedTool::Mcp { .. } => None,
        };
        Run {
            status: if self.failed {
                Status::Failed
            } else {
                Status::Completed
            },
            output: Some(text),
            details,
        }
    }
}

impl ToolContent {
    fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Message(message) => {
                let texts = message.content.iter().filter_map(|content| match content {
                    Content::Text(content) => Some(content.text.as_str()),
                    _ => None,
                });
                texts.collect()
            }
        }
    }
}

impl HostedTool {
    /// To whom the model wrote.
    fn recipient(&self) -> String {
        match self {
            Self::CodeInterpreter => "python".to_owned(),
            Self::WebSearch {
                function: Some(function),
            } => format!("browser.{function}"),
            Self::WebSearch { function: None } => "browser".to_owned(),
            Self::Mcp { server_label, name } => format!("{server_label}.{name}"),
        }
    }

    /// The call of this tool, as the server that runs it sees it.
    pub(super) fn call(&self, arguments: &str, item_id: &str) -> BuiltinCall {
        let (kind, tool, function) = match self {
            Self::CodeInterpreter => ("code_interpreter", "python", None),
            Self::WebSearch { function } => ("web_search", "browser", function.clone()),
            Self::Mcp { server_label, name } => ("mcp", server_label.as_str(), Some(name.clone())),
        };
        BuiltinCall {
            kind: kind.to_owned(),
            tool: tool.to_owned(),
            function,
            arguments: arguments.to_owned(),
            item_id: item_id.to_owned(),
        }
    }
}

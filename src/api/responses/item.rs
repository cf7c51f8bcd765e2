//! Output items as JSON.

use serde::{Deserialize, Serialize};
use serde_json::{json, Map, Value};

use super::action::action;
use super::event::TextKind;
use crate::api::logprob::content_logprobs;
use crate::api::turn::{CallForm, HostedTool, Item, ItemKind, Phase, Status};
use crate::api::{Include, Plan};
use crate::tokenizer::Tokenizer;

/// What an item was given when it was opened, and what its tool gave.
#[derive(Serialize, Deserialize, Clone, Debug, Default)]
pub(super) struct Issued {
    pub id: String,
    pub call_id: Option<String>,
    pub container_id: Option<String>,
    /// The reasoning in `encrypted_content`.
    pub sealed: Option<String>,
    /// Whether the client has been sent the item.
    pub added: bool,
    /// How the call of a hosted tool ended; `None` while nobody has run it.
    pub run: Option<Run>,
}

/// What became of the call of a hosted tool.
#[derive(Serialize, Deserialize, Clone, Debug)]
pub(super) struct Run {
    pub status: Status,
    /// What the tool returned, as text.
    pub output: Option<String>,
    /// The outputs of the code interpreter, the sources of a search.
    pub details: Option<Value>,
}

impl Run {
    /// Nobody has run it.
    pub fn skipped() -> Self {
        Self {
            status: Status::Incomplete,
            output: None,
            details: None,
        }
    }
}

/// What items depend on besides themselves.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    pub plan: &'a Plan,
    pub include: Include,
    pub tokenizer: &'static Tokenizer,
}

impl ItemKind {
    /// The prefix of the item's id.
    pub(super) fn id_prefix(&self) -> &'static str {
        match self {
            Self::Reasoning => "rs_",
            Self::Message(_) => "msg_",
            Self::Call {
                form: CallForm::Function,
                ..
            } => "fc_",
            Self::Call {
                form: CallForm::Custom,
                ..
            } => "ctc_",
            Self::HostedCall(HostedTool::CodeInterpreter) => "ci_",
            Self::HostedCall(HostedTool::WebSearch { .. }) => "ws_",
            Self::HostedCall(HostedTool::Mcp { .. }) => "mcp_",
        }
    }

    /// What kind of text is streamed; `None` for a search, whose arguments are not.
    pub(super) fn text_kind(&self) -> Option<TextKind> {
        Some(match self {
            Self::Reasoning => TextKind::ReasoningText,
            Self::Message(_) => TextKind::OutputText,
            Self::Call {
                form: CallForm::Function,
                ..
            } => TextKind::FunctionArguments,
            Self::Call {
                form: CallForm::Custom,
                ..
            } => TextKind::CustomInput,
            Self::HostedCall(HostedTool::CodeInterpreter) => TextKind::Code,
            Self::HostedCall(HostedTool::Mcp { .. }) => TextKind::McpArguments,
            Self::HostedCall(HostedTool::WebSearch { .. }) => return None,
        })
    }

    /// The beginning of the types of a hosted call's own events.
    pub(super) fn events(&self) -> Option<HostedEvents> {
        let Self::HostedCall(tool) = self else {
            return None;
        };
        Some(match tool {
            HostedTool::CodeInterpreter => HostedEvents {
                in_progress: "response.code_interpreter_call.in_progress",
                running: Some("response.code_interpreter_call.interpreting"),
                completed: "response.code_interpreter_call.completed",
                failed: None,
            },
            HostedTool::WebSearch { .. } => HostedEvents {
                in_progress: "response.web_search_call.in_progress",
                running: Some("response.web_search_call.searching"),
                completed: "response.web_search_call.completed",
                failed: None,
            },
            HostedTool::Mcp { .. } => HostedEvents {
                in_progress: "response.mcp_call.in_progress",
                running: None,
                completed: "response.mcp_call.completed",
                failed: Some("response.mcp_call.failed"),
            },
        })
    }
}

/// The types of the events that report the progress of a hosted tool's call.
pub(super) struct HostedEvents {
    pub in_progress: &'static str,
    pub running: Option<&'static str>,
    pub completed: &'static str,
    /// `None` where the API has none: only the item then says that the tool failed.
    pub failed: Option<&'static str>,
}

/// An item as JSON, with the given status. An item that is in progress shows none of its text: the deltas bring it.
pub(super) fn object(item: &Item, issued: &Issued, status: Status, context: Context<'_>) -> Value {
    let is_open = status == Status::InProgress;
    let text = if is_open { "" } else { &item.text };
    let run = issued.run.as_ref();
    let status = status.as_str();
    let id = &issued.id;
    match &item.kind {
        ItemKind::Reasoning => {
            let content = if is_open {
                json!([])
            } else {
                json!([part(item, text, context)])
            };
            let mut reasoning = json!({
                "id": id, "type": "reasoning", "status": status, "summary": [], "content": content,
            });
            if let Some(sealed) = &issued.sealed {
                reasoning["encrypted_content"] = sealed.as_str().into();
            }
            reasoning
        }
        ItemKind::Message(phase) => {
            let content = if is_open {
                json!([])
            } else {
                json!([part(item, text, context)])
            };
            message(id, status, *phase, content)
        }
        ItemKind::Call {
            form: CallForm::Function,
            name,
        } => json!({
            "id": id, "type": "function_call", "status": status,
            "call_id": issued.call_id, "name": name, "arguments": text,
        }),
        ItemKind::Call {
            form: CallForm::Custom,
            name,
        } => json!({
            "id": id, "type": "custom_tool_call", "status": status,
            "call_id": issued.call_id, "name": name, "input": text,
        }),
        ItemKind::HostedCall(HostedTool::Mcp { server_label, name }) => {
            let failed = run.filter(|run| run.status == Status::Failed);
            let error = failed
                .map(|run| json!({"type": "mcp_tool_execution_error", "content": run.output}));
            let output = run
                .filter(|run| run.status == Status::Completed)
                .and_then(|run| run.output.as_deref());
            json!({
                "id": id, "type": "mcp_call", "status": status, "server_label": server_label, "name": name,
                "arguments": text, "approval_request_id": null, "output": output, "error": error,
            })
        }
        ItemKind::HostedCall(HostedTool::CodeInterpreter) => {
            let outputs = run
                .and_then(|run| run.details.as_ref())
                .filter(|_| context.include.code_outputs);
            json!({
                "id": id, "type": "code_interpreter_call", "status": status,
                "code": text, "container_id": issued.container_id, "outputs": outputs,
            })
        }
        ItemKind::HostedCall(HostedTool::WebSearch { function }) => {
            let mut action = action(function.as_deref(), &item.text);
            let sources = run
                .and_then(|run| run.details.as_ref())
                .filter(|_| context.include.search_sources);
            if let Some(sources) = sources {
                action["sources"] = sources.clone();
            }
            json!({"id": id, "type": "web_search_call", "status": status, "action": action})
        }
    }
}

fn message(id: &str, status: &str, phase: Phase, content: Value) -> Value {
    json!({
        "id": id, "type": "message", "status": status, "role": "assistant",
        "phase": phase.as_str(), "content": content,
    })
}

/// The part of a thought's or a message's content.
pub(super) fn part(item: &Item, text: &str, context: Context<'_>) -> Value {
    match item.kind {
        ItemKind::Reasoning => json!({"type": "reasoning_text", "text": text}),
        _ => {
            let entries = if text.is_empty() {
                &[]
            } else {
                item.logprobs.as_slice()
            };
            let logprobs = match context
                .plan
                .top_logprobs
                .filter(|_| context.include.logprobs)
            {
                Some(top) => content_logprobs(context.tokenizer, entries, top),
                None => Vec::new(),
            };
            json!({"type": "output_text", "text": text, "annotations": [], "logprobs": logprobs})
        }
    }
}

/// The fields that name an item in an event.
pub(super) fn place(issued: &Issued, output_index: usize) -> Map<String, Value> {
    let mut fields = Map::new();
    fields.insert("item_id".into(), issued.id.as_str().into());
    fields.insert("output_index".into(), output_index.into());
    fields
}

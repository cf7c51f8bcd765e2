//! What a sampled message is in an answer.

use super::item::{CallForm, HostedTool, ItemKind, Phase};
use super::note::NoteKind;
use crate::api::{FunctionKind, Plan, ToolChoice};
use crate::chat::Role;
use crate::{builtin_tool, Header};

/// What becomes of a message.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Item {
        kind: ItemKind,
        /// Whether its text counts as reasoning tokens: a thought does, code that nobody runs does not.
        is_thought: bool,
    },
    /// It is not part of the answer.
    Ignored(NoteKind),
}

/// The first row of the table in `docs/api.md` that fits a header. `calls` is the number of calls before.
pub(super) fn classify(header: &Header, plan: &Plan, calls: usize) -> Verdict {
    if header.author.role != Role::Assistant {
        return Verdict::Ignored(NoteKind::InventedMessage);
    }
    match header.recipient.as_deref() {
        Some(recipient) if recipient != Role::Assistant.as_str() => {
            classify_call(recipient, plan, calls)
        }
        _ => {
            let kind = match header.channel.as_deref() {
                Some("analysis") => ItemKind::Reasoning,
                Some("commentary") => ItemKind::Message(Phase::Commentary),
                _ => ItemKind::Message(Phase::FinalAnswer),
            };
            let is_thought = kind == ItemKind::Reasoning;
            Verdict::Item { kind, is_thought }
        }
    }
}

fn classify_call(recipient: &str, plan: &Plan, calls: usize) -> Verdict {
    let kind = match call_of_function(recipient, plan) {
        Some(call) => call,
        None if is_builtin(recipient) => {
            let is_thought = false;
            let kind =
                hosted_builtin(recipient, plan).map_or(ItemKind::Reasoning, ItemKind::HostedCall);
            return Verdict::Item { kind, is_thought };
        }
        None => call_of_server(recipient, plan).unwrap_or_else(|| ItemKind::Call {
            form: CallForm::Function,
            name: recipient.to_owned(),
        }),
    };
    let is_second = calls > 0 && !plan.parallel_tool_calls;
    if plan.tool_choice == ToolChoice::None || plan.tools.is_empty() || is_second {
        return Verdict::Ignored(NoteKind::SuppressedCall);
    }
    let is_thought = false;
    Verdict::Item { kind, is_thought }
}

/// A call of `functions.X`, or of a declared `X` without its namespace.
fn call_of_function(recipient: &str, plan: &Plan) -> Option<ItemKind> {
    let functions = &plan.tools.functions;
    let name = match recipient.strip_prefix("functions.") {
        Some(name) => name,
        None if functions.contains_key(recipient) => recipient,
        None => return None,
    };
    let form = match functions.get(name) {
        Some(FunctionKind::Custom) => CallForm::Custom,
        Some(FunctionKind::Function) | None => CallForm::Function,
    };
    let name = name.to_owned();
    Some(ItemKind::Call { form, name })
}

/// `LABEL.tool` of a declared server.
fn call_of_server(recipient: &str, plan: &Plan) -> Option<ItemKind> {
    // A label may hold dots itself; the longest one wins.
    let servers = plan.tools.mcp_servers.iter().rev();
    let (server_label, name) = servers
        .filter_map(|label| {
            Some((
                label,
                recipient.strip_prefix(label.as_str())?.strip_prefix('.')?,
            ))
        })
        .max_by_key(|(label, _)| label.len())?;
    Some(ItemKind::HostedCall(HostedTool::Mcp {
        server_label: server_label.clone(),
        name: name.to_owned(),
    }))
}

fn is_builtin(recipient: &str) -> bool {
    builtin_tool(recipient).is_some()
        || recipient == "container"
        || recipient.starts_with("container.")
}

/// The hosted tool for `python` or `browser.*`, if the request declares it and allows calls.
fn hosted_builtin(recipient: &str, plan: &Plan) -> Option<HostedTool> {
    if plan.tool_choice == ToolChoice::None {
        return None;
    }
    let (tool, function) = match recipient.split_once('.') {
        Some((tool, function)) => (tool, Some(function.to_owned())),
        None => (recipient, None),
    };
    match tool {
        "python" if plan.tools.code_interpreter.is_some() => Some(HostedTool::CodeInterpreter),
        "browser" if plan.tools.web_search => Some(HostedTool::WebSearch { function }),
        _ => None,
    }
}

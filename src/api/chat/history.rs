//! The messages of a request to Chat Completions, in the words of harmony.

use std::borrow::Cow;

use crate::api::error::BadRequest;
use crate::api::request::calls::{arguments_of, custom_arguments};
use crate::api::request::history::History;
use crate::api::request::json::Json;
use crate::api::request::node::Node;
use crate::api::request::parameters::text;
use crate::api::request::text::text_of;
use crate::api::request::tools::Tools;

const ROLES: [&str; 6] = [
    "system",
    "developer",
    "user",
    "assistant",
    "tool",
    "function",
];

/// The types of content parts, as errors list them.
const PARTS: [&str; 1] = ["text"];
const ASSISTANT_PARTS: [&str; 2] = ["text", "refusal"];

/// The fields in which servers write the model's thoughts.
const THOUGHTS: [&str; 3] = ["reasoning", "reasoning_content", "thinking"];

/// Reads the list `messages`. With the history comes, for each of its messages, the index of the one that it comes from.
pub(super) fn read<'v>(
    messages: &Node<'v, '_>,
    tools: &'v Tools,
    participant_names: bool,
) -> Result<(History<'v>, Vec<usize>), BadRequest> {
    let messages = messages.elements()?;
    let mut history = History::new(tools, messages.len());
    let mut origins = Vec::with_capacity(messages.len());
    for (index, message) in messages.into_iter().enumerate() {
        read_message(&message, &mut history, participant_names)?;
        origins.resize(history.messages.len(), index);
    }
    Ok((history, origins))
}

fn read_message<'v>(
    message: &Node<'v, '_>,
    history: &mut History<'v>,
    participant_names: bool,
) -> Result<(), BadRequest> {
    let role = message.require("role")?;
    match role.string()? {
        "system" | "developer" => history.instruct(&required_text(message)?),
        "user" => {
            let name = text(message, "name")?.filter(|_| participant_names);
            history.user(name, required_text(message)?);
        }
        "assistant" => read_assistant(message, history)?,
        "tool" => read_result(message, text(message, "tool_call_id")?, &role, history)?,
        "function" => read_result(message, None, &role, history)?,
        _ => return Err(role.none_of(ROLES)),
    }
    Ok(())
}

fn required_text<'v>(message: &Node<'v, '_>) -> Result<Cow<'v, str>, BadRequest> {
    text_of(&message.require("content")?, &PARTS)
}

/// A thought, then what is said, then the calls: the order in which the model writes them.
fn read_assistant<'v>(message: &Node<'v, '_>, history: &mut History<'v>) -> Result<(), BadRequest> {
    if let Some(audio) = message.get("audio") {
        return Err(audio.refuse("Audio of an earlier answer cannot be read here."));
    }
    if let Some(thought) = thought(message)? {
        history.say("analysis", thought);
    }
    let calls = message.get("tool_calls");
    let legacy = message.get("function_call");
    let has_calls = legacy.is_some() || calls.is_some_and(|calls| !is_empty_list(calls.value()));
    let is_preamble = has_calls || text(message, "phase")? == Some("commentary");
    let channel = if is_preamble { "commentary" } else { "final" };
    history.say(channel, spoken(message)?);
    if let Some(calls) = calls {
        for call in calls.elements()? {
            read_call(&call, history)?;
        }
    }
    if let Some(call) = legacy {
        let name = call.require("name")?.string()?;
        history.call(None, name, arguments_of(&call)?);
    }
    Ok(())
}

/// The first field for thoughts that is not empty.
fn thought<'v>(message: &Node<'v, '_>) -> Result<Option<&'v str>, BadRequest> {
    for name in THOUGHTS {
        let thought = text(message, name)?;
        if thought.is_some_and(|thought| !thought.is_empty()) {
            return Ok(thought);
        }
    }
    Ok(None)
}

/// The content, and a refusal after it.
fn spoken<'v>(message: &Node<'v, '_>) -> Result<Cow<'v, str>, BadRequest> {
    let content = match message.get("content") {
        Some(content) => text_of(&content, &ASSISTANT_PARTS)?,
        None => Cow::Borrowed(""),
    };
    Ok(match text(message, "refusal")? {
        None | Some("") => content,
        Some(refusal) if content.is_empty() => Cow::Borrowed(refusal),
        Some(refusal) => Cow::Owned(format!("{content}\n{refusal}")),
    })
}

fn read_call<'v>(call: &Node<'v, '_>, history: &mut History<'v>) -> Result<(), BadRequest> {
    call.object()?;
    let id = text(call, "id")?;
    match call.get("type") {
        None => read_function(call, id, history),
        Some(kind) => match kind.string()? {
            "function" => read_function(call, id, history),
            "custom" => {
                let custom = call.require("custom")?;
                let name = custom.require("name")?.string()?;
                let input = text(&custom, "input")?.unwrap_or_default();
                history.call(id, name, custom_arguments(input));
                Ok(())
            }
            _ => Err(kind.none_of(["function", "custom"])),
        },
    }
}

fn read_function<'v>(
    call: &Node<'v, '_>,
    id: Option<&'v str>,
    history: &mut History<'v>,
) -> Result<(), BadRequest> {
    let function = call.require("function")?;
    let name = function.require("name")?.string()?;
    history.call(id, name, arguments_of(&function)?);
    Ok(())
}

/// The result of the call with this id, or else of the function that the message names.
fn read_result<'v>(
    message: &Node<'v, '_>,
    call: Option<&str>,
    role: &Node<'v, '_>,
    history: &mut History<'v>,
) -> Result<(), BadRequest> {
    let output = match message.get("content") {
        Some(content) => text_of(&content, &PARTS)?,
        None => Cow::Borrowed(""),
    };
    if let Some(id) = call.filter(|id| history.knows(id)) {
        history.answer(id, output);
        return Ok(());
    }
    match text(message, "name")? {
        Some(name) => {
            history.answer_as(name, output);
            Ok(())
        }
        None => Err(role.refuse(unanswered(call))),
    }
}

fn unanswered(call: Option<&str>) -> String {
    let problem = "Invalid parameter: messages with role 'tool' must be a response to a preceding message with \
                   'tool_calls'";
    match call {
        Some(id) => format!("{problem}. No call has the id '{id}'."),
        None => format!("{problem}."),
    }
}

fn is_empty_list(value: Json<'_>) -> bool {
    value.as_array().is_some_and(|items| items.len() == 0)
}

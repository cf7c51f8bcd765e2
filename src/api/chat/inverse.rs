//! A conversation as messages of Chat Completions: the way back.

use std::collections::{HashMap, VecDeque};

use serde_json::{json, Map, Value};

use crate::chat::{Content, Conversation, DeveloperContent, Message, Role};

/// The `messages` and `tools` of Chat Completions that make this conversation.
///
/// What [`conversation_from_chat`](super::conversation_from_chat) makes of them has the same messages, for
/// conversations that have the same form: thoughts, preambles and calls of one step in this order, and no system
/// message, which that API does not have. Calls get the ids `call_0`, `call_1`, …, and results those of their calls.
///
/// ```
/// use openai_harmony::api::{chat_from_conversation, conversation_from_chat};
/// use openai_harmony::chat::SystemContent;
///
/// let chat = serde_json::json!({"messages": [
///     {"role": "user", "content": "2 + 2?"},
///     {"role": "assistant", "content": "4", "reasoning": "Easy."},
/// ]});
/// let conversation = conversation_from_chat(&chat, &SystemContent::new(), false)?;
/// assert_eq!(chat_from_conversation(&conversation), chat);
/// # Ok::<(), openai_harmony::api::BadRequest>(())
/// ```
pub fn chat_from_conversation(conversation: &Conversation) -> Value {
    let mut writer = Writer::default();
    conversation
        .messages
        .iter()
        .for_each(|message| writer.write(message));
    let mut chat = Map::new();
    chat.insert("messages".to_owned(), writer.finish().into());
    let tools: Vec<Value> = conversation.messages.iter().flat_map(tools_of).collect();
    if !tools.is_empty() {
        chat.insert("tools".to_owned(), tools.into());
    }
    Value::Object(chat)
}

#[derive(Default)]
struct Writer {
    messages: Vec<Value>,
    /// What the assistant has said that still fits into one message.
    step: Step,
    calls: usize,
    /// The ids of calls without a result, by recipient.
    waiting: HashMap<String, VecDeque<String>>,
}

/// One message of the assistant in the words of Chat Completions.
#[derive(Default)]
struct Step {
    reasoning: Option<String>,
    content: Option<String>,
    /// Whether the content is on the commentary channel.
    is_preamble: bool,
    calls: Vec<Value>,
}

impl Writer {
    fn write(&mut self, message: &Message) {
        match message.author.role {
            // That API has no system message in the sense of harmony.
            Role::System => {}
            Role::Developer => self.push("system", &developer_text(message), None),
            Role::User => self.push("user", &text(message), message.author.name.as_deref()),
            Role::Tool => self.write_result(message),
            Role::Assistant => self.write_step(message),
        }
    }

    fn push(&mut self, role: &str, content: &str, name: Option<&str>) {
        self.end_step();
        if role == "system" && content.is_empty() {
            return;
        }
        let mut message = json!({"role": role, "content": content});
        if let Some(name) = name {
            message["name"] = name.into();
        }
        self.messages.push(message);
    }

    fn write_result(&mut self, message: &Message) {
        self.end_step();
        let author = message.author.name.as_deref().unwrap_or_default();
        let id = self.waiting.get_mut(author).and_then(VecDeque::pop_front);
        self.messages.push(match id {
            Some(id) => json!({"role": "tool", "tool_call_id": id, "content": text(message)}),
            None => {
                json!({"role": "tool", "name": function_name(author), "content": text(message)})
            }
        });
    }

    fn write_step(&mut self, message: &Message) {
        let channel = message.channel.as_deref();
        let recipient = message.recipient.as_deref();
        match recipient.filter(|recipient| !matches!(*recipient, "all" | "assistant" | "user")) {
            Some(recipient) => self.write_call(recipient, message),
            None if channel == Some("analysis") => {
                if !self.step.is_empty() {
                    self.end_step();
                }
                self.step.reasoning = Some(text(message));
            }
            None => {
                if self.step.has_spoken() {
                    self.end_step();
                }
                self.step.content = Some(text(message));
                self.step.is_preamble = channel == Some("commentary");
            }
        }
    }

    fn write_call(&mut self, recipient: &str, message: &Message) {
        if self.step.content.is_some() && !self.step.is_preamble {
            self.end_step();
        }
        let id = format!("call_{}", self.calls);
        self.calls += 1;
        self.step.calls.push(json!({
            "id": id,
            "type": "function",
            "function": {"name": function_name(recipient), "arguments": text(message)},
        }));
        let waiting = self.waiting.entry(recipient.to_owned()).or_default();
        waiting.push_back(id);
    }

    /// Writes what the assistant has said so far as one message.
    fn end_step(&mut self) {
        let step = std::mem::take(&mut self.step);
        if step.is_empty() {
            return;
        }
        // A message that is nothing but calls has no content.
        let content = step.content.or(step.calls.is_empty().then(String::new));
        let mut message = json!({"role": "assistant", "content": content});
        if let Some(reasoning) = step.reasoning {
            message["reasoning"] = reasoning.into();
        }
        if step.is_preamble && step.calls.is_empty() {
            message["phase"] = "commentary".into();
        }
        if !step.calls.is_empty() {
            message["tool_calls"] = step.calls.into();
        }
        self.messages.push(message);
    }

    fn finish(mut self) -> Vec<Value> {
        self.end_step();
        self.messages
    }
}

impl Step {
    fn is_empty(&self) -> bool {
        self.reasoning.is_none() && !self.has_spoken()
    }

    /// Whether there is anything after which neither thought nor content can come.
    fn has_spoken(&self) -> bool {
        self.content.is_some() || !self.calls.is_empty()
    }
}

/// The name that clients know: without the namespace of functions.
fn function_name(recipient: &str) -> &str {
    recipient.strip_prefix("functions.").unwrap_or(recipient)
}

fn text(message: &Message) -> String {
    let texts = message.content.iter().map(|content| match content {
        Content::Text(text) => text.text.as_str(),
        Content::SystemContent(_) | Content::DeveloperContent(_) => "",
    });
    texts.collect()
}

fn developer_text(message: &Message) -> String {
    let instructions = developer_contents(message)
        .filter_map(|developer| developer.instructions.as_deref())
        .collect::<String>();
    instructions + &text(message)
}

fn developer_contents(message: &Message) -> impl Iterator<Item = &DeveloperContent> {
    message.content.iter().filter_map(|content| match content {
        Content::DeveloperContent(developer) => Some(developer),
        Content::Text(_) | Content::SystemContent(_) => None,
    })
}

/// The functions of a developer message.
fn tools_of(message: &Message) -> impl Iterator<Item = Value> + '_ {
    developer_contents(message)
        .flat_map(|developer| {
            developer
                .tools
                .iter()
                .flat_map(|tools| tools.get("functions"))
        })
        .flat_map(|functions| &functions.tools)
        .map(|tool| {
            let mut function = json!({"name": tool.name});
            if !tool.description.is_empty() {
                function["description"] = tool.description.as_str().into();
            }
            if let Some(parameters) = &tool.parameters {
                function["parameters"] = parameters.clone();
            }
            json!({"type": "function", "function": function})
        })
}

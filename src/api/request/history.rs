//! The messages of a conversation while they are written.

use std::collections::HashMap;

use super::calls;
use super::tools::Tools;
use crate::chat::{Author, Content, DeveloperContent, Message, Role};

/// The messages of a request, without the system message and the first developer message.
pub(in crate::api) struct History<'v> {
    /// The texts of the leading instructions.
    pub(in crate::api) instructions: Vec<String>,
    pub(in crate::api) messages: Vec<Message>,
    /// For each result whose call is in the history: the indices of the call and of the result.
    pub(in crate::api) answered: Vec<(usize, usize)>,
    /// The calls by their ids: results have nothing else to refer to them.
    calls: HashMap<&'v str, usize>,
    /// The labels whose calls are written without the namespace `functions`.
    tools: &'v Tools,
}

impl<'v> History<'v> {
    pub(in crate::api) fn new(tools: &'v Tools, expected_messages: usize) -> Self {
        Self {
            instructions: Vec::new(),
            messages: Vec::with_capacity(expected_messages + expected_messages / 2),
            answered: Vec::new(),
            calls: HashMap::new(),
            tools,
        }
    }

    /// Instructions at the beginning are collected, later ones stay where they are. Empty ones say nothing.
    pub(in crate::api) fn instruct(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        if self.messages.is_empty() {
            self.instructions.push(text.to_owned());
            return;
        }
        let content = DeveloperContent::new().with_instructions(text);
        self.messages
            .push(Message::from_role_and_content(Role::Developer, content));
    }

    pub(in crate::api) fn user(&mut self, name: Option<&str>, text: impl Into<String>) {
        let author = Author {
            role: Role::User,
            name: name.map(str::to_owned),
        };
        self.messages
            .push(Message::from_author_and_content(author, text.into()));
    }

    /// A message of the assistant to the user, or a thought. An empty one says nothing.
    pub(in crate::api) fn say(&mut self, channel: &str, text: impl Into<String>) {
        let text = text.into();
        if !text.is_empty() {
            let message = Message::from_role_and_content(Role::Assistant, text);
            self.messages.push(message.with_channel(channel));
        }
    }

    /// A call of the function or `mcp` tool that a client knows by `name`.
    pub(in crate::api) fn call(
        &mut self,
        id: Option<&'v str>,
        name: &str,
        arguments: impl Into<String>,
    ) {
        let recipient = self.recipient(name);
        self.push_call(id, calls::call(&recipient, arguments));
    }

    pub(in crate::api) fn push_call(&mut self, id: Option<&'v str>, call: Message) {
        if let Some(id) = id {
            self.calls.insert(id, self.messages.len());
        }
        self.messages.push(call);
    }

    /// Whether there is a call with this id.
    pub(in crate::api) fn knows(&self, id: &str) -> bool {
        self.calls.contains_key(id)
    }

    /// The result of the call with this id, from its recipient and on its channel; nothing if there is no such call.
    pub(in crate::api) fn answer(&mut self, id: &str, output: impl Into<String>) {
        if let Some(&index) = self.calls.get(id) {
            self.answer_at(index, output);
        }
    }

    fn answer_at(&mut self, index: usize, output: impl Into<String>) {
        let call = &self.messages[index];
        let author = call.recipient.as_deref().unwrap_or_default();
        let channel = call.channel.as_deref().unwrap_or_default();
        let result = calls::result(author, channel, output);
        self.answered.push((index, self.messages.len()));
        self.messages.push(result);
    }

    /// The result of the call that was written last.
    pub(in crate::api) fn answer_last(&mut self, output: impl Into<String>) {
        if let Some(index) = self.messages.len().checked_sub(1) {
            self.answer_at(index, output);
        }
    }

    /// The result of a tool that is only known by its name.
    pub(in crate::api) fn answer_as(&mut self, name: &str, output: impl Into<String>) {
        let author = self.recipient(name);
        self.messages
            .push(calls::result(&author, "commentary", output));
    }

    /// Takes a last message of the assistant out that is text and not a call: its channel and its text.
    pub(in crate::api) fn pop_spoken(&mut self) -> Option<(String, String)> {
        let last = self.messages.last()?;
        let is_spoken = last.author.role == Role::Assistant && last.recipient.is_none();
        let last = is_spoken.then(|| self.messages.pop()).flatten()?;
        match (last.channel, last.content.into_iter().next()) {
            (Some(channel), Some(Content::Text(text))) => Some((channel, text.text)),
            _ => None,
        }
    }

    /// Tools of declared `mcp` servers keep their label, everything else is a function.
    fn recipient(&self, name: &str) -> String {
        if self.tools.is_mcp_tool(name) {
            name.to_owned()
        } else {
            format!("functions.{name}")
        }
    }
}

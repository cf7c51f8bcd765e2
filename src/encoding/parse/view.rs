//! What a parser reports about itself: the open message, the complete ones, everything with its place.

use std::ops::Range;

use super::machine::{LastDelta, OpenMessage, State};
use super::parsed::Parsed;
use super::tokens::StreamableParser;
use crate::chat::{Message, Role};
use crate::encoding::repair::Repair;
use crate::encoding::Header;
use crate::error::Result;
use crate::named::named_enum;

named_enum! {
    "stream state",
    /// The state of a parser, as release 0.0.8 names it.
    pub enum StreamState {
        /// Between two messages.
        ExpectStart = "ExpectStart",
        /// In a header.
        Header = "Header",
        /// In the content of a message.
        Content = "Content",
    }
}

/// Properties.
impl StreamableParser {
    /// The state, without its data.
    pub fn state(&self) -> StreamState {
        match &self.machine.state {
            State::Between => StreamState::ExpectStart,
            State::Header(_) => StreamState::Header,
            State::Content(_) => StreamState::Content,
        }
    }

    /// How many tokens, or characters of text, were processed.
    pub fn position(&self) -> usize {
        self.machine.position
    }

    /// The text of the open message so far; empty where none is open. See [`current_text`](Self::current_text) for
    /// one without a copy.
    ///
    /// # Errors
    /// None today; the result is what callers of release 0.0.8 expect.
    pub fn current_content(&self) -> Result<String> {
        Ok(self.current_text().to_owned())
    }

    /// The text of the open message so far; empty where none is open.
    pub fn current_text(&self) -> &str {
        self.open_message().map_or("", |open| &open.text)
    }

    /// The role of the open message, or of the open header if it is already known.
    pub fn current_role(&self) -> Option<Role> {
        match self.open_message() {
            Some(open) => Some(open.header.author.role),
            None => self.machine.next_role,
        }
    }

    /// The channel of the open message.
    pub fn current_channel(&self) -> Option<String> {
        self.open_message()?.header.channel.clone()
    }

    /// The recipient of the open message.
    pub fn current_recipient(&self) -> Option<String> {
        self.open_message()?.header.recipient.clone()
    }

    /// The content type of the open message.
    pub fn current_content_type(&self) -> Option<String> {
        self.open_message()?.header.content_type.clone()
    }

    /// The header of the open message.
    pub fn current_header(&self) -> Option<&Header> {
        Some(&self.open_message()?.header)
    }

    /// The text that the last token added, if it added any.
    ///
    /// # Errors
    /// None today; the result is what callers of release 0.0.8 expect.
    pub fn last_content_delta(&self) -> Result<Option<String>> {
        Ok(self.last_delta().map(str::to_owned))
    }

    /// The text that the last token added, without a copy.
    pub fn last_delta(&self) -> Option<&str> {
        match &self.machine.delta {
            LastDelta::None => None,
            LastDelta::Open(from) => Some(&self.current_text()[*from..]),
            LastDelta::Closed(text) => Some(text),
        }
    }

    /// The index of the open message, or of the one that comes next, counted from the start of the stream.
    pub fn message_index(&self) -> usize {
        self.machine.record.next_index()
    }

    /// The complete messages, without those that were taken.
    pub fn messages(&self) -> &[Message] {
        &self.machine.record.messages
    }

    /// Takes the complete messages, and drops their tokens and everything recorded before the open header or message.
    ///
    /// The memory of a parser whose messages are taken now and then does not grow with its stream. What was dropped is
    /// missing afterwards from [`tokens`](Self::tokens), [`repairs`](Self::repairs) and [`parsed`](Self::parsed);
    /// positions and the indices of messages keep counting from the start of the stream.
    pub fn take_messages(&mut self) -> Vec<Message> {
        let start = self.machine.open_from();
        self.input
            .drop_first(start - self.machine.record.start.min(start));
        self.machine.record.take_messages(start)
    }

    /// Consumes the parser and returns the complete messages.
    pub fn into_messages(self) -> Vec<Message> {
        self.machine.record.messages
    }

    /// The tokens that were processed, including refused ones, except those that [`take_messages`](Self::take_messages)
    /// dropped. Empty if the parser is given text.
    pub fn tokens(&self) -> &[u32] {
        self.input.tokens()
    }

    /// The tokens at these positions, as far as [`tokens`](Self::tokens) has them.
    pub fn tokens_at(&self, positions: Range<usize>) -> &[u32] {
        let (tokens, start) = (self.tokens(), self.machine.record.start);
        let index = |position: usize| position.saturating_sub(start).min(tokens.len());
        tokens
            .get(index(positions.start)..index(positions.end))
            .unwrap_or_default()
    }

    /// What lenient parsing has repaired and strict parsing has refused so far, except what
    /// [`take_messages`](Self::take_messages) dropped.
    pub fn repairs(&self) -> &[Repair] {
        &self.machine.record.repairs
    }

    /// The tokens of the open header or message, including those that a repair dropped; empty between messages.
    pub fn open_tokens(&self) -> &[u32] {
        self.tokens_at(self.machine.open_from()..self.machine.position)
    }

    /// Everything that is known: the messages including an open one, where they are in the stream, and the repairs.
    pub fn parsed(&self) -> Parsed {
        self.machine.clone().into_parsed()
    }

    /// Consumes the parser and returns everything that is known, without a copy.
    pub fn into_parsed(self) -> Parsed {
        self.machine.into_parsed()
    }

    /// The state and its data as JSON, an object with the key `state`.
    ///
    /// # Errors
    /// None today; the result is what callers of release 0.0.8 expect.
    pub fn state_json(&self) -> Result<String> {
        let state = self.state().as_str();
        let json = match &self.machine.state {
            State::Between => serde_json::json!({ "state": state }),
            State::Header(_) => serde_json::json!({
                "state": state,
                "header_tokens": self.open_tokens(),
            }),
            State::Content(open) => serde_json::json!({
                "state": state,
                "header": {
                    "author": &open.header.author,
                    "recipient": &open.header.recipient,
                    "channel": &open.header.channel,
                    "content_type": &open.header.content_type,
                },
                "content_tokens": self.content_tokens(open),
            }),
        };
        Ok(json.to_string())
    }

    fn content_tokens(&self, open: &OpenMessage) -> Vec<u32> {
        let ranges = open.content_at.iter();
        ranges
            .flat_map(|range| self.tokens_at(range.clone()))
            .copied()
            .collect()
    }

    fn open_message(&self) -> Option<&OpenMessage> {
        match &self.machine.state {
            State::Content(open) => Some(open),
            _ => None,
        }
    }
}

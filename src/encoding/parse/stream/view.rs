//! What a parser tells of itself: the open message, the complete ones, everything with its places.

use super::{LastDelta, OpenMessage, State, StreamState, StreamableParser};
use crate::chat::{Message, Role};
use crate::encoding::parse::parsed::{Parsed, ParsedMessage};
use crate::encoding::parse::place::{push_range, Ranges};
use crate::encoding::parse::repair::Repair;
use crate::encoding::Header;
use crate::error::Result;

/// What is known at any time.
impl StreamableParser {
    /// The state, without its data.
    pub fn state(&self) -> StreamState {
        match &self.state {
            State::Between => StreamState::ExpectStart,
            State::Header(_) => StreamState::Header,
            State::Content(_) => StreamState::Content,
        }
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

    /// The role of the open message, or the one that the open header is known to have.
    pub fn current_role(&self) -> Option<Role> {
        match self.open_message() {
            Some(open) => Some(open.header.author.role),
            None => self.next_role,
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
        match &self.delta {
            LastDelta::None => None,
            LastDelta::Open(from) => Some(&self.current_text()[*from..]),
            LastDelta::Closed(text) => Some(text),
        }
    }

    /// The messages that are complete.
    pub fn messages(&self) -> &[Message] {
        &self.messages
    }

    /// Takes the complete messages out of the parser, so that a long stream need not be kept.
    pub fn take_messages(&mut self) -> Vec<Message> {
        self.taken += self.messages.len();
        self.places.clear();
        std::mem::take(&mut self.messages)
    }

    /// Ends the parser and returns the complete messages.
    pub fn into_messages(self) -> Vec<Message> {
        self.messages
    }

    /// All tokens that were processed, those that were refused among them.
    pub fn tokens(&self) -> &[u32] {
        &self.tokens
    }

    /// What lenient parsing has repaired so far.
    pub fn repairs(&self) -> &[Repair] {
        &self.repairs
    }

    /// The tokens of the open header or message, whatever became of them; empty between messages.
    pub fn open_tokens(&self) -> &[u32] {
        let from = match &self.state {
            State::Between => self.tokens.len(),
            State::Header(open) => open.first,
            State::Content(open) => match (open.header_at.first(), open.content_at.first()) {
                (Some(range), _) | (None, Some(range)) => range.start,
                (None, None) => self.tokens.len(),
            },
        };
        &self.tokens[from.min(self.tokens.len())..]
    }

    /// Everything that is known: messages, an open one among them, where they stand, and the repairs.
    pub fn parsed(&self) -> Parsed {
        let mut messages: Vec<ParsedMessage> = std::iter::zip(&self.messages, &self.places)
            .map(|(message, place)| ParsedMessage {
                message: message.clone(),
                header: place.header.clone(),
                content: place.content.clone(),
                ending: Some(place.ending),
            })
            .collect();
        let mut open_header = Ranges::new();
        match &self.state {
            State::Between => {}
            State::Header(open) => push_range(&mut open_header, open.first..self.position),
            State::Content(open) => messages.push(ParsedMessage {
                message: open.header.clone().into_message(open.text.clone()),
                header: open.header_at.clone(),
                content: open.content_at.clone(),
                ending: None,
            }),
        }
        Parsed {
            messages,
            repairs: self.repairs.clone(),
            open_header,
            length: self.position,
        }
    }

    /// The state and its data as JSON, an object with the key `state`.
    ///
    /// # Errors
    /// None today; the result is what callers of release 0.0.8 expect.
    pub fn state_json(&self) -> Result<String> {
        let state = self.state().as_str();
        let json = match &self.state {
            State::Between => serde_json::json!({ "state": state }),
            State::Header(_) => serde_json::json!({
                "state": state,
                "header_tokens": self.open_tokens(),
            }),
            State::Content(open) => serde_json::json!({
                "state": state,
                "header": &open.header,
                "content_tokens": self.content_tokens(open),
            }),
        };
        Ok(json.to_string())
    }

    fn content_tokens(&self, open: &OpenMessage) -> Vec<u32> {
        let tokens = open
            .content_at
            .iter()
            .filter_map(|range| self.tokens.get(range.clone()));
        tokens.flatten().copied().collect()
    }

    fn open_message(&self) -> Option<&OpenMessage> {
        match &self.state {
            State::Content(open) => Some(open),
            _ => None,
        }
    }
}

//! Messages together with their places in the stream.

use std::collections::HashMap;
use std::hash::Hash;

use serde::{Deserialize, Serialize};

use super::event::Ending;
use super::machine::{Machine, State};
use super::place::{push_range, total, Ranges};
use super::recipient::Recipient;
use crate::chat::Message;
use crate::encoding::repair::Repair;
use crate::named::named_enum;

/// A message and the tokens that it was made of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ParsedMessage {
    /// The message.
    pub message: Message,
    /// The tokens of the header, from `<|start|>` to `<|message|>`. More than one range if repairs lie between.
    pub header: Ranges,
    /// The tokens of the content and the one that ended it. More than one range if repairs lie between.
    pub content: Ranges,
    /// What ended the message; `None` while it is open.
    pub ending: Option<Ending>,
}

impl ParsedMessage {
    /// Whether a token of the stream ended the message, so that none of it can be missing.
    pub fn is_complete(&self) -> bool {
        self.ending.is_some_and(Ending::is_token)
    }

    /// The number of tokens of text, without header and ending.
    pub fn content_tokens(&self) -> usize {
        // Never below 0 in what a parser returns; a deserialized value may hold any ranges.
        total(&self.content).saturating_sub(usize::from(self.is_complete()))
    }

    /// The number of all tokens: header, text and ending.
    pub fn total_tokens(&self) -> usize {
        total(&self.header).saturating_add(total(&self.content))
    }
}

/// The result of parsing: messages, their places, and what had to be repaired.
///
/// The ranges of all headers, contents and repairs cover the positions from `start` to `length` without gap or overlap.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Parsed {
    /// The messages; the last one may be open.
    pub messages: Vec<ParsedMessage>,
    /// What was repaired, in the order of the stream.
    pub repairs: Vec<Repair>,
    /// The tokens of a header that is still open.
    pub open_header: Ranges,
    /// The first position that the result covers: above 0 if messages were taken out of the parser.
    #[serde(default)]
    pub start: usize,
    /// The number of tokens that were parsed.
    pub length: usize,
}

impl Machine {
    /// Everything that is known at this point of the stream.
    pub(super) fn into_parsed(self) -> Parsed {
        let record = self.record;
        let mut messages: Vec<ParsedMessage> = std::iter::zip(record.messages, record.places)
            .map(|(message, place)| ParsedMessage {
                message,
                header: place.header,
                content: place.content,
                ending: Some(place.ending),
            })
            .collect();
        let mut open_header = Ranges::new();
        match self.state {
            State::Between => {}
            State::Header(open) => push_range(&mut open_header, open.first..self.position),
            State::Content(open) => messages.push(ParsedMessage {
                message: open.header.into_message(open.text),
                header: open.header_at,
                content: open.content_at,
                ending: None,
            }),
        }
        Parsed {
            messages,
            repairs: record.repairs,
            open_header,
            start: record.start,
            length: self.position,
        }
    }
}

/// How many tokens a channel took up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ChannelUsage {
    /// The channel; `None` for messages without one.
    pub channel: Option<String>,
    /// Tokens of text.
    pub content_tokens: usize,
    /// Tokens of text and formatting.
    pub total_tokens: usize,
}

impl ChannelUsage {
    fn new(channel: Option<&str>) -> Self {
        Self {
            channel: channel.map(str::to_owned),
            content_tokens: 0,
            total_tokens: 0,
        }
    }

    fn add(&mut self, message: &ParsedMessage) {
        self.content_tokens = self.content_tokens.saturating_add(message.content_tokens());
        self.total_tokens = self.total_tokens.saturating_add(message.total_tokens());
    }
}

named_enum! {
    "finish reason",
    /// Why a completion ended, in the words of chat-completion APIs.
    #[non_exhaustive]
    pub enum FinishReason {
        /// The model ended its turn.
        Stop = "stop",
        /// The model waits for the result of a tool.
        ToolCalls = "tool_calls",
        /// The stream ended in the middle of a message.
        Length = "length",
    }
}

impl Parsed {
    /// The messages alone.
    pub fn into_messages(self) -> Vec<Message> {
        self.messages
            .into_iter()
            .map(|parsed| parsed.message)
            .collect()
    }

    /// Tokens per channel, in the order in which the channels first occur. For usage reports, the `content_tokens` of
    /// the channel `analysis` are the reasoning tokens.
    pub fn usage(&self) -> Vec<ChannelUsage> {
        let mut usage: Vec<ChannelUsage> = Vec::new();
        let mut numbers = Numbers::default();
        for parsed in &self.messages {
            let channel = parsed.message.channel.as_deref();
            let number = numbers.number(channel);
            if number == usage.len() {
                usage.push(ChannelUsage::new(channel));
            }
            usage[number].add(parsed);
        }
        usage
    }

    /// Why the completion ended.
    ///
    /// `<|end|>` ends a message but not the turn: the model continues after it, unless the message was its answer. If the
    /// sampler did not hand over the stop token, the parser cannot know, and reports [`FinishReason::Length`].
    pub fn finish_reason(&self) -> FinishReason {
        let Some(last) = self.messages.last().filter(|_| self.open_header.is_empty()) else {
            return FinishReason::Length;
        };
        let message = &last.message;
        let recipient = message.recipient.as_deref().map(Recipient::of);
        let is_call = recipient.is_some_and(|recipient| recipient.is_tool());
        let is_aside = matches!(message.channel.as_deref(), Some("analysis" | "commentary"));
        match last.ending {
            Some(Ending::Call) => FinishReason::ToolCalls,
            Some(ending) if ending.is_token() && is_call => FinishReason::ToolCalls,
            Some(Ending::End) if is_aside => FinishReason::Length,
            Some(ending) if ending.is_token() => FinishReason::Stop,
            _ => FinishReason::Length,
        }
    }
}

/// Numbers values from 0 on, in the order in which they first occur.
struct Numbers<T>(HashMap<T, usize>);

impl<T> Default for Numbers<T> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<T: Hash + Eq> Numbers<T> {
    fn number(&mut self, value: T) -> usize {
        let next = self.0.len();
        *self.0.entry(value).or_insert(next)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::hash::{Hash, Hasher};

    use super::{FinishReason, Numbers};
    use crate::chat::Role;
    use crate::{load_harmony_encoding, HarmonyEncodingName, ParseOptions};

    #[test]
    fn the_last_message_says_why_the_completion_ended() {
        let encoding = load_harmony_encoding(HarmonyEncodingName::HarmonyGptOss).unwrap();
        for (text, expected) in [
            (
                "<|channel|>final<|message|>4.<|return|>",
                FinishReason::Stop,
            ),
            ("<|channel|>final<|message|>4.<|end|>", FinishReason::Stop),
            ("<|channel|>final<|message|>4.", FinishReason::Length),
            (
                "<|channel|>analysis<|message|>Hm.<|end|>",
                FinishReason::Length,
            ),
            (
                "<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant",
                FinishReason::Length,
            ),
            (
                "<|channel|>commentary to=functions.f<|message|>{}<|call|>",
                FinishReason::ToolCalls,
            ),
            (
                "<|channel|>commentary to=functions.f<|message|>{}<|end|>",
                FinishReason::ToolCalls,
            ),
            (
                "<|channel|>commentary to=functions.f<|message|>{",
                FinishReason::Length,
            ),
            ("", FinishReason::Length),
        ] {
            let tokens = encoding.tokenizer().encode_with_special_tokens(text);
            let options = ParseOptions { strict: false };
            let parsed = encoding
                .parse(&tokens, Some(Role::Assistant), options)
                .unwrap();
            assert_eq!(parsed.finish_reason(), expected, "{text}");
        }
    }

    /// A value that counts how often it is compared.
    struct Compared<'a>(u32, &'a Cell<usize>);

    impl PartialEq for Compared<'_> {
        fn eq(&self, other: &Self) -> bool {
            self.1.set(self.1.get() + 1);
            self.0 == other.0
        }
    }

    impl Eq for Compared<'_> {}

    impl Hash for Compared<'_> {
        fn hash<H: Hasher>(&self, state: &mut H) {
            self.0.hash(state);
        }
    }

    /// A model decides how many channels there are. 40,000 took 2.8 s when each was searched for among all before.
    #[test]
    fn a_channel_is_not_searched_for_among_all_before() {
        let compared = Cell::new(0);
        let mut numbers = Numbers::default();
        for round in 1..=2 {
            for value in 0..40_000 {
                let number = numbers.number(Compared(value, &compared));
                assert_eq!(number, value as usize);
            }
            assert!(compared.get() < 80_000 * round, "{}", compared.get());
        }
    }
}

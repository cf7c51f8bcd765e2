//! Which token belongs to which message, and to which part of it.

use std::ops::Range;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::chat::{Message, Role};
use crate::named::named_enum;
use crate::tokenizer::Tokenizer;

/// Tokens, and to which message each of them belongs.
#[derive(Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(try_from = "RenderedRecord")]
pub struct Rendered {
    /// The token ids.
    pub tokens: Vec<u32>,
    /// The positions of the messages in the tokens.
    pub spans: Spans,
}

/// Tokens and spans as they are read, before it is known that they fit together.
#[derive(Deserialize)]
struct RenderedRecord {
    tokens: Vec<u32>,
    spans: Vec<MessageSpan>,
}

/// More messages than a conversation has: a list of those that were left out can be made.
const MOST_MESSAGES: usize = 1 << 24;

impl TryFrom<RenderedRecord> for Rendered {
    type Error = &'static str;

    fn try_from(record: RenderedRecord) -> Result<Self, Self::Error> {
        let mut position = 0;
        for span in &record.spans {
            if !span.follows(position) {
                return Err("spans leave gaps or overlap");
            }
            if span.message > MOST_MESSAGES {
                return Err("a span is of a message that no conversation has");
            }
            position = span.extent.end;
        }
        if position != record.tokens.len() {
            return Err("spans do not cover the tokens");
        }
        Ok(Self {
            tokens: record.tokens,
            spans: Spans {
                messages: record.spans,
            },
        })
    }
}

named_enum! {
    "part",
    /// A part of a rendered message.
    pub enum Part {
        /// `<|start|>`, the header's words and `<|message|>`.
        Header = "header",
        /// What the message says.
        Content = "content",
        /// The stop token.
        Ending = "ending",
    }
}

/// The position of one message in the tokens. All positions are indices of tokens.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct MessageSpan {
    pub(crate) message: usize,
    pub(crate) role: Role,
    pub(crate) channel: Option<Arc<str>>,
    pub(crate) extent: Extent,
    pub(crate) sampled: Range<usize>,
}

impl MessageSpan {
    /// The index of the message in the conversation; for a message that the prompt only begins, the number of
    /// messages.
    pub fn message(&self) -> usize {
        self.message
    }

    /// The role of the message's author.
    pub fn role(&self) -> Role {
        self.role
    }

    /// The message's channel.
    pub fn channel(&self) -> Option<&str> {
        self.channel.as_deref()
    }

    /// All tokens of the message.
    pub fn tokens(&self) -> Range<usize> {
        self.extent.start..self.extent.end
    }

    /// The tokens of one part; empty if there are none.
    pub fn part(&self, part: Part) -> Range<usize> {
        let Extent {
            start,
            content,
            ending,
            end,
        } = self.extent;
        match part {
            Part::Header => start..content,
            Part::Content => content..ending,
            Part::Ending => ending..end,
        }
    }

    /// The tokens that a model writes; empty if others wrote the message.
    ///
    /// In a transcript these are the ids that were sampled. In a conversation rendered from messages they are what
    /// a model would have sampled: every token of the assistant's, except for `<|start|>assistant` where a prompt ends
    /// in it, which is the case after messages of others and after a call or a final message.
    pub fn sampled(&self) -> Range<usize> {
        self.sampled.clone()
    }

    /// Whether the message begins at `position` and its parts are in order.
    fn follows(&self, position: usize) -> bool {
        let Extent {
            start,
            content,
            ending,
            end,
        } = self.extent;
        start == position
            && [start, content, ending, end].is_sorted()
            && [start, self.sampled.start, self.sampled.end, end].is_sorted()
    }
}

/// Where the parts of a rendered message begin.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Extent {
    /// The index of `<|start|>`.
    pub(crate) start: usize,
    /// The index after `<|message|>`.
    pub(crate) content: usize,
    /// The index of the stop token.
    pub(crate) ending: usize,
    /// The index after the stop token.
    pub(crate) end: usize,
}

/// The positions of messages in the tokens: one after the other, each token in exactly one part of one message.
#[derive(Serialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(transparent)]
pub struct Spans {
    messages: Vec<MessageSpan>,
}

/// A range of tokens of one part of one message.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// The index of the message in the conversation.
    pub message: usize,
    /// The part of the message.
    pub part: Part,
    /// The tokens; never empty.
    pub tokens: Range<usize>,
}

impl Spans {
    /// The indices of the messages that the format left out: those before the last that have no tokens.
    pub fn left_out(&self) -> impl Iterator<Item = usize> + '_ {
        // A policy leaves out what comes before a message that stays, so the last message always has tokens.
        let mut next = 0;
        self.messages.iter().flat_map(move |span| {
            let missing = next..span.message;
            next = span.message + 1;
            missing
        })
    }

    /// The messages, in the order of their tokens. Messages that were left out have no span.
    pub fn messages(&self) -> &[MessageSpan] {
        &self.messages
    }

    /// All parts that have tokens, in the order of the tokens and without gaps.
    pub fn parts(&self) -> impl Iterator<Item = Span> + '_ {
        self.messages.iter().flat_map(|span| {
            Part::ALL
                .iter()
                .map(|&part| Span {
                    message: span.message,
                    part,
                    tokens: span.part(part),
                })
                .filter(|span| !span.tokens.is_empty())
        })
    }

    /// The message that the token at `position` belongs to; `None` after the last token.
    pub fn at(&self, position: usize) -> Option<&MessageSpan> {
        let next = self
            .messages
            .partition_point(|span| span.extent.end <= position);
        self.messages.get(next)
    }

    /// Which of [`messages`](Self::messages) have tokens at these positions.
    pub(crate) fn touched_by(&self, tokens: &Range<usize>) -> Range<usize> {
        let spans = &self.messages;
        let first = spans.partition_point(|span| span.extent.end <= tokens.start);
        let last = spans.partition_point(|span| span.extent.start < tokens.end);
        first..last.max(first)
    }

    /// The number of tokens.
    pub fn token_count(&self) -> usize {
        self.messages.last().map_or(0, |span| span.extent.end)
    }

    pub(crate) fn push(&mut self, span: MessageSpan) {
        debug_assert_eq!(span.extent.start, self.token_count(), "spans leave no gap");
        self.messages.push(span);
    }

    pub(crate) fn with_capacity(messages: usize) -> Self {
        Self {
            messages: Vec::with_capacity(messages),
        }
    }
}

/// The spans of a conversation that is rendered from messages, message by message.
#[derive(Debug, Default)]
pub(crate) struct SpanRecorder {
    pub(crate) spans: Spans,
    channels: Vec<Arc<str>>,
    /// How many tokens `<|start|>assistant` has, in which a prompt ends.
    opening: usize,
    /// Whether the message before is the assistant's and the model continued after it.
    model_goes_on: bool,
}

impl SpanRecorder {
    pub(crate) fn with_capacity(messages: usize) -> Self {
        Self {
            spans: Spans::with_capacity(messages),
            ..Self::default()
        }
    }

    /// For a conversation that is rendered from messages.
    pub(crate) fn with_opening(mut self, tokenizer: &Tokenizer) -> Self {
        self.opening = 1 + tokenizer.count_ordinary(Role::Assistant.as_str());
        self
    }

    /// Records a whole message.
    pub(crate) fn record(&mut self, index: usize, message: &Message, extent: Extent) {
        let is_assistant = message.author.role == Role::Assistant;
        let sampled = match (is_assistant, self.model_goes_on) {
            (false, _) => extent.end..extent.end,
            (true, true) => extent.start..extent.end,
            (true, false) => (extent.start + self.opening).min(extent.end)..extent.end,
        };
        let channel = message.channel.as_deref();
        self.push(index, message.author.role, channel, extent, sampled);
        self.model_goes_on =
            is_assistant && message.recipient.is_none() && channel != Some("final");
    }

    /// Records a whole message of which the sampled tokens are known.
    pub(crate) fn note_sampled(
        &mut self,
        index: usize,
        message: &Message,
        extent: Extent,
        sampled: Range<usize>,
    ) {
        let channel = message.channel.as_deref();
        self.push(index, message.author.role, channel, extent, sampled);
    }

    /// Records a message that is only started: its ending is empty, and nothing of it was sampled.
    pub(crate) fn note_open(
        &mut self,
        index: usize,
        role: Role,
        channel: Option<&str>,
        extent: Extent,
    ) {
        self.push(index, role, channel, extent, extent.end..extent.end);
    }

    fn push(
        &mut self,
        message: usize,
        role: Role,
        channel: Option<&str>,
        extent: Extent,
        sampled: Range<usize>,
    ) {
        let channel = channel.map(|name| self.shared(name));
        self.spans.push(MessageSpan {
            message,
            role,
            channel,
            extent,
            sampled,
        });
    }

    /// One allocation for all messages of a channel; there are three channels in practice.
    fn shared(&mut self, name: &str) -> Arc<str> {
        const REMEMBERED: usize = 8;
        if let Some(channel) = self.channels.iter().find(|channel| &***channel == name) {
            return Arc::clone(channel);
        }
        let channel: Arc<str> = Arc::from(name);
        if self.channels.len() < REMEMBERED {
            self.channels.push(Arc::clone(&channel));
        }
        channel
    }
}

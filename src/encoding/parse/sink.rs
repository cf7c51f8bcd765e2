//! The receiver of events.

use std::ops::Range;

use super::event::{Ending, StreamEvent};
use crate::encoding::header::Header;
use crate::encoding::repair::Repair;

/// Receives events as they happen, without a copy and without an allocation.
///
/// Every `process_*_into` method of [`StreamableParser`](crate::StreamableParser) takes one: a
/// `Vec<`[`StreamEvent`]`>` that collects the events, or a type of your own. For every message come one
/// `message_started`, any number of `content` and one `message_ended`. The deltas of a message, joined, are its text.
///
/// ```
/// use openai_harmony::chat::Role;
/// use openai_harmony::{load_harmony_encoding, ContentDelta, EventSink, HarmonyEncodingName, StreamableParser};
///
/// /// Adds up the log-probabilities of the text.
/// struct Total<'a> {
///     logprobs: &'a [f64],
///     sum: f64,
/// }
///
/// impl EventSink for Total<'_> {
///     fn content(&mut self, delta: ContentDelta<'_>) {
///         let tokens = delta.tokens.ranges().flatten();
///         self.sum += tokens.map(|token| self.logprobs[token]).sum::<f64>();
///     }
/// }
///
/// let encoding = load_harmony_encoding(HarmonyEncodingName::HarmonyGptOss)?;
/// let tokens = encoding
///     .tokenizer()
///     .encode_with_special_tokens("<|channel|>final<|message|>4.<|return|>");
/// let logprobs = [-0.5, -0.5, -0.5, -0.25, -0.125, -0.5];
/// let mut total = Total { logprobs: &logprobs, sum: 0.0 };
/// let mut parser = StreamableParser::new(encoding, Some(Role::Assistant))?;
/// parser.process_many_into(&tokens, &mut total)?;
/// assert_eq!(total.sum, -0.25 - 0.125);
/// # Ok::<(), openai_harmony::HarmonyError>(())
/// ```
pub trait EventSink {
    /// A header is complete. `index` counts the messages of the stream from 0.
    fn message_started(&mut self, index: usize, header: &Header) {
        let _ = (index, header);
    }

    /// Text was added to the open message.
    fn content(&mut self, delta: ContentDelta<'_>) {
        let _ = delta;
    }

    /// The open message is complete.
    fn message_ended(&mut self, index: usize, ending: Ending) {
        let _ = (index, ending);
    }

    /// The stream left the format.
    fn repaired(&mut self, repair: &Repair) {
        let _ = repair;
    }
}

/// Text that was added to a message: all that one call added without interruption.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ContentDelta<'a> {
    /// The index of the message.
    pub index: usize,
    /// The new text, never empty.
    pub text: &'a str,
    /// The tokens that the text was made of.
    ///
    /// Every token of a message's content, except the one that ended the message, belongs to exactly one delta: the one
    /// that holds its last character.
    pub tokens: TokenRanges<'a>,
}

/// The positions of some tokens in a stream, in order.
#[derive(Clone, Debug)]
pub struct TokenRanges<'a> {
    ranges: &'a [Range<usize>],
    /// Positions before this one do not count.
    from: usize,
}

impl<'a> TokenRanges<'a> {
    /// The positions in `ranges`, which are in order, from `from` on.
    pub(super) fn new(ranges: &'a [Range<usize>], from: usize) -> Self {
        let first = ranges.partition_point(|range| range.end <= from);
        Self {
            ranges: &ranges[first..],
            from,
        }
    }

    /// The positions as ranges, in order. More than one range if repairs lie between.
    ///
    /// A position is the index of a token, counted from the first token that the parser was given, or of a character
    /// where the parser was given text.
    pub fn ranges(&self) -> impl Iterator<Item = Range<usize>> + 'a {
        let from = self.from;
        self.ranges
            .iter()
            .map(move |range| range.start.max(from)..range.end)
    }
}

/// Discards all events: for callers that read the parser's properties after each token.
impl EventSink for () {}

impl<S: EventSink + ?Sized> EventSink for &mut S {
    fn message_started(&mut self, index: usize, header: &Header) {
        (**self).message_started(index, header);
    }

    fn content(&mut self, delta: ContentDelta<'_>) {
        (**self).content(delta);
    }

    fn message_ended(&mut self, index: usize, ending: Ending) {
        (**self).message_ended(index, ending);
    }

    fn repaired(&mut self, repair: &Repair) {
        (**self).repaired(repair);
    }
}

/// Appends the events.
impl EventSink for Vec<StreamEvent> {
    fn message_started(&mut self, index: usize, header: &Header) {
        self.push(StreamEvent::MessageStarted {
            index,
            header: header.clone(),
        });
    }

    fn content(&mut self, delta: ContentDelta<'_>) {
        self.push(StreamEvent::ContentDelta {
            index: delta.index,
            text: delta.text.to_owned(),
        });
    }

    fn message_ended(&mut self, index: usize, ending: Ending) {
        self.push(StreamEvent::MessageEnded { index, ending });
    }

    fn repaired(&mut self, repair: &Repair) {
        self.push(StreamEvent::Repaired(repair.clone()));
    }
}

//! What happens while tokens become messages.

use serde::{Deserialize, Serialize};

use super::repair::Repair;
use crate::encoding::header::Header;
use crate::encoding::special::FormattingToken;

/// Something that happened in a stream, as [`StreamableParser::process_many`] returns it.
///
/// For every message comes one `MessageStarted`, any number of `ContentDelta` and one `MessageEnded`; a repair may
/// stand anywhere. The deltas of a message, joined, are its text.
///
/// [`StreamableParser::process_many`]: crate::StreamableParser::process_many
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum StreamEvent {
    /// A header is complete.
    MessageStarted {
        /// The index of the message in the stream, from 0.
        index: usize,
        /// Its header.
        #[serde(flatten)]
        header: Header,
    },
    /// Text was added to a message. One event covers all the text that one call added without interruption.
    ContentDelta {
        /// The index of the message.
        index: usize,
        /// The new text, never empty.
        text: String,
    },
    /// A message is complete.
    MessageEnded {
        /// The index of the message.
        index: usize,
        /// What ended it.
        ending: Ending,
    },
    /// The stream left the format.
    Repaired(Repair),
}

/// What ended a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// `<|end|>`
    End,
    /// `<|return|>`: the model has ended its turn.
    Return,
    /// `<|call|>`: the model waits for a tool.
    Call,
    /// `<|endoftext|>`
    EndOfText,
    /// The end of the stream.
    EndOfStream,
    /// The beginning of the next message.
    NextMessage,
}

impl Ending {
    /// The name of the ending for programs: `end`, `return`, `call`, `end_of_text`, `end_of_stream`, `next_message`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::End => "end",
            Self::Return => "return",
            Self::Call => "call",
            Self::EndOfText => "end_of_text",
            Self::EndOfStream => "end_of_stream",
            Self::NextMessage => "next_message",
        }
    }

    /// Whether a token of the stream ended the message, so that nothing can be missing.
    pub const fn is_token(self) -> bool {
        self.token().is_some()
    }

    /// The token that ended the message, if one did.
    pub const fn token(self) -> Option<FormattingToken> {
        match self {
            Self::End => Some(FormattingToken::End),
            Self::Return => Some(FormattingToken::Return),
            Self::Call => Some(FormattingToken::Call),
            Self::EndOfText => Some(FormattingToken::EndOfText),
            Self::EndOfStream | Self::NextMessage => None,
        }
    }

    /// The ending that a token makes; `None` for tokens that end nothing.
    pub(crate) const fn of(token: FormattingToken) -> Option<Self> {
        match token {
            FormattingToken::End => Some(Self::End),
            FormattingToken::Return => Some(Self::Return),
            FormattingToken::Call => Some(Self::Call),
            FormattingToken::EndOfText => Some(Self::EndOfText),
            _ => None,
        }
    }
}

/// Who listens to a parser.
pub(crate) trait EventSink {
    fn started(&mut self, index: usize, header: &Header);
    fn text(&mut self, index: usize, text: &str);
    fn ended(&mut self, index: usize, ending: Ending);
    fn repaired(&mut self, repair: &Repair);
}

/// Nobody: whoever reads properties after each token needs no events.
impl EventSink for () {
    fn started(&mut self, _: usize, _: &Header) {}
    fn text(&mut self, _: usize, _: &str) {}
    fn ended(&mut self, _: usize, _: Ending) {}
    fn repaired(&mut self, _: &Repair) {}
}

impl EventSink for Vec<StreamEvent> {
    fn started(&mut self, index: usize, header: &Header) {
        self.push(StreamEvent::MessageStarted {
            index,
            header: header.clone(),
        });
    }

    fn text(&mut self, index: usize, text: &str) {
        self.push(StreamEvent::ContentDelta {
            index,
            text: text.to_owned(),
        });
    }

    fn ended(&mut self, index: usize, ending: Ending) {
        self.push(StreamEvent::MessageEnded { index, ending });
    }

    fn repaired(&mut self, repair: &Repair) {
        self.push(StreamEvent::Repaired(repair.clone()));
    }
}

//! Events: what happens while tokens become messages.

use serde::{Deserialize, Serialize};

use crate::encoding::header::Header;
use crate::encoding::repair::Repair;
use crate::encoding::special::FormattingToken;
use crate::named::named_enum;

/// Something that happened in a stream, as [`StreamableParser::process_many`] returns it.
///
/// For every message come one `MessageStarted`, any number of `ContentDelta` and one `MessageEnded`. A repair may come
/// at any time. The deltas of a message, joined, are its text.
///
/// As JSON an event is a flat object, with its kind as `type`; Python's `to_dict` gives the same.
///
/// [`StreamableParser::process_many`]: crate::StreamableParser::process_many
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum StreamEvent {
    /// A header is complete.
    MessageStarted {
        /// The index of the message in the stream, from 0.
        index: usize,
        /// Its header.
        #[serde(flatten, with = "flat_header")]
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

named_enum! {
    "ending",
    /// What ended a message.
    #[non_exhaustive]
    pub enum Ending {
        /// `<|end|>`
        End = "end",
        /// `<|return|>`: the model has ended its turn.
        Return = "return",
        /// `<|call|>`: the model waits for a tool.
        Call = "call",
        /// `<|endoftext|>`
        EndOfText = "end_of_text",
        /// The end of the stream.
        EndOfStream = "end_of_stream",
        /// The start of the next message.
        NextMessage = "next_message",
    }
}

impl Ending {
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

/// A header whose author is written as `role` and `name`, as in a message. Every field is written, so that events of one
/// kind have the same keys.
mod flat_header {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::chat::{Author, Role};
    use crate::encoding::header::Header;

    #[derive(Serialize, Deserialize)]
    struct Flat<T> {
        role: Role,
        name: Option<T>,
        channel: Option<T>,
        recipient: Option<T>,
        content_type: Option<T>,
    }

    pub fn serialize<S: Serializer>(header: &Header, serializer: S) -> Result<S::Ok, S::Error> {
        let flat = Flat {
            role: header.author.role,
            name: header.author.name.as_deref(),
            channel: header.channel.as_deref(),
            recipient: header.recipient.as_deref(),
            content_type: header.content_type.as_deref(),
        };
        flat.serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Header, D::Error> {
        let flat = Flat::<String>::deserialize(deserializer)?;
        Ok(Header {
            author: Author {
                role: flat.role,
                name: flat.name,
            },
            recipient: flat.recipient,
            channel: flat.channel,
            content_type: flat.content_type,
        })
    }
}

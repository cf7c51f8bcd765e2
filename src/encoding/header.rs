//! The header of a message: author, recipient, channel and content type.
//!
//! ```text
//! <|start|> ROLE [:NAME] [ to=RECIPIENT] [<|channel|> CHANNEL] [ CONTENT_TYPE | <|constrain|> CONTENT_TYPE] <|message|>
//! ```
//!
//! The recipient may also come after the channel. [`strict`] reads exactly what release 0.0.8 reads, [`lenient`]
//! whatever models really write.

mod content_type;
pub(crate) mod lenient;
mod lexeme;
pub(crate) mod strict;
mod style;
mod word;
pub(crate) mod write;

pub use content_type::plain_content_type;
pub(crate) use lexeme::SpecialSpan;
pub(crate) use style::HeaderStyle;
pub use style::{ContentTypeForm, HeaderOrder};
pub use word::{builtin_tool, BUILTIN_TOOLS};

use crate::chat::{Author, Content, Message, TextContent};

/// What the header of a message says.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Header {
    /// Who speaks.
    pub author: Author,
    /// To whom, for example `functions.get_weather`.
    pub recipient: Option<String>,
    /// On which channel: `analysis`, `commentary`, `final`.
    pub channel: Option<String>,
    /// The form of the content, for example `json` or `<|constrain|>json`.
    pub content_type: Option<String>,
}

impl Header {
    /// The message of this header and the given text.
    pub(crate) fn into_message(self, text: String) -> Message {
        Message {
            author: self.author,
            recipient: self.recipient,
            content: vec![Content::Text(TextContent { text })],
            channel: self.channel,
            content_type: self.content_type,
        }
    }
}

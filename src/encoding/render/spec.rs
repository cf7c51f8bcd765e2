//! What to render: the format, how the tokens end, and what the request adds to the conversation.

use serde::{Deserialize, Serialize};

use super::format::{FormatRecord, RenderFormat};
use crate::chat::{Author, Role};
use crate::encoding::header::write::HeaderFields;

pub use super::prompt::ResponseFormat;

/// Everything that [`render_with`](crate::HarmonyEncoding::render_with) accepts.
///
/// ```
/// use openai_harmony::chat::{Message, Role};
/// use openai_harmony::render::{OpenMessage, RenderSpec};
/// use openai_harmony::{load_harmony_encoding, HarmonyEncodingName};
///
/// let encoding = load_harmony_encoding(HarmonyEncodingName::HarmonyGptOss)?;
/// let conversation = [Message::from_role_and_content(Role::User, "Name a prime.")];
/// let answer = OpenMessage::assistant().with_channel("final").with_content("The prime ");
/// let prompt = encoding.render_with(&conversation, &RenderSpec::for_completion_of(answer))?;
/// assert_eq!(
///     encoding.tokenizer().decode_utf8(&prompt.tokens)?,
///     "<|start|>user<|message|>Name a prime.<|end|><|start|>assistant<|channel|>final<|message|>The prime ",
/// );
/// # Ok::<(), openai_harmony::HarmonyError>(())
/// ```
#[derive(Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(from = "SpecRecord")]
#[non_exhaustive]
pub struct RenderSpec {
    /// How messages are written.
    pub format: RenderFormat,
    /// How the tokens end.
    pub ending: RenderEnding,
    /// The section `# Response Formats` at the end of the first message with developer content.
    ///
    /// They belong to the request and not to the message, as the grammar does that the sampler must then follow.
    pub response_formats: Vec<ResponseFormat>,
}

impl RenderSpec {
    /// A conversation that ends with its last message.
    pub fn new() -> Self {
        Self::default()
    }

    /// A prompt that ends in `<|start|>assistant`.
    pub fn for_completion() -> Self {
        Self::for_completion_of(OpenMessage::assistant())
    }

    /// A prompt that ends in the given beginning of a message.
    pub fn for_completion_of(message: OpenMessage) -> Self {
        Self {
            ending: RenderEnding::Completion(message),
            ..Self::default()
        }
    }

    /// A conversation to train on: a final message at its end ends in `<|return|>`.
    ///
    /// The analysis of the last turn stays, because it is to be learned; that of earlier turns is left out, as in a prompt.
    /// [`with_format`](Self::with_format) sets another policy.
    pub fn for_training() -> Self {
        Self {
            format: RenderFormat::TRAINING,
            ending: RenderEnding::Training,
            ..Self::default()
        }
    }

    /// Sets how messages are written.
    #[must_use]
    pub fn with_format(mut self, format: RenderFormat) -> Self {
        self.format = format;
        self
    }

    /// Adds a response format.
    #[must_use]
    pub fn with_response_format(mut self, format: ResponseFormat) -> Self {
        self.response_formats.push(format);
        self
    }
}

/// A spec as it is read from JSON: which format is the default depends on the ending.
#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
struct SpecRecord {
    format: FormatRecord,
    ending: RenderEnding,
    response_formats: Vec<ResponseFormat>,
}

impl From<SpecRecord> for RenderSpec {
    fn from(record: SpecRecord) -> Self {
        let default = match record.ending {
            RenderEnding::Training => RenderFormat::TRAINING,
            _ => RenderFormat::default(),
        };
        Self {
            format: record.format.over(default),
            ending: record.ending,
            response_formats: record.response_formats,
        }
    }
}

/// How the tokens of a conversation end.
#[derive(Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RenderEnding {
    /// With the last message.
    #[default]
    Conversation,
    /// With the beginning of a message that a model is to complete.
    Completion(OpenMessage),
    /// With the last message, in `<|return|>` if it is a final one of the assistant: what a model has to say there.
    Training,
}

/// The beginning of a message that a model is to complete: as much of the header, and perhaps of the content, as the
/// model shall not choose itself.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct OpenMessage {
    /// The role; usually the assistant's.
    pub role: Role,
    /// The channel that the model must use.
    #[serde(default)]
    pub channel: Option<String>,
    /// The tool that the model must call.
    #[serde(default)]
    pub recipient: Option<String>,
    /// The content type that the model must use.
    #[serde(default)]
    pub content_type: Option<String>,
    /// The beginning of the content, after `<|message|>`; `Some("")` only closes the header. With `None` the header
    /// stays open, and the model continues it.
    #[serde(default)]
    pub content: Option<String>,
}

impl OpenMessage {
    /// The beginning `<|start|>` and the role.
    pub fn new(role: Role) -> Self {
        Self {
            role,
            channel: None,
            recipient: None,
            content_type: None,
            content: None,
        }
    }

    /// The beginning `<|start|>assistant`.
    pub fn assistant() -> Self {
        Self::new(Role::Assistant)
    }

    /// Forces the channel.
    #[must_use]
    pub fn with_channel(mut self, channel: impl Into<String>) -> Self {
        self.channel = Some(channel.into());
        self
    }

    /// Forces the recipient, for example `functions.get_weather`.
    #[must_use]
    pub fn with_recipient(mut self, recipient: impl Into<String>) -> Self {
        self.recipient = Some(recipient.into());
        self
    }

    /// Forces the content type, for example `<|constrain|>json`.
    #[must_use]
    pub fn with_content_type(mut self, content_type: impl Into<String>) -> Self {
        self.content_type = Some(content_type.into());
        self
    }

    /// Closes the header and begins the content with the given text.
    #[must_use]
    pub fn with_content(mut self, content: impl Into<String>) -> Self {
        self.content = Some(content.into());
        self
    }

    pub(crate) fn author(&self) -> Author {
        Author::from(self.role)
    }

    pub(crate) fn header_fields<'a>(&'a self, author: &'a Author) -> HeaderFields<'a> {
        HeaderFields {
            author,
            recipient: self.recipient.as_deref(),
            channel: self.channel.as_deref(),
            content_type: self.content_type.as_deref(),
        }
    }
}

//! One message, and a list of them.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Author, Content, Role, TextContent};

/// One message of a conversation.
///
/// In JSON the author's fields are next to the message's own, fields that are `None` are absent, and a single
/// text content is a plain string; both that form and a list of contents are read.
///
/// ```
/// # use openai_harmony::chat::{Message, Role};
/// let call = Message::from_role_and_content(Role::Assistant, r#"{"city":"Lisbon"}"#)
///     .with_channel("commentary")
///     .with_recipient("functions.get_weather")
///     .with_content_type("<|constrain|>json");
/// assert_eq!(serde_json::to_value(&call)?["recipient"], "functions.get_weather");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(from = "MessageRecord")]
pub struct Message {
    /// Who wrote it.
    #[serde(flatten)]
    pub author: Author,
    /// To whom it goes: a tool for a call, `assistant` for a tool's output. `None` means everyone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recipient: Option<String>,
    /// What it says; the parts are rendered one after the other.
    #[serde(serialize_with = "serialize_contents")]
    pub content: Vec<Content>,
    /// `analysis`, `commentary` or `final` for messages of the model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// The form of the content, for example `<|constrain|>json`; usually written by the model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
}

impl Message {
    /// A message of the given author.
    pub fn from_author_and_content(author: Author, content: impl Into<Content>) -> Self {
        Self {
            author,
            recipient: None,
            content: vec![content.into()],
            channel: None,
            content_type: None,
        }
    }

    /// A message of an author without a name.
    pub fn from_role_and_content(role: Role, content: impl Into<Content>) -> Self {
        Self::from_author_and_content(Author::from(role), content)
    }

    /// A message with any number of contents.
    pub fn from_role_and_contents(role: Role, contents: impl IntoIterator<Item = Content>) -> Self {
        Self {
            author: Author::from(role),
            recipient: None,
            content: contents.into_iter().collect(),
            channel: None,
            content_type: None,
        }
    }

    /// Appends a content.
    #[must_use]
    pub fn adding_content(mut self, content: impl Into<Content>) -> Self {
        self.content.push(content.into());
        self
    }

    /// Sets the channel.
    #[must_use]
    pub fn with_channel(mut self, channel: impl Into<String>) -> Self {
        self.channel = Some(channel.into());
        self
    }

    /// Sets the recipient.
    #[must_use]
    pub fn with_recipient(mut self, recipient: impl Into<String>) -> Self {
        self.recipient = Some(recipient.into());
        self
    }

    /// Sets the content type.
    #[must_use]
    pub fn with_content_type(mut self, content_type: impl Into<String>) -> Self {
        self.content_type = Some(content_type.into());
        self
    }
}

/// A message as it is read from JSON.
///
/// Flat on purpose: serde's `flatten` would buffer the whole message before it reads it.
#[derive(Deserialize)]
struct MessageRecord {
    role: Role,
    name: Option<String>,
    recipient: Option<String>,
    #[serde(deserialize_with = "deserialize_contents")]
    content: Vec<Content>,
    channel: Option<String>,
    content_type: Option<String>,
}

impl From<MessageRecord> for Message {
    fn from(record: MessageRecord) -> Self {
        Self {
            author: Author {
                role: record.role,
                name: record.name,
            },
            recipient: record.recipient,
            content: record.content,
            channel: record.channel,
            content_type: record.content_type,
        }
    }
}

fn serialize_contents<S: Serializer>(
    contents: &[Content],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match contents {
        [Content::Text(TextContent { text })] => serializer.serialize_str(text),
        contents => contents.serialize(serializer),
    }
}

fn deserialize_contents<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<Content>, D::Error> {
    struct StringOrContents;

    impl<'de> serde::de::Visitor<'de> for StringOrContents {
        type Value = Vec<Content>;

        fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
            f.write_str("a string or a list of contents")
        }

        fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Vec<Content>, E> {
            Ok(vec![Content::from(text)])
        }

        fn visit_string<E: serde::de::Error>(self, text: String) -> Result<Vec<Content>, E> {
            Ok(vec![Content::from(text)])
        }

        fn visit_seq<A: serde::de::SeqAccess<'de>>(
            self,
            sequence: A,
        ) -> Result<Vec<Content>, A::Error> {
            Vec::deserialize(serde::de::value::SeqAccessDeserializer::new(sequence))
        }
    }

    deserializer.deserialize_any(StringOrContents)
}

/// A list of messages, oldest first.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq, Default)]
pub struct Conversation {
    /// The messages.
    pub messages: Vec<Message>,
}

impl Conversation {
    /// A conversation of the given messages.
    pub fn from_messages(messages: impl IntoIterator<Item = Message>) -> Self {
        Self {
            messages: messages.into_iter().collect(),
        }
    }
}

impl AsRef<[Message]> for Conversation {
    fn as_ref(&self) -> &[Message] {
        &self.messages
    }
}

impl<'a> IntoIterator for &'a Conversation {
    type Item = &'a Message;
    type IntoIter = std::slice::Iter<'a, Message>;

    fn into_iter(self) -> Self::IntoIter {
        self.messages.iter()
    }
}

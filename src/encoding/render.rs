//! Conversations to tokens: the ways of rendering and their options.

use std::borrow::Cow;

pub use super::format::{
    AnalysisPolicy, ContentTypeForm, HeaderOrder, PromptStyle, RenderFormat, ToolResultForm,
};

use super::header::write::{write_header, HeaderFields};
use super::policy::Retention;
use super::prompt::{write_developer, write_system};
use super::segment::Segment;
use super::special::FormattingToken::{self, Call, End, Message as MessageMark, Return, Start};
use crate::chat::{Content, Message, Role};
use crate::error::{RenderError, RenderErrorKind, Result};
use crate::tokenizer::Tokenizer;

/// What [`render_conversation`](crate::HarmonyEncoding::render_conversation) leaves out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RenderConversationConfig {
    /// Whether analysis before the first `final` message is left out once the assistant's last message is `final`.
    pub auto_drop_analysis: bool,
}

impl Default for RenderConversationConfig {
    fn default() -> Self {
        Self {
            auto_drop_analysis: true,
        }
    }
}

/// What [`render`](crate::HarmonyEncoding::render) must know of the conversation around the message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RenderOptions {
    /// Whether a developer message offers functions, on which the system message then has a line.
    pub conversation_has_function_tools: bool,
}

/// Where the parts of a rendered message begin, as indices into the tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Extent {
    /// The index of `<|start|>`.
    pub(crate) start: usize,
    /// The index behind `<|message|>`.
    pub(crate) content: usize,
    /// The index of the stop token.
    pub(crate) ending: usize,
    /// The index behind the stop token.
    pub(crate) end: usize,
}

/// Writes messages in one format.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Renderer<'a> {
    pub(crate) tokenizer: &'a Tokenizer,
    pub(crate) format: &'a RenderFormat,
    pub(crate) has_function_tools: bool,
}

impl Renderer<'_> {
    /// Appends the tokens of one message and tells where its parts are.
    ///
    /// # Errors
    /// Content in a message of the wrong role, a tool without a name. `tokens` then ends with a part of the message.
    pub(crate) fn message_into(
        &self,
        message: &Message,
        tokens: &mut Vec<u32>,
    ) -> Result<Extent, RenderErrorKind> {
        let start = tokens.len();
        self.header_into(HeaderFields::from(message), tokens)?;
        self.special_into(MessageMark, tokens);
        let content = tokens.len();
        for part in &message.content {
            let text = self.content_text(part, message.author.role)?;
            Segment::Text(&text).encode_into(self.tokenizer, tokens);
        }
        let ending = tokens.len();
        self.special_into(ending_of(message), tokens);
        Ok(Extent {
            start,
            content,
            ending,
            end: tokens.len(),
        })
    }

    /// Appends the tokens of a header up to but without `<|message|>`.
    pub(crate) fn header_into(
        &self,
        fields: HeaderFields<'_>,
        tokens: &mut Vec<u32>,
    ) -> Result<(), RenderErrorKind> {
        write_header(fields, self.format, &mut |segment| {
            segment.encode_into(self.tokenizer, tokens);
        })
    }

    fn special_into(&self, token: FormattingToken, tokens: &mut Vec<u32>) {
        Segment::Special(token).encode_into(self.tokenizer, tokens);
    }

    /// The text of one content; plain text is lent, not copied.
    fn content_text<'c>(
        &self,
        content: &'c Content,
        role: Role,
    ) -> Result<Cow<'c, str>, RenderErrorKind> {
        let mut prompt = String::new();
        match content {
            Content::Text(text) if role == Role::Tool => {
                return Ok(tool_result(&text.text, self.format.tool_results));
            }
            Content::Text(text) => return Ok(Cow::Borrowed(&text.text)),
            Content::SystemContent(system) if role == Role::System => {
                let style = self.format.prompts;
                write_system(system, self.has_function_tools, style, &mut prompt)?;
            }
            Content::SystemContent(_) => {
                return Err(RenderErrorKind::MisplacedSystemContent(role));
            }
            Content::DeveloperContent(developer) if role == Role::Developer => {
                write_developer(developer, self.format.prompts, &mut prompt)?;
            }
            Content::DeveloperContent(_) => {
                return Err(RenderErrorKind::MisplacedDeveloperContent(role));
            }
        }
        Ok(Cow::Owned(prompt))
    }
}

fn tool_result(text: &str, form: ToolResultForm) -> Cow<'_, str> {
    match form {
        ToolResultForm::AsGiven => Cow::Borrowed(text),
        ToolResultForm::JsonString => Cow::Owned(serde_json::Value::from(text).to_string()),
    }
}

/// A message of the model to someone is a call, whoever that is.
pub(crate) fn ending_of(message: &Message) -> FormattingToken {
    if message.author.role == Role::Assistant && message.recipient.is_some() {
        Call
    } else {
        End
    }
}

/// Whether a developer message offers functions, wherever it stands.
pub(crate) fn offers_functions(message: &Message) -> bool {
    message.content.iter().any(|content| match content {
        Content::DeveloperContent(developer) => developer
            .tools
            .as_ref()
            .and_then(|tools| tools.get("functions"))
            .is_some_and(|functions| !functions.tools.is_empty()),
        _ => false,
    })
}

/// Appends the tokens of the messages that the format keeps; `note` learns of each, with its index.
///
/// # Errors
/// The first message that cannot be rendered.
pub(crate) fn conversation_into(
    tokenizer: &Tokenizer,
    format: &RenderFormat,
    messages: &[&Message],
    completion_follows: bool,
    tokens: &mut Vec<u32>,
    mut note: impl FnMut(usize, &Message, Extent),
) -> Result<(), RenderError> {
    let renderer = Renderer {
        tokenizer,
        format,
        has_function_tools: messages.iter().any(|message| offers_functions(message)),
    };
    let retention = Retention::of(format.analysis, completion_follows, messages);
    for (index, message) in messages.iter().enumerate() {
        if retention.drops(index, message) {
            continue;
        }
        let extent = renderer
            .message_into(message, tokens)
            .map_err(|kind| RenderError { index, kind })?;
        note(index, message, extent);
    }
    Ok(())
}

/// The tokens of a conversation, as release 0.0.8 renders it.
pub(super) fn conversation<'a>(
    tokenizer: &Tokenizer,
    conversation: impl IntoIterator<Item = &'a Message>,
    config: Option<&RenderConversationConfig>,
) -> Result<Vec<u32>> {
    let messages: Vec<&Message> = conversation.into_iter().collect();
    let mut tokens = Vec::new();
    let format = configured(config);
    conversation_into(
        tokenizer,
        &format,
        &messages,
        false,
        &mut tokens,
        |_, _, _| {},
    )?;
    Ok(tokens)
}

/// The tokens of a conversation and of the beginning of a message of `role`.
pub(super) fn for_completion<'a>(
    tokenizer: &Tokenizer,
    messages: impl IntoIterator<Item = &'a Message>,
    role: Role,
    config: Option<&RenderConversationConfig>,
) -> Result<Vec<u32>> {
    let mut tokens = conversation(tokenizer, messages, config)?;
    Segment::Special(Start).encode_into(tokenizer, &mut tokens);
    Segment::Text(role.as_str()).encode_into(tokenizer, &mut tokens);
    Ok(tokens)
}

/// The tokens of a conversation, with `<|return|>` behind a final message at its end.
pub(super) fn for_training<'a>(
    tokenizer: &Tokenizer,
    messages: impl IntoIterator<Item = &'a Message>,
    config: Option<&RenderConversationConfig>,
) -> Result<Vec<u32>> {
    let messages: Vec<&Message> = messages.into_iter().collect();
    let mut tokens = conversation(tokenizer, messages.iter().copied(), config)?;
    if messages.last().is_some_and(|last| is_final_answer(last)) {
        end_with_return(&mut tokens);
    }
    Ok(tokens)
}

/// The tokens of one message.
pub(super) fn message(
    tokenizer: &Tokenizer,
    message: &Message,
    options: Option<&RenderOptions>,
) -> Result<Vec<u32>> {
    let renderer = Renderer {
        tokenizer,
        format: &RenderFormat::HARMONY_0_0_8,
        has_function_tools: options.is_some_and(|options| options.conversation_has_function_tools),
    };
    let mut tokens = Vec::new();
    renderer
        .message_into(message, &mut tokens)
        .map_err(|kind| RenderError { index: 0, kind })?;
    Ok(tokens)
}

pub(crate) fn is_final_answer(message: &Message) -> bool {
    message.author.role == Role::Assistant && message.channel.as_deref() == Some("final")
}

/// Nothing drops a final message, so the last token is its stop token.
pub(crate) fn end_with_return(tokens: &mut [u32]) {
    if let Some(last) = tokens.last_mut() {
        *last = Return.id();
    }
}

/// The format of release 0.0.8 with its one option.
pub(crate) fn configured(config: Option<&RenderConversationConfig>) -> RenderFormat {
    let drops = config.is_some_and(|config| config.auto_drop_analysis);
    RenderFormat {
        analysis: if drops {
            AnalysisPolicy::AutoDrop
        } else {
            AnalysisPolicy::KeepAll
        },
        ..RenderFormat::HARMONY_0_0_8
    }
}

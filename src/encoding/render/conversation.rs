//! Conversations to tokens: what to render, how, and what comes of it.
//!
//! [`render_with`](crate::HarmonyEncoding::render_with) takes a [`RenderSpec`] and gives [`Rendered`] tokens with
//! their [`Spans`], from which a [`TokenSelection`] makes masks. A [`Transcript`] holds a conversation that grows,
//! token for token as a model saw and wrote it.

mod batch;
mod format;
mod policy;
mod prompt;
mod renderer;
mod segment;
mod selection;
mod span;
mod spec;
mod transcript;
mod typescript;

pub use format::{
    AnalysisPolicy, ContentTypeForm, FormatPreset, HeaderOrder, PromptStyle, RenderFormat,
    ToolResultForm,
};
pub use selection::TokenSelection;
pub use span::{MessageSpan, Part, Rendered, Span, Spans};
pub use spec::{OpenMessage, RenderEnding, RenderSpec, ResponseFormat};
pub use transcript::Transcript;
pub use typescript::{SchemaError, SchemaProblem};

pub(super) use batch::map_in_threads;
pub(super) use segment::Segment;

use crate::chat::{Content, Message};
use crate::error::{RenderError, Result};
use crate::tokenizer::Tokenizer;
use renderer::{conversation_into, end_with_return, is_final_answer, Renderer};
use span::SpanRecorder;

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

/// The tokens of a conversation that ends in the given way.
pub(super) fn tokens<'a>(
    tokenizer: &Tokenizer,
    messages: impl IntoIterator<Item = &'a Message>,
    config: Option<&RenderConversationConfig>,
    ending: RenderEnding,
) -> Result<Vec<u32>> {
    let messages: Vec<&Message> = messages.into_iter().collect();
    let spec = RenderSpec {
        format: configured(config),
        ending,
        response_formats: Vec::new(),
    };
    let mut tokens = Vec::with_capacity(expected_tokens(&messages));
    write_conversation(tokenizer, &messages, &spec, &mut tokens, None)?;
    Ok(tokens)
}

/// Tokens and spans of a conversation.
pub(super) fn with_spans<'a>(
    tokenizer: &Tokenizer,
    messages: impl IntoIterator<Item = &'a Message>,
    spec: &RenderSpec,
) -> Result<Rendered> {
    let messages: Vec<&Message> = messages.into_iter().collect();
    let mut recorder = SpanRecorder::with_capacity(messages.len() + 1);
    let mut tokens = Vec::with_capacity(expected_tokens(&messages));
    write_conversation(tokenizer, &messages, spec, &mut tokens, Some(&mut recorder))?;
    Ok(Rendered {
        tokens,
        spans: recorder.spans,
    })
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
        response_formats: &[],
    };
    let mut tokens = Vec::new();
    renderer
        .message_into(message, &mut tokens)
        .map_err(|kind| RenderError { index: 0, kind })?;
    Ok(tokens)
}

/// Room for most conversations: a token is four bytes of English text or more, a header eight tokens.
fn expected_tokens(messages: &[&Message]) -> usize {
    let bytes: usize = messages
        .iter()
        .flat_map(|message| &message.content)
        .map(|content| match content {
            Content::Text(text) => text.text.len(),
            Content::SystemContent(_) | Content::DeveloperContent(_) => 0,
        })
        .sum();
    bytes / 4 + 8 * messages.len()
}

fn write_conversation(
    tokenizer: &Tokenizer,
    messages: &[&Message],
    spec: &RenderSpec,
    tokens: &mut Vec<u32>,
    mut recorder: Option<&mut SpanRecorder>,
) -> Result<(), RenderError> {
    let renderer = Renderer {
        tokenizer,
        format: &spec.format,
        has_function_tools: false,
        response_formats: &spec.response_formats,
    };
    let completion_follows = matches!(spec.ending, RenderEnding::Completion(_));
    let note = |index, message: &Message, extent| {
        if let Some(recorder) = &mut recorder {
            recorder.note(index, message, extent);
        }
    };
    conversation_into(renderer, completion_follows, messages, tokens, note)?;
    let index = messages.len();
    match &spec.ending {
        RenderEnding::Conversation => {}
        RenderEnding::Training => {
            if messages.last().is_some_and(|last| is_final_answer(last)) {
                end_with_return(tokens);
            }
        }
        RenderEnding::Completion(open) => {
            let extent = renderer
                .open_message_into(open, tokens)
                .map_err(|kind| RenderError { index, kind })?;
            if let Some(recorder) = recorder {
                recorder.note_open(index, open.role, open.channel.as_deref(), extent);
            }
        }
    }
    Ok(())
}

/// The format of release 0.0.8 with its one option.
fn configured(config: Option<&RenderConversationConfig>) -> RenderFormat {
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
